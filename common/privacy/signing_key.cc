#include "common/privacy/signing_key.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/privacy/key_file.h"

namespace clientele::privacy {
namespace {

struct Deleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <typename T>
using Handle = std::unique_ptr<T, Deleter>;

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
absl::StatusOr<Handle<EVP_PKEY>> CreateKey(absl::string_view what, const std::string& path) {
  const Handle<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 || EVP_PKEY_keygen(context.get(), &key) != 1) {
    return KeyFileError(what, path, "could not be made");
  }
  Handle<EVP_PKEY> made(key);
  const Handle<BIO> pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return KeyFileError(what, path, "could not be made");
  }
  CLIENTELE_RETURN_IF_ERROR(WriteKeyFile(what, path, TextOf(pem.get())));
  return made;
}

}  // namespace

absl::StatusOr<SigningKey> SigningKey::OpenOrCreate(absl::string_view what, const std::string& path) {
  Handle<EVP_PKEY> key;
  const absl::StatusOr<std::string> text = ReadKeyFile(what, path);
  if (absl::IsNotFound(text.status())) {
    CLIENTELE_ASSIGN_OR_RETURN(key, CreateKey(what, path));
  } else {
    CLIENTELE_RETURN_IF_ERROR(text.status());
    key.reset(PEM_read_bio_PrivateKey(Memory(*text).get(), nullptr, nullptr, nullptr));
  }
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return KeyFileError(what, path, "is no Ed25519 key as PEM: openssl genpkey -algorithm ed25519");
  }
  const Handle<BIO> pem(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PUBKEY(pem.get(), key.get()) != 1) return KeyFileError(what, path, "has no public half");
  SigningKey result(key.release());
  result.public_key_ = TextOf(pem.get());
  return result;
}

absl::StatusOr<std::string> SigningKey::Sign(absl::string_view bytes) const {
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::string signature(64, '\0');
  size_t size = signature.size();
  if (context == nullptr || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, Bytes(bytes),
                     bytes.size()) != 1) {
    return Error(absl::StatusCode::kInternal, ErrorReason::kInternal, "it could not be signed");
  }
  signature.resize(size);
  return signature;
}

absl::StatusOr<bool> IsSignedBy(absl::string_view public_key, absl::string_view bytes, absl::string_view signature) {
  const Handle<EVP_PKEY> key(PEM_read_bio_PUBKEY(Memory(public_key).get(), nullptr, nullptr, nullptr));
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return InvalidField("public_key", "is no Ed25519 public key as PEM");
  }
  const Handle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  return context != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(bytes), bytes.size()) == 1;
}

}  // namespace clientele::privacy
