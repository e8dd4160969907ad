// The public keys that tokens are checked with: a JSON Web Key Set (RFC 7517), or PEM public keys one after another.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::auth {

// The signatures we take (RFC 7518, RFC 8037). None is symmetric: whoever can check a token cannot make one.
enum class SignatureAlgorithm { kRs256, kEs256, kEdDsa };

absl::string_view AlgorithmName(SignatureAlgorithm algorithm);  // "RS256"

struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, KeyDeleter>;

// The one algorithm a key is for. INVALID_ARGUMENT: a kind of key we do not take, or RSA below 2,048 bits.
absl::StatusOr<SignatureAlgorithm> AlgorithmOf(const EVP_PKEY& key);

// Immutable, thread-safe.
class KeySet {
 public:
  struct Key {
    std::string id;  // `kid`; empty for PEM.
    SignatureAlgorithm algorithm;
    KeyHandle key;
  };

  // INVALID_ARGUMENT: neither form, no key in it, or a key we do not take. In a key set, keys for other uses than
  // signatures and of kinds we do not know are passed over, as RFC 7517 asks.
  static absl::StatusOr<KeySet> Parse(absl::string_view text);

  // Those a token's header may mean: the ones of its `kid`, where it has one, else all.
  std::vector<const Key*> Find(absl::string_view id) const;

 private:
  std::vector<Key> keys_;
};

}  // namespace clientele::auth
