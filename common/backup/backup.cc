#include "common/backup/backup.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/backup/files.h"
#include "common/backup/manifest.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"

namespace clientele::backup {
namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = "/manifest.json";
constexpr char kData[] = "/data";

// A directory in the making: gone at the end, unless it was kept under another name.
class Unfinished {
 public:
  explicit Unfinished(std::string path) : path_(std::move(path)) { Remove(); }
  ~Unfinished() { Remove(); }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  const std::string& path() const { return path_; }

 private:
  void Remove() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const std::string path_;
};

absl::Status Differs(absl::string_view path, absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, ErrorReason::kStorageFailed, absl::StrCat(path, " ", what));
}

absl::Status CheckDigest(const BackupFile& file, const Digest& digest) {
  if (digest.size != file.size)
    return Differs(file.path, absl::StrCat("has ", digest.size, " bytes and not ", file.size));
  return digest.sha256 == file.sha256 ? absl::OkStatus() : Differs(file.path, "has not the digest it had");
}

absl::Status LinkFile(const std::string& from, const std::string& to) {
  CLIENTELE_RETURN_IF_ERROR(MakeDirectories(fs::path(to).parent_path().string()));
  if (::link(from.c_str(), to.c_str()) == 0 || errno == EEXIST || errno == ENOENT) return absl::OkStatus();
  const absl::Status copied = CopyFile(from, to).status();
  return absl::IsNotFound(copied) ? absl::OkStatus() : copied;
}

// A file, or all in a directory, where it is there.
absl::Status LinkFiles(const std::string& from, const std::string& to) {
  std::error_code error;
  if (!fs::is_directory(from, error)) return fs::exists(from, error) ? LinkFile(from, to) : absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListFiles(from));
  for (const std::string& path : paths) {
    CLIENTELE_RETURN_IF_ERROR(LinkFile(absl::StrCat(from, "/", path), absl::StrCat(to, "/", path)));
  }
  return absl::OkStatus();
}

}  // namespace

int64_t Backup::bytes() const {
  int64_t sum = 0;
  for (const BackupFile& file : files) sum += file.size;
  return sum;
}

absl::StatusOr<Backup> CreateBackup(const std::string& directory, const std::string& program, const std::string& id,
                                    absl::Time now, absl::FunctionRef<absl::Status(const std::string&)> copy) {
  if (!IsResourceId(id)) return InvalidField("backup_id", absl::StrCat("\"", id, "\" is not [a-z][a-z0-9-]{0,62}"));
  const std::string path = absl::StrCat(directory, "/", id);
  if (fs::exists(path)) return InvalidField("backup_id", absl::StrCat(id, " is taken; a backup is never overwritten"));
  const Unfinished unfinished(path + ".unfinished");
  const std::string data = unfinished.path() + kData;
  CLIENTELE_RETURN_IF_ERROR(MakeDirectories(data));
  CLIENTELE_RETURN_IF_ERROR(copy(data));
  Backup backup{program, id, now, {}};
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListFiles(data));
  for (const std::string& file : paths) {
    CLIENTELE_ASSIGN_OR_RETURN(Digest digest, DigestFile(absl::StrCat(data, "/", file), /*sync=*/true));
    backup.files.push_back({file, digest.size, std::move(digest.sha256)});
  }
  CLIENTELE_RETURN_IF_ERROR(WriteFile(unfinished.path() + kManifest, FormatManifest(backup)));
  CLIENTELE_RETURN_IF_ERROR(SyncDirectories(unfinished.path()));
  CLIENTELE_RETURN_IF_ERROR(Rename(unfinished.path(), path));
  return backup;
}

absl::StatusOr<Backup> ReadBackup(const std::string& path) {
  const auto text = ReadFile(path + kManifest);
  if (absl::IsNotFound(text.status())) return absl::NotFoundError(absl::StrCat("there is no backup at ", path));
  if (!text.ok()) return text.status();
  return ParseManifest(*text);
}

absl::StatusOr<Backup> VerifyBackup(const std::string& path) {
  CLIENTELE_ASSIGN_OR_RETURN(Backup backup, ReadBackup(path));
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> there, ListFiles(path + kData));
  std::set<std::string> surplus(there.begin(), there.end());
  for (const BackupFile& file : backup.files) {
    if (surplus.erase(file.path) == 0) return Differs(file.path, "is missing");
    CLIENTELE_ASSIGN_OR_RETURN(const Digest digest,
                               DigestFile(absl::StrCat(path, kData, "/", file.path), /*sync=*/false));
    CLIENTELE_RETURN_IF_ERROR(CheckDigest(file, digest));
  }
  if (!surplus.empty()) return Differs(*surplus.begin(), "is not in the manifest");
  return backup;
}

absl::StatusOr<Backup> RestoreBackup(const std::string& path, const std::string& data_directory) {
  CLIENTELE_ASSIGN_OR_RETURN(Backup backup, VerifyBackup(path));
  std::error_code error;
  if (fs::exists(data_directory, error) && !fs::is_empty(data_directory, error)) {
    return absl::FailedPreconditionError(absl::StrCat(data_directory, " is not empty; restore into a new directory"));
  }
  const fs::path normal = fs::path(data_directory).lexically_normal();
  const std::string target = (normal.has_filename() ? normal : normal.parent_path()).string();
  const Unfinished unfinished(target + ".unfinished");
  CLIENTELE_RETURN_IF_ERROR(MakeDirectories(unfinished.path()));
  for (const BackupFile& file : backup.files) {
    const std::string to = absl::StrCat(unfinished.path(), "/", file.path);
    CLIENTELE_RETURN_IF_ERROR(MakeDirectories(fs::path(to).parent_path().string()));
    CLIENTELE_ASSIGN_OR_RETURN(const Digest digest, CopyFile(absl::StrCat(path, kData, "/", file.path), to));
    CLIENTELE_RETURN_IF_ERROR(CheckDigest(file, digest));
  }
  CLIENTELE_RETURN_IF_ERROR(SyncDirectories(unfinished.path()));
  CLIENTELE_RETURN_IF_ERROR(Rename(unfinished.path(), target));
  return backup;
}

absl::Status BackupSource::CopyTo(const std::string& target) const {
  // Before the databases, for what is deleted after their copy; and after them, for what came in between.
  const auto link = [&]() -> absl::Status {
    for (const std::string& path : fixed_paths) {
      CLIENTELE_RETURN_IF_ERROR(LinkFiles(absl::StrCat(data_directory, "/", path), absl::StrCat(target, "/", path)));
    }
    return absl::OkStatus();
  };
  CLIENTELE_RETURN_IF_ERROR(link());
  CLIENTELE_RETURN_IF_ERROR(copy_databases(data_directory, target));
  return link();
}

}  // namespace clientele::backup
