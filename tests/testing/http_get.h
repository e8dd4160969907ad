// The body of http://127.0.0.1:port/path, or "" where nobody answers.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace clientele::testutil {

std::string HttpGet(int port, absl::string_view path);

}  // namespace clientele::testutil
