// Whoever calls shows a credential: an API key, or a token signed by a key we trust. The same for all three services.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/auth/api_keys.h"
#include "common/auth/key_set.h"
#include "common/auth/principal.h"
#include "common/auth/token.h"
#include "common/auth/watched_file.h"
#include "common/base/clock.h"

namespace clientele::auth {

struct AuthOptions {
  std::string key_set_file;   // JSON Web Key Set or PEM public keys, for tokens. Read again when it changes.
  std::string api_keys_file;  // As `clientele keys` writes it. Read again when it changes.
  std::string tenants_file;   // As `clientele tenants` writes it. Read again when it changes. Empty: any tenant is served.
  TokenRules tokens;

  // Whether callers have to show anything.
  bool enabled() const { return !key_set_file.empty() || !api_keys_file.empty(); }
};

// Thread-safe. `clock` must outlive it.
class Authenticator {
 public:
  // INVALID_ARGUMENT or NOT_FOUND: a file that is wrong or not there, naming the option.
  static absl::StatusOr<std::unique_ptr<Authenticator>> Create(const AuthOptions& options, const Clock& clock);

  // From the value of the `authorization` metadata, "Bearer ...". UNAUTHENTICATED with CREDENTIAL_INVALID: none, or it
  // does not hold.
  absl::StatusOr<Principal> Authenticate(absl::string_view authorization) const;

 private:
  Authenticator(TokenRules rules, const Clock& clock) : rules_(std::move(rules)), clock_(clock) {}

  const TokenRules rules_;
  const Clock& clock_;
  std::unique_ptr<WatchedFile<KeySet>> token_keys_;  // Null: no tokens.
  std::unique_ptr<WatchedFile<ApiKeys>> api_keys_;   // Null: no API keys.
};

}  // namespace clientele::auth
