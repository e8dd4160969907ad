// A token is base64url(check(8) position), check = XXH3(position) seeded with the fingerprint's XXH3.
#include "common/rpc/page_token.h"

#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"

namespace clientele::rpc {
namespace {

constexpr size_t kCheckBytes = 8;

std::string Check(absl::string_view position, absl::string_view request_fingerprint) {
  const uint64_t hash = Hash64(position, Hash64(request_fingerprint));
  std::string check;
  for (size_t i = 0; i < kCheckBytes; ++i) check += static_cast<char>(hash >> (8 * i));
  return check;
}

}  // namespace

std::string EncodePageToken(absl::string_view position, absl::string_view request_fingerprint) {
  return absl::WebSafeBase64Escape(absl::StrCat(Check(position, request_fingerprint), position));
}

absl::StatusOr<std::string> DecodePageToken(absl::string_view token, absl::string_view request_fingerprint) {
  if (token.empty()) return std::string();
  std::string decoded;
  if (absl::WebSafeBase64Unescape(token, &decoded) && decoded.size() >= kCheckBytes) {
    std::string position = decoded.substr(kCheckBytes);
    if (decoded.substr(0, kCheckBytes) == Check(position, request_fingerprint)) return position;
  }
  return Error(
      absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken,
      "page_token: not a token of this request; pass next_page_token as it came, with the other fields unchanged",
      {{"field", "page_token"}});
}

absl::StatusOr<int> PageSize(int requested, int default_size, int max_size) {
  if (requested < 0) {
    return InvalidField("page_size", absl::StrCat(requested, " is negative; allowed: 0 (the default) to ", max_size));
  }
  if (requested == 0) return default_size;
  return requested < max_size ? requested : max_size;
}

}  // namespace clientele::rpc
