#include "common/privacy/secret_key.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace clientele::privacy {

std::optional<SecretKey> SecretKey::Draw() {
  SecretKey key;
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(key.bytes_.data()), kBytes) != 1) return std::nullopt;
  return key;
}

std::optional<SecretKey> SecretKey::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kBytes) return std::nullopt;
  SecretKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

std::optional<uint64_t> DrawKeyId() {
  uint64_t id = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&id), sizeof(id)) != 1) return std::nullopt;
  return id;
}

}  // namespace clientele::privacy
