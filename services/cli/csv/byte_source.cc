#include "services/cli/csv/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace clientele::cli {
namespace {

constexpr unsigned kBufferBytes = 256 * 1024;

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> ByteSource::Open(absl::string_view path) {
  const std::string name(path);
  const int descriptor = name == "-" ? dup(STDIN_FILENO) : open(name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", name));
  struct stat info = {};
  if (fstat(descriptor, &info) != 0 || S_ISDIR(info.st_mode)) {
    close(descriptor);
    return absl::InvalidArgumentError(absl::StrCat(name, " is a directory; name a CSV file"));
  }
  gzFile file = gzdopen(descriptor, "rb");
  if (file == nullptr) {
    close(descriptor);
    return absl::ResourceExhaustedError("no memory to read with");
  }
  gzbuffer(file, kBufferBytes);
  const double total = S_ISREG(info.st_mode) ? static_cast<double>(info.st_size) : 0;
  return absl::WrapUnique(new ByteSource(name, file, descriptor, total));
}

ByteSource::ByteSource(std::string path, void* file, int descriptor, double total_bytes)
    : path_(std::move(path)), file_(file), descriptor_(descriptor), total_bytes_(total_bytes) {}

ByteSource::~ByteSource() { gzclose_r(static_cast<gzFile>(file_)); }

absl::StatusOr<size_t> ByteSource::Read(char* buffer, size_t size) {
  gzFile file = static_cast<gzFile>(file_);
  const int count = gzread(file, buffer, static_cast<unsigned>(std::min<size_t>(size, 1u << 30)));
  if (count > 0) return static_cast<size_t>(count);
  int code = Z_OK;
  const std::string message = gzerror(file, &code);
  if (code == Z_ERRNO) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path_));
  // A file that stops inside its compressed data ends with Z_BUF_ERROR.
  if (count < 0 || code == Z_BUF_ERROR) {
    return absl::DataLossError(absl::StrCat(path_, " is damaged or cut short (", message, "); get it again"));
  }
  return 0;
}

double ByteSource::fraction() const {
  if (total_bytes_ <= 0) return -1;
  // What zlib has taken from the disk; the last buffer may still wait to be parsed, which a progress bar can bear.
  const off_t position = lseek(descriptor_, 0, SEEK_CUR);
  return position < 0 ? -1 : static_cast<double>(position) / total_bytes_;
}

}  // namespace clientele::cli
