#include "common/backup/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"

namespace clientele::backup {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPieceBytes = 1 << 20;

// An open file, closed at the end.
class File {
 public:
  File(const std::string& path, int flags, mode_t permissions = 0644)
      : path_(path), descriptor_(::open(path.c_str(), flags | O_CLOEXEC, permissions)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }

  // Calls with every piece; false stops.
  absl::Status ReadAll(absl::FunctionRef<absl::Status(absl::string_view)> take) {
    std::string piece(kPieceBytes, '\0');
    while (true) {
      const ssize_t size = ::read(descriptor_, piece.data(), piece.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return FileError("read", path_, errno);
      if (size == 0) return absl::OkStatus();
      CLIENTELE_RETURN_IF_ERROR(take(absl::string_view(piece.data(), size)));
    }
  }
  absl::Status Write(absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return FileError("write", path_, errno);
      bytes.remove_prefix(written);
    }
    return absl::OkStatus();
  }
  absl::Status SetPermissionsOf(const File& other) {
    struct stat status = {};
    if (::fstat(other.descriptor_, &status) != 0) return FileError("read", other.path_, errno);
    return ::fchmod(descriptor_, status.st_mode & 0777) == 0 ? absl::OkStatus() : FileError("change", path_, errno);
  }
  absl::Status Sync() { return ::fsync(descriptor_) == 0 ? absl::OkStatus() : FileError("sync", path_, errno); }

 private:
  const std::string path_;
  const int descriptor_;
};

absl::Status CannotOpen(const std::string& path, int error) {
  if (error == ENOENT) return absl::NotFoundError(absl::StrCat("there is no ", path));
  return FileError("open", path, error);
}

absl::Status SyncOne(const std::string& path) {
  File directory(path, O_RDONLY | O_DIRECTORY);
  return directory.is_open() ? directory.Sync() : CannotOpen(path, errno);
}

}  // namespace

absl::Status FileError(absl::string_view doing, absl::string_view path, int error) {
  const bool transient = error == ENOSPC || error == EDQUOT || error == EFBIG || error == EMFILE || error == ENFILE;
  return Error(transient ? absl::StatusCode::kUnavailable : absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("cannot ", doing, " ", path, ": ", std::strerror(error)));
}

absl::StatusOr<Digest> DigestFile(const std::string& path, bool sync) {
  File file(path, O_RDONLY);
  if (!file.is_open()) return CannotOpen(path, errno);
  Sha256 sha256;
  Digest digest;
  CLIENTELE_RETURN_IF_ERROR(file.ReadAll([&](absl::string_view piece) {
    sha256.Update(piece);
    digest.size += static_cast<int64_t>(piece.size());
    return absl::OkStatus();
  }));
  if (sync) CLIENTELE_RETURN_IF_ERROR(file.Sync());
  digest.sha256 = sha256.Hex();
  return digest;
}

absl::StatusOr<Digest> CopyFile(const std::string& from, const std::string& to) {
  File source(from, O_RDONLY);
  if (!source.is_open()) return CannotOpen(from, errno);
  File copy(to, O_WRONLY | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR);  // Nobody else's while it is written.
  if (!copy.is_open()) return FileError("create", to, errno);
  Sha256 sha256;
  Digest digest;
  CLIENTELE_RETURN_IF_ERROR(source.ReadAll([&](absl::string_view piece) {
    sha256.Update(piece);
    digest.size += static_cast<int64_t>(piece.size());
    return copy.Write(piece);
  }));
  CLIENTELE_RETURN_IF_ERROR(copy.SetPermissionsOf(source));
  CLIENTELE_RETURN_IF_ERROR(copy.Sync());
  digest.sha256 = sha256.Hex();
  return digest;
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  File file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!file.is_open()) return FileError("create", path, errno);
  CLIENTELE_RETURN_IF_ERROR(file.Write(bytes));
  return file.Sync();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  File file(path, O_RDONLY);
  if (!file.is_open()) return CannotOpen(path, errno);
  std::string bytes;
  CLIENTELE_RETURN_IF_ERROR(file.ReadAll([&](absl::string_view piece) {
    absl::StrAppend(&bytes, piece);
    return absl::OkStatus();
  }));
  return bytes;
}

absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error)) paths.push_back(it->path().lexically_relative(directory).generic_string());
  }
  if (error) return FileError("read", directory, error.value());
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::Status MakeDirectories(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return error ? FileError("create", path, error.value()) : absl::OkStatus();
}

absl::Status SyncDirectories(const std::string& path) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    if (it->is_directory(error)) CLIENTELE_RETURN_IF_ERROR(SyncOne(it->path().string()));
  }
  if (error) return FileError("read", path, error.value());
  return SyncOne(path);
}

absl::Status Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return FileError("rename", from, errno);
  const std::string parent = fs::path(to).parent_path().string();
  return SyncOne(parent.empty() ? "." : parent);
}

}  // namespace clientele::backup
