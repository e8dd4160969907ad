#include "common/auth/authenticator.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::auth {
namespace {

absl::Status Refuse(absl::string_view what) {
  return Error(absl::StatusCode::kUnauthenticated, ErrorReason::kCredentialInvalid, what);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Authenticator>> Authenticator::Create(const AuthOptions& options, const Clock& clock) {
  auto authenticator = std::unique_ptr<Authenticator>(new Authenticator(options.tokens, clock));
  if (!options.key_set_file.empty()) {
    auto keys = WatchedFile<KeySet>::Open(options.key_set_file, KeySet::Parse);
    if (!keys.ok()) return InvalidField("auth.key_set_file", keys.status().message());
    authenticator->token_keys_ = *std::move(keys);
  }
  if (!options.api_keys_file.empty()) {
    auto keys = WatchedFile<ApiKeys>::Open(options.api_keys_file, ApiKeys::Parse);
    if (!keys.ok()) return InvalidField("auth.api_keys_file", keys.status().message());
    authenticator->api_keys_ = *std::move(keys);
  }
  return authenticator;
}

absl::StatusOr<Principal> Authenticator::Authenticate(absl::string_view authorization) const {
  if (authorization.empty()) return Refuse("no credential: send `authorization: Bearer ` and a token or an API key");
  absl::string_view credential = authorization;
  if (!absl::ConsumePrefix(&credential, "Bearer ")) return Refuse("the credential is not a bearer token or API key");
  const absl::Time now = clock_.Now();
  if (absl::StartsWith(credential, kApiKeyMark)) {
    if (api_keys_ == nullptr) return Refuse("API keys are not taken here");
    return api_keys_->Get(now)->Verify(credential, now);
  }
  if (token_keys_ == nullptr) return Refuse("tokens are not taken here");
  return VerifyToken(credential, *token_keys_->Get(now), rules_, now);
}

}  // namespace clientele::auth
