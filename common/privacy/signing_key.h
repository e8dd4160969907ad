// An Ed25519 key (RFC 8032) that a program signs with, and the check that whoever has its public half makes without the
// program.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace clientele::privacy {

// Thread-safe.
class SigningKey {
 public:
  // An Ed25519 key as PEM, PKCS #8. Where there is no such file, one is made, for its owner's eyes alone (0600). `what`
  // it is: for errors. FAILED_PRECONDITION: it cannot be read or written, is another kind of key, or everybody may read
  // it.
  static absl::StatusOr<SigningKey> OpenOrCreate(absl::string_view what, const std::string& path);

  // PEM.
  const std::string& public_key() const { return public_key_; }
  // 64 bytes. INTERNAL.
  absl::StatusOr<std::string> Sign(absl::string_view bytes) const;

 private:
  struct Deleter {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  explicit SigningKey(EVP_PKEY* key) : key_(key, Deleter()) {}

  std::shared_ptr<EVP_PKEY> key_;
  std::string public_key_;
};

// Whether the key whose public half this is, as PEM, signed the bytes. INVALID_ARGUMENT: it is no such key.
absl::StatusOr<bool> IsSignedBy(absl::string_view public_key, absl::string_view bytes, absl::string_view signature);

}  // namespace clientele::privacy
