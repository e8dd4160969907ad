#include "common/backup/prune.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/backup/files.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"

namespace clientele::backup {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kGoing = ".pruned";  // The name of what is being taken away.

std::vector<std::string> Names(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;  // A directory that is not there has none.
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  return names;
}

absl::Status RemoveAll(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? FileError("remove", path, error.value()) : absl::OkStatus();
}

// The newest of them that is whole.
absl::StatusOr<std::string> FindWhole(const std::string& directory, absl::Span<const Backup> oldest_first) {
  absl::Status why;
  for (size_t i = oldest_first.size(); i-- > 0;) {
    why = VerifyBackup(absl::StrCat(directory, "/", oldest_first[i].id)).status();
    if (why.ok()) return oldest_first[i].id;
  }
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
               absl::StrCat("nothing was taken away, for none of the ", oldest_first.size(),
                            " backups that would stay is whole: ", why.message()));
}

}  // namespace

absl::StatusOr<std::vector<Backup>> ListBackups(const std::string& directory) {
  std::vector<Backup> backups;
  for (const std::string& name : Names(directory)) {
    if (!IsResourceId(name)) continue;  // Such as one that is being made.
    auto backup = ReadBackup(absl::StrCat(directory, "/", name));
    if (absl::IsNotFound(backup.status()) || absl::IsDataLoss(backup.status())) continue;
    if (!backup.ok()) return backup.status();
    if (backup->id == name) backups.push_back(*std::move(backup));
  }
  std::sort(backups.begin(), backups.end(), [](const Backup& a, const Backup& b) {
    return std::tie(a.create_time, a.id) < std::tie(b.create_time, b.id);
  });
  return backups;
}

size_t CountPrunable(absl::Span<const Backup> oldest_first, const PruneOptions& options, absl::Time now) {
  const size_t keep = std::min(oldest_first.size(), static_cast<size_t>(options.keep));
  size_t count = 0;
  while (count < oldest_first.size() - keep && oldest_first[count].create_time < now - options.older_than) ++count;
  return count;
}

absl::StatusOr<Pruned> PruneBackups(const std::string& directory, const PruneOptions& options, absl::Time now) {
  if (options.keep < 1) return InvalidField("keep", absl::StrCat(options.keep, ": at least one backup stays"));
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<Backup> backups, ListBackups(directory));
  Pruned pruned;
  const size_t count = CountPrunable(backups, options, now);
  pruned.kept = static_cast<int>(backups.size() - count);
  if (count > 0) {
    CLIENTELE_ASSIGN_OR_RETURN(pruned.verified_id, FindWhole(directory, absl::MakeConstSpan(backups).subspan(count)));
  }
  for (size_t i = 0; i < count; ++i) pruned.removed.push_back(std::move(backups[i]));
  if (options.validate_only) return pruned;
  for (const Backup& backup : pruned.removed) {  // A crash leaves a name that the next call takes away.
    const std::string path = absl::StrCat(directory, "/", backup.id);
    CLIENTELE_RETURN_IF_ERROR(Rename(path, absl::StrCat(path, kGoing)));
  }
  for (const std::string& name : Names(directory)) {
    if (absl::EndsWith(name, kGoing)) CLIENTELE_RETURN_IF_ERROR(RemoveAll(absl::StrCat(directory, "/", name)));
  }
  return pruned;
}

}  // namespace clientele::backup
