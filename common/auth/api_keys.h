// API keys, for programs that cannot fetch tokens. A key is 256 random bits, so its plain SHA-256 is as good as a slow
// hash, and the digest alone is kept. They live in a JSON file that the three services read and the command writes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/auth/principal.h"

namespace clientele::auth {

inline constexpr absl::string_view kApiKeyMark = "ck_";

struct ApiKey {
  std::string prefix;  // "ck_3f9a2b71": how a key is spoken of. It is no secret.
  std::string sha256;  // Of the whole key, hex.
  std::string description;
  Principal principal;
  absl::Time create_time;
  absl::Time expire_time = absl::InfiniteFuture();
  absl::Time revoke_time = absl::InfiniteFuture();

  bool Holds(absl::Time now) const { return now < expire_time && now < revoke_time; }
};

// A new key and what is kept of it. The key itself, "ck_3f9a2b71_<43 characters>", is told once, here.
struct NewApiKey {
  std::string secret;
  ApiKey key;
};
NewApiKey MakeApiKey(Principal principal, std::string description, absl::Time now, absl::Duration lifetime);

// Immutable once built, thread-safe.
class ApiKeys {
 public:
  // INVALID_ARGUMENT: not the JSON that Format writes.
  static absl::StatusOr<ApiKeys> Parse(absl::string_view text);
  std::string Format() const;

  void Add(ApiKey key);
  // NOT_FOUND: no key has this prefix. A key that is revoked stays so.
  absl::Status Revoke(absl::string_view prefix, absl::Time now);

  // Whose it is. UNAUTHENTICATED with CREDENTIAL_INVALID: none of ours, expired or revoked.
  absl::StatusOr<Principal> Verify(absl::string_view secret, absl::Time now) const;

  // By prefix.
  const std::map<std::string, ApiKey, std::less<>>& keys() const { return keys_; }

 private:
  std::map<std::string, ApiKey, std::less<>> keys_;
};

}  // namespace clientele::auth
