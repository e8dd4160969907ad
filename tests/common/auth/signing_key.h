// Key pairs made for one test.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <string>

namespace clientele::auth {

struct SigningKey {
  std::string private_pem;
  std::string public_pem;
};

inline SigningKey PemOf(EVP_PKEY* key) {
  const auto text = [](BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string pem(data, static_cast<size_t>(size));
    BIO_free(bio);
    return pem;
  };
  BIO* secret = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(secret, key, nullptr, nullptr, 0, nullptr, nullptr);
  BIO* open = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(open, key);
  EVP_PKEY_free(key);
  return {text(secret), text(open)};
}

inline SigningKey NewEd25519Key() { return PemOf(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
inline SigningKey NewP256Key() { return PemOf(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }
inline SigningKey NewP384Key() { return PemOf(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384")); }
inline SigningKey NewRsaKey(size_t bits) { return PemOf(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)); }

}  // namespace clientele::auth
