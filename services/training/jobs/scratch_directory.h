// A folder of one worker's own, which goes when the worker has gone: shared memory and sockets of its ranks lie there.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::training {

class ScratchDirectory {
 public:
  // None.
  ScratchDirectory() = default;
  // In `root`. Takes away what processes that have ended left there, be it another service's.
  static absl::StatusOr<ScratchDirectory> Make(const std::string& root);
  ~ScratchDirectory();
  ScratchDirectory(ScratchDirectory&& other) noexcept;
  ScratchDirectory& operator=(ScratchDirectory&& other) noexcept;

  const std::string& path() const { return path_; }  // Empty: none.

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Memory, where the machine has a folder of it; else that of temporary files.
std::string ScratchRoot();

}  // namespace clientele::training
