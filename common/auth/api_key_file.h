// The file of API keys as its administrators see it: keys are made, listed and revoked in it, by the command and by the
// servers, also at the same time. Who verifies keys watches it (watched_file.h).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/api_keys.h"

namespace clientele::auth {

// Each call: INVALID_ARGUMENT where the file is none of keys, UNAVAILABLE where it cannot be written.

// A file that is not there yet has no keys.
absl::StatusOr<ApiKeys> ReadApiKeyFile(const std::string& path);
absl::Status AddToApiKeyFile(const std::string& path, const ApiKey& key);
// The key, revoked. NOT_FOUND with API_KEY_NOT_FOUND: none has this prefix.
absl::StatusOr<ApiKey> RevokeInApiKeyFile(const std::string& path, absl::string_view prefix, absl::Time now);

}  // namespace clientele::auth
