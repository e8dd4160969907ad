// Bytes of a file, plain or gzip: which one it is, is seen from the first bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::cli {

// One thread.
class ByteSource {
 public:
  // "-" is standard input. NOT_FOUND where there is no such file, PERMISSION_DENIED where it may not be read.
  static absl::StatusOr<std::unique_ptr<ByteSource>> Open(absl::string_view path);
  ~ByteSource();

  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // Reads up to `size` bytes; 0 at the end. DATA_LOSS where a gzip file is damaged or cut short.
  absl::StatusOr<size_t> Read(char* buffer, size_t size);

  // How much of the file, as it lies on the disk, has been read: in [0, 1]; negative for a pipe.
  double fraction() const;

 private:
  ByteSource(std::string path, void* file, int descriptor, double total_bytes);

  const std::string path_;
  void* const file_;  // A gzFile.
  const int descriptor_;
  const double total_bytes_;  // 0 where it has none.
};

}  // namespace clientele::cli
