// What lies in the files under a directory.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace clientele::testutil {

// The names of those that have the text, as bytes.
inline std::vector<std::string> FilesThatHave(const std::string& directory, absl::string_view text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    if (bytes.str().find(std::string(text)) != std::string::npos) found.push_back(entry.path().filename().string());
  }
  return found;
}

inline bool AnyFileHas(const std::string& directory, absl::string_view text) {
  return !FilesThatHave(directory, text).empty();
}

}  // namespace clientele::testutil
