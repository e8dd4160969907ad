#include "common/auth/api_key_file.h"

#include "absl/strings/str_cat.h"
#include "common/auth/change_file.h"
#include "common/auth/watched_file.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::auth {
namespace {

absl::StatusOr<ApiKeys> ParseFile(const std::string& path, const std::string& text) {
  if (text.empty()) return ApiKeys();
  auto keys = ApiKeys::Parse(text);
  if (!keys.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", keys.status().message()));
  return keys;
}

}  // namespace

absl::StatusOr<ApiKeys> ReadApiKeyFile(const std::string& path) {
  if (StampOf(path).size < 0) return ApiKeys();
  CLIENTELE_ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  return ParseFile(path, text);
}

absl::Status AddToApiKeyFile(const std::string& path, const ApiKey& key) {
  return ChangeTextFile(path, [&](const std::string& text) -> absl::StatusOr<std::string> {
    CLIENTELE_ASSIGN_OR_RETURN(ApiKeys keys, ParseFile(path, text));
    keys.Add(key);
    return keys.Format();
  });
}

absl::StatusOr<ApiKey> RevokeInApiKeyFile(const std::string& path, absl::string_view prefix, absl::Time now) {
  ApiKey revoked;
  const auto rewrite = [&](const std::string& text) -> absl::StatusOr<std::string> {
    CLIENTELE_ASSIGN_OR_RETURN(ApiKeys keys, ParseFile(path, text));
    if (!keys.Revoke(prefix, now).ok()) {
      return Error(absl::StatusCode::kNotFound, ErrorReason::kApiKeyNotFound,
                   absl::StrCat("no key begins with ", prefix));
    }
    revoked = keys.keys().find(prefix)->second;
    return keys.Format();
  };
  CLIENTELE_RETURN_IF_ERROR(ChangeTextFile(path, rewrite));
  return revoked;
}

}  // namespace clientele::auth
