// Receipts of erasures: signed by the server, checked by anybody who has its public key, without the server.
//
//   signature = Ed25519(private key, "clientele.erasure-receipt.v1\n" statement)
//
// The statement is signed as its bytes are, so that no form of its own has to be agreed upon.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "common/privacy/signing_key.h"

namespace clientele::privacy {

// Thread-safe.
class ReceiptKey {
 public:
  // As SigningKey::OpenOrCreate.
  static absl::StatusOr<ReceiptKey> OpenOrCreate(const std::string& path);

  // PEM.
  const std::string& public_key() const { return key_.public_key(); }
  absl::StatusOr<ingestion::v1::ErasureReceipt> Sign(const ingestion::v1::ErasureStatement& statement) const;

 private:
  explicit ReceiptKey(SigningKey key) : key_(std::move(key)) {}

  SigningKey key_;
};

// What the receipt states, where `public_key` (PEM) signed it. INVALID_ARGUMENT: no Ed25519 public key, or the
// signature does not hold.
absl::StatusOr<ingestion::v1::ErasureStatement> VerifyReceipt(const ingestion::v1::ErasureReceipt& receipt,
                                                              absl::string_view public_key);

}  // namespace clientele::privacy
