// A file of credentials that may change while a program runs: an operator rotates a key, and nobody restarts anything.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace clientele::auth {

// What tells one state of a file from another.
struct FileStamp {
  int64_t inode = 0, size = -1, changed_nanoseconds = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// All zero for a file that is not there.
FileStamp StampOf(const std::string& path);
// NOT_FOUND: it cannot be read. INVALID_ARGUMENT: longer than 1 MiB.
absl::StatusOr<std::string> ReadTextFile(const std::string& path);

// The newest state of the file that could be read as a T: one that is half written or wrong changes nothing.
// Thread-safe.
template <typename T>
class WatchedFile {
 public:
  using Parse = std::function<absl::StatusOr<T>(const std::string& text)>;

  // Errors of the file, and of `parse`, as it is now.
  static absl::StatusOr<std::unique_ptr<WatchedFile>> Open(std::string path, Parse parse) {
    auto file = std::unique_ptr<WatchedFile>(new WatchedFile(std::move(path), std::move(parse)));
    absl::MutexLock lock(&file->mutex_);
    const absl::Status status = file->Read();
    if (!status.ok()) return status;
    return file;
  }

  // Looks at the file again where the last look was a second ago.
  std::shared_ptr<const T> Get(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (now - looked_ >= absl::Seconds(1) || now < looked_) {
      looked_ = now;
      if (StampOf(path_) != stamp_) Read().IgnoreError();
    }
    return value_;
  }

 private:
  WatchedFile(std::string path, Parse parse) : path_(std::move(path)), parse_(std::move(parse)) {}

  absl::Status Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const FileStamp stamp = StampOf(path_);
    const absl::StatusOr<std::string> text = ReadTextFile(path_);
    if (!text.ok()) return text.status();
    absl::StatusOr<T> value = parse_(*text);
    if (!value.ok()) return absl::Status(value.status().code(), path_ + ": " + std::string(value.status().message()));
    stamp_ = stamp;
    value_ = std::make_shared<const T>(*std::move(value));
    return absl::OkStatus();
  }

  const std::string path_;
  const Parse parse_;
  absl::Mutex mutex_;
  FileStamp stamp_ ABSL_GUARDED_BY(mutex_);
  absl::Time looked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::shared_ptr<const T> value_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::auth
