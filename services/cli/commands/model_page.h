// A version's page: its card, then how it was trained and how good it is, in pictures.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/cli/commands/context.h"

namespace clientele::cli {

// Writes it to `path` (empty: MODEL-VERSION.html in the working directory) and says so. `name` is a version's, an
// alias's or a model's.
absl::Status WriteModelPage(Context& context, const std::string& name, const std::string& path);

}  // namespace clientele::cli
