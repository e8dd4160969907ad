// A directory of one test's own.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace clientele::testutil {

// Made empty, removed with all that is in it.
class TempDir {
 public:
  TempDir();
  ~TempDir();

  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // path()/name.
  std::string File(absl::string_view name) const;
  // Writes path()/name and returns its path.
  std::string Write(absl::string_view name, absl::string_view content) const;

 private:
  std::string path_;
};

}  // namespace clientele::testutil
