// Base64 as RFC 7515 wants it in tokens: the URL alphabet, no padding.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::auth {

std::string EncodeBase64Url(absl::string_view bytes);
// INVALID_ARGUMENT: another alphabet, padding, or a text that no bytes encode to.
absl::StatusOr<std::string> DecodeBase64Url(absl::string_view text);

}  // namespace clientele::auth
