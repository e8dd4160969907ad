// JSON Web Tokens (RFC 7519): who somebody is, signed by who may say so. We take what RFC 8725 advises: the key decides
// the algorithm, never the token; an expiry is required; issuer and audience are checked where they are set.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/key_set.h"
#include "common/auth/principal.h"

namespace clientele::auth {

inline constexpr size_t kLongestToken = 8192;  // Bytes.

struct TokenRules {
  std::string issuer;                            // `iss` must be it; empty: any.
  std::string audience;                          // Must be among `aud`; empty: any.
  absl::Duration clock_skew = absl::Minutes(1);  // By how much clocks may differ.
  std::string tenant_claim = "tenant";           // Holds the tenant's id; "*" is every tenant.
  std::string roles_claim = "roles";             // Holds the names of roles.
};

// Who the token speaks of. UNAUTHENTICATED with CREDENTIAL_INVALID says what does not hold, and quotes nothing of it.
absl::StatusOr<Principal> VerifyToken(absl::string_view token, const KeySet& keys, const TokenRules& rules,
                                      absl::Time now);

struct TokenClaims {
  std::string subject;
  std::string issuer;    // Empty: none.
  std::string audience;  // Empty: none.
  std::string tenant;    // Its id, or "*".
  std::vector<std::string> roles;
  absl::Time issued;
  absl::Duration lifetime;
};

// A token signed with a PEM private key. INVALID_ARGUMENT: no such key, or a kind we do not take.
absl::StatusOr<std::string> SignToken(const TokenClaims& claims, absl::string_view private_key_pem);

}  // namespace clientele::auth
