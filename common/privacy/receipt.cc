#include "common/privacy/receipt.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace clientele::privacy {
namespace {

using ingestion::v1::ErasureReceipt;
using ingestion::v1::ErasureStatement;

constexpr absl::string_view kDomain = "clientele.erasure-receipt.v1\n";

std::string Signed(absl::string_view statement) { return absl::StrCat(kDomain, statement); }

}  // namespace

absl::StatusOr<ReceiptKey> ReceiptKey::OpenOrCreate(const std::string& path) {
  CLIENTELE_ASSIGN_OR_RETURN(SigningKey key, SigningKey::OpenOrCreate("the key that signs receipts", path));
  return ReceiptKey(std::move(key));
}

absl::StatusOr<ErasureReceipt> ReceiptKey::Sign(const ErasureStatement& statement) const {
  ErasureReceipt receipt;
  {
    google::protobuf::io::StringOutputStream bytes(receipt.mutable_statement());
    google::protobuf::io::CodedOutputStream out(&bytes);
    out.SetSerializationDeterministic(true);
    statement.SerializeToCodedStream(&out);
  }
  CLIENTELE_ASSIGN_OR_RETURN(*receipt.mutable_signature(), key_.Sign(Signed(receipt.statement())));
  receipt.set_public_key(public_key());
  return receipt;
}

absl::StatusOr<ErasureStatement> VerifyReceipt(const ErasureReceipt& receipt, absl::string_view public_key) {
  CLIENTELE_ASSIGN_OR_RETURN(const bool holds,
                             IsSignedBy(public_key, Signed(receipt.statement()), receipt.signature()));
  ErasureStatement statement;
  if (!holds || !statement.ParseFromString(receipt.statement())) {
    return InvalidField("signature", "does not hold: the receipt was changed, or another key signed it");
  }
  return statement;
}

}  // namespace clientele::privacy
