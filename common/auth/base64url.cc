#include "common/auth/base64url.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"

namespace clientele::auth {

std::string EncodeBase64Url(absl::string_view bytes) {
  std::string text;
  absl::WebSafeBase64Escape(bytes, &text);
  while (absl::EndsWith(text, "=")) text.pop_back();
  return text;
}

absl::StatusOr<std::string> DecodeBase64Url(absl::string_view text) {
  std::string bytes;
  // A library that is lenient would let one token be written in many ways.
  if (!absl::WebSafeBase64Unescape(text, &bytes) || EncodeBase64Url(bytes) != text) {
    return absl::InvalidArgumentError("not base64url without padding");
  }
  return bytes;
}

}  // namespace clientele::auth
