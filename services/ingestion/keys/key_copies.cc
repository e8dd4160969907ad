#include "services/ingestion/keys/key_copies.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/backup/backup.h"
#include "common/backup/files.h"
#include "common/base/status_macros.h"

namespace clientele::ingestion {
namespace {

namespace fs = std::filesystem;

constexpr char kNewest[] = "newest", kNext[] = "next", kBefore[] = "before";

absl::Status Remove(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return error ? backup::FileError("remove", path, error.value()) : absl::OkStatus();
}

}  // namespace

absl::Status KeyCopies::Make() {
  if (directory_.empty()) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  return MakeLocked();
}

absl::Status KeyCopies::Renew() {
  absl::MutexLock lock(&mutex_);
  std::error_code error;
  const bool is_there = !directory_.empty() && fs::exists(directory_, error);
  return is_there ? MakeLocked() : absl::OkStatus();
}

absl::Status KeyCopies::MakeLocked() {
  const std::string next = directory_ + "/" + kNext, newest = directory_ + "/" + kNewest,
                    before = directory_ + "/" + kBefore;
  std::error_code error;
  // What a crash left of an earlier one.
  if (!fs::exists(newest, error) && fs::exists(next, error)) CLIENTELE_RETURN_IF_ERROR(backup::Rename(next, newest));
  CLIENTELE_RETURN_IF_ERROR(Remove(next));
  CLIENTELE_RETURN_IF_ERROR(Remove(before));
  CLIENTELE_RETURN_IF_ERROR(backup::CreateBackup(directory_, kKeyCopiesProgram, kNext, clock_.Now(), copy_).status());
  if (fs::exists(newest, error)) CLIENTELE_RETURN_IF_ERROR(backup::Rename(newest, before));
  CLIENTELE_RETURN_IF_ERROR(backup::Rename(next, newest));
  return Remove(before);
}

}  // namespace clientele::ingestion
