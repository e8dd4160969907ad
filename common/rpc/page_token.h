// Paging as AIP-158 has it: opaque tokens that hold where the next page starts.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::rpc {

// A token (URL-safe text) for the page that starts at `position`, valid only with the request it was made for:
// `request_fingerprint` is whatever must not change between pages, for example parent and filter.
std::string EncodePageToken(absl::string_view position, absl::string_view request_fingerprint);

// The position; "" for the empty token, which asks for the first page. INVALID_ARGUMENT (INVALID_PAGE_TOKEN) where the token
// is damaged, or belongs to another request.
absl::StatusOr<std::string> DecodePageToken(absl::string_view token, absl::string_view request_fingerprint);

// The page size to use: 0 asks for the default, more than the maximum is cut to it, negative is INVALID_ARGUMENT.
absl::StatusOr<int> PageSize(int requested, int default_size, int max_size);

}  // namespace clientele::rpc
