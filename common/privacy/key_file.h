// Files that hold a secret key, for their owner's eyes alone (0600).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::privacy {

// FAILED_PRECONDITION: "the key that signs receipts, PATH, WHY". `what` is "the key that signs receipts".
absl::Status KeyFileError(absl::string_view what, const std::string& path, absl::string_view why);

// At most 64 KiB. NOT_FOUND: there is no such file. FAILED_PRECONDITION: it cannot be read, or everybody may read it.
absl::StatusOr<std::string> ReadKeyFile(absl::string_view what, const std::string& path);
// A new file, which is on disk when this returns, whole or not at all. FAILED_PRECONDITION: it cannot be written.
absl::Status WriteKeyFile(absl::string_view what, const std::string& path, absl::string_view text);

}  // namespace clientele::privacy
