// Files that a command writes.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace clientele::cli {

// In place of what is there. The system's error, with the path.
absl::Status WriteFile(absl::string_view bytes, const std::string& path);

}  // namespace clientele::cli
