// The page's style sheet: calm, printable, for narrow and wide screens, light and dark.
#pragma once

#include "absl/strings/string_view.h"

namespace clientele::cli {

absl::string_view PageStyle();

}  // namespace clientele::cli
