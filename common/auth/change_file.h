// How a file that servers watch is changed: whole or not at all, and by one at a time.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::auth {

// Replaces the file by `bytes`, synced, then renamed over the old one, readable by its owner alone. For one writer at a
// time. UNAVAILABLE with STORAGE_FAILED.
absl::Status ReplaceFile(const std::string& path, absl::string_view bytes);

// Replaces the text of the file by what `change` makes of it; a file that is not there yet is "". Synced, then renamed
// over the old one, readable by its owner alone. Other processes that change it meanwhile wait: `path`.lock stays
// beside it. Errors of `change`, which then changes nothing; UNAVAILABLE with STORAGE_FAILED: it cannot be written.
absl::Status ChangeTextFile(const std::string& path,
                            const std::function<absl::StatusOr<std::string>(const std::string&)>& change);

}  // namespace clientele::auth
