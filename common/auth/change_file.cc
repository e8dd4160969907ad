#include "common/auth/change_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/auth/watched_file.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::auth {
namespace {

constexpr mode_t kOwnerOnly = 0600;

absl::Status FileError(absl::string_view what, const std::string& path) {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed,
               absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC, kOwnerOnly)) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);  // A lock goes with it.
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int value() const { return value_; }

 private:
  const int value_;
};

absl::Status WriteSynced(const std::string& path, absl::string_view text) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.value() < 0) return FileError("write", path);
  while (!text.empty()) {
    const ssize_t written = ::write(file.value(), text.data(), text.size());
    if (written < 0 && errno != EINTR) return FileError("write", path);
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return ::fsync(file.value()) == 0 ? absl::OkStatus() : FileError("sync", path);
}

absl::Status SyncFolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory(folder, O_RDONLY | O_DIRECTORY);
  return directory.value() >= 0 && ::fsync(directory.value()) == 0 ? absl::OkStatus() : FileError("sync", folder);
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, absl::string_view bytes) {
  const std::string next_path = path + ".new";
  CLIENTELE_RETURN_IF_ERROR(WriteSynced(next_path, bytes));
  if (std::rename(next_path.c_str(), path.c_str()) != 0) return FileError("replace", path);
  return SyncFolderOf(path);
}

absl::Status ChangeTextFile(const std::string& path,
                            const std::function<absl::StatusOr<std::string>(const std::string&)>& change) {
  const std::string lock_path = path + ".lock";
  const Descriptor lock(lock_path, O_RDWR | O_CREAT);
  if (lock.value() < 0) return FileError("open", lock_path);
  while (::flock(lock.value(), LOCK_EX) != 0) {
    if (errno != EINTR) return FileError("lock", lock_path);
  }
  std::string text;
  if (StampOf(path).size >= 0) {
    CLIENTELE_ASSIGN_OR_RETURN(text, ReadTextFile(path));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const std::string changed, change(text));
  return ReplaceFile(path, changed);
}

}  // namespace clientele::auth
