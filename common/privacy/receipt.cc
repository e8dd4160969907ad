#include "common/privacy/receipt.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/privacy/key_file.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace clientele::privacy {
namespace {

using ingestion::v1::ErasureReceipt;
using ingestion::v1::ErasureStatement;

constexpr absl::string_view kDomain = "clientele.erasure-receipt.v1\n";
constexpr absl::string_view kWhat = "the key that signs receipts";

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <typename T>
using Handle = std::unique_ptr<T, Deleter>;

absl::Status KeyFailed(const std::string& path, absl::string_view why) { return KeyFileError(kWhat, path, why); }

std::string TextOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

Handle<BIO> Memory(absl::string_view text) {
  return Handle<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// A new key in a new file.
absl::StatusOr<Handle<EVP_PKEY>> CreateKey(const std::string& path) {
  const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 || EVP_PKEY_keygen(context.get(), &key) != 1) {
    return KeyFailed(path, "could not be made");
  }
  Handle<EVP_PKEY> made(key);
  const Handle<BIO> pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return KeyFailed(path, "could not be made");
  }
  CLIENTELE_RETURN_IF_ERROR(WriteKeyFile(kWhat, path, TextOf(pem.get())));
  return made;
}

std::string Signed(absl::string_view statement) { return absl::StrCat(kDomain, statement); }

}  // namespace

absl::StatusOr<ReceiptKey> ReceiptKey::OpenOrCreate(const std::string& path) {
  Handle<EVP_PKEY> key;
  const absl::StatusOr<std::string> text = ReadKeyFile(kWhat, path);
  if (absl::IsNotFound(text.status())) {
    CLIENTELE_ASSIGN_OR_RETURN(key, CreateKey(path));
  } else {
    CLIENTELE_RETURN_IF_ERROR(text.status());
    key.reset(PEM_read_bio_PrivateKey(Memory(*text).get(), nullptr, nullptr, nullptr));
  }
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return KeyFailed(path, "is no Ed25519 key as PEM: openssl genpkey -algorithm ed25519");
  }
  const Handle<BIO> pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(pem.get(), key.get()) != 1) return KeyFailed(path, "has no public half");
  ReceiptKey result(key.release());
  result.public_key_ = TextOf(pem.get());
  return result;
}

absl::StatusOr<ErasureReceipt> ReceiptKey::Sign(const ErasureStatement& statement) const {
  ErasureReceipt receipt;
  {
    google::protobuf::io::StringOutputStream bytes(receipt.mutable_statement());
    google::protobuf::io::CodedOutputStream out(&bytes);
    out.SetSerializationDeterministic(true);
    statement.SerializeToCodedStream(&out);
  }
  const std::string text = Signed(receipt.statement());
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  unsigned char signature[64];
  size_t size = sizeof(signature);
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature, &size, Bytes(text), text.size()) != 1) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "the receipt could not be signed");
  }
  receipt.set_signature(signature, size);
  receipt.set_public_key(public_key_);
  return receipt;
}

absl::StatusOr<ErasureStatement> VerifyReceipt(const ErasureReceipt& receipt, absl::string_view public_key) {
  const Handle<EVP_PKEY> key(PEM_read_bio_PUBKEY(Memory(public_key).get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return InvalidField("public_key", "is no Ed25519 public key as PEM");
  }
  const std::string text = Signed(receipt.statement());
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  ErasureStatement statement;
  if (context == nullptr || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestVerify(context.get(), Bytes(receipt.signature()), receipt.signature().size(), Bytes(text),
                       text.size()) != 1 ||
      !statement.ParseFromString(receipt.statement())) {
    return InvalidField("signature", "does not hold: the receipt was changed, or another key signed it");
  }
  return statement;
}

}  // namespace clientele::privacy
