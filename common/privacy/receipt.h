// Receipts of erasures: signed by the server, checked by anybody who has its public key, without the server.
//
//   signature = Ed25519(private key, "clientele.erasure-receipt.v1\n" statement)
//
// The statement is signed as its bytes are, so that no form of its own has to be agreed upon.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"

namespace clientele::privacy {

// Thread-safe.
class ReceiptKey {
 public:
  // An Ed25519 key as PEM, PKCS #8. Where there is no such file, one is made, for its owner's eyes alone (0600).
  // FAILED_PRECONDITION: it cannot be read or written, is another kind of key, or everybody may read it.
  static absl::StatusOr<ReceiptKey> OpenOrCreate(const std::string& path);

  // PEM.
  const std::string& public_key() const { return public_key_; }
  absl::StatusOr<ingestion::v1::ErasureReceipt> Sign(const ingestion::v1::ErasureStatement& statement) const;

 private:
  struct Deleter {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  explicit ReceiptKey(EVP_PKEY* key) : key_(key, Deleter()) {}

  std::shared_ptr<EVP_PKEY> key_;
  std::string public_key_;
};

// What the receipt states, where `public_key` (PEM) signed it. INVALID_ARGUMENT: no Ed25519 public key, or the
// signature does not hold.
absl::StatusOr<ingestion::v1::ErasureStatement> VerifyReceipt(const ingestion::v1::ErasureReceipt& receipt,
                                                              absl::string_view public_key);

}  // namespace clientele::privacy
