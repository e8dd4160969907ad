#include "common/privacy/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"

namespace clientele::privacy {
namespace {

constexpr size_t kMostKeyBytes = 64 << 10;

// Closes what it holds.
class File {
 public:
  File(const std::string& path, int flags) : descriptor_(open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status Failed(absl::string_view what, const std::string& path, absl::string_view doing) {
  return KeyFileError(what, path, absl::StrCat("cannot be ", doing, ": ", std::strerror(errno)));
}

}  // namespace

absl::Status KeyFileError(absl::string_view what, const std::string& path, absl::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kInternal,
               absl::StrCat(what, ", ", path, ", ", why));
}

absl::StatusOr<std::string> ReadKeyFile(absl::string_view what, const std::string& path) {
  const File file(path, O_RDONLY);
  if (file.get() < 0 && errno == ENOENT) return absl::NotFoundError(absl::StrCat("there is no ", path));
  struct stat found = {};
  if (file.get() < 0 || fstat(file.get(), &found) != 0) return Failed(what, path, "read");
  if ((found.st_mode & S_IRWXO) != 0) return KeyFileError(what, path, "may be read by everybody: chmod 600");
  std::string text(kMostKeyBytes, '\0');
  const ssize_t size = read(file.get(), text.data(), text.size());
  if (size < 0) return Failed(what, path, "read");
  text.resize(static_cast<size_t>(size));
  return text;
}

// Under another name first: a crash in the middle leaves no half a key behind.
absl::Status WriteKeyFile(absl::string_view what, const std::string& path, absl::string_view text) {
  const std::string next = path + ".new";
  unlink(next.c_str());
  const File file(next, O_WRONLY | O_CREAT | O_EXCL);
  const bool ok = file.get() >= 0 && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                  fsync(file.get()) == 0 && rename(next.c_str(), path.c_str()) == 0;
  if (!ok) return Failed(what, path, "written");
  const size_t slash = path.rfind('/');
  const File directory(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY | O_DIRECTORY);
  return directory.get() >= 0 && fsync(directory.get()) == 0 ? absl::OkStatus() : Failed(what, path, "written");
}

}  // namespace clientele::privacy
