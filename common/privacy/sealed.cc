#include "common/privacy/sealed.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"

namespace clientele::privacy {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeadBytes = 9, kNonceBytes = 12, kTagBytes = 16;
static_assert(kHeadBytes + kNonceBytes + kTagBytes == kSealedOverhead);

struct Deleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, Deleter>;

// Looked up once: that costs more than sealing.
const EVP_CIPHER* Cipher() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

const unsigned char* Bytes(absl::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* Bytes(char* text) { return reinterpret_cast<unsigned char*>(text); }
int Size(absl::string_view text) { return static_cast<int>(text.size()); }

absl::Status CannotSeal() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kInternal,
               "the machine gives no random bytes, or no AES-256-GCM");
}

}  // namespace

bool ReadSealed(absl::string_view bytes, SealedView& view) {
  if (bytes.size() < kSealedOverhead || bytes[0] != kVersion) return false;
  std::memcpy(&view.key_id, bytes.data() + 1, sizeof(view.key_id));
  view.head = bytes.substr(0, kHeadBytes);
  view.nonce = bytes.substr(kHeadBytes, kNonceBytes);
  view.ciphertext = bytes.substr(kHeadBytes + kNonceBytes, bytes.size() - kSealedOverhead);
  view.tag = bytes.substr(bytes.size() - kTagBytes);
  return true;
}

std::string PlaceOf(std::initializer_list<absl::string_view> parts) {
  std::string place;
  for (const absl::string_view part : parts) {
    const auto size = static_cast<uint32_t>(part.size());
    place.append(reinterpret_cast<const char*>(&size), sizeof(size));
    place.append(part.data(), part.size());
  }
  return place;
}

absl::Status Seal(const SecretKey& key, uint64_t key_id, absl::string_view place, absl::string_view bytes,
                  std::string& sealed) {
  const size_t begin = sealed.size();
  sealed.resize(begin + kSealedOverhead + bytes.size());
  char* const head = sealed.data() + begin;
  char* const nonce = head + kHeadBytes;
  char* const ciphertext = nonce + kNonceBytes;
  char* const tag = ciphertext + bytes.size();
  head[0] = kVersion;
  std::memcpy(head + 1, &key_id, sizeof(key_id));
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool ok = RAND_bytes(Bytes(nonce), kNonceBytes) == 1 && Cipher() != nullptr && context != nullptr &&
                  EVP_EncryptInit_ex2(context.get(), Cipher(), Bytes(key.bytes()), Bytes(nonce), nullptr) == 1 &&
                  EVP_EncryptUpdate(context.get(), nullptr, &size, Bytes(head), kHeadBytes) == 1 &&
                  EVP_EncryptUpdate(context.get(), nullptr, &size, Bytes(place), Size(place)) == 1 &&
                  EVP_EncryptUpdate(context.get(), Bytes(ciphertext), &size, Bytes(bytes), Size(bytes)) == 1 &&
                  EVP_EncryptFinal_ex(context.get(), Bytes(tag), &size) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1;
  if (ok) return absl::OkStatus();
  sealed.resize(begin);
  return CannotSeal();
}

std::optional<std::string> Open(const SecretKey& key, absl::string_view place, const SealedView& sealed) {
  std::string bytes(sealed.ciphertext.size(), '\0');
  char tag[kTagBytes];  // OpenSSL wants it where it may write.
  std::memcpy(tag, sealed.tag.data(), kTagBytes);
  const Context context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool ok = Cipher() != nullptr && context != nullptr &&
                  EVP_DecryptInit_ex2(context.get(), Cipher(), Bytes(key.bytes()), Bytes(sealed.nonce), nullptr) == 1 &&
                  EVP_DecryptUpdate(context.get(), nullptr, &size, Bytes(sealed.head), Size(sealed.head)) == 1 &&
                  EVP_DecryptUpdate(context.get(), nullptr, &size, Bytes(place), Size(place)) == 1 &&
                  EVP_DecryptUpdate(context.get(), Bytes(bytes.data()), &size, Bytes(sealed.ciphertext),
                                    Size(sealed.ciphertext)) == 1 &&
                  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag) == 1 &&
                  EVP_DecryptFinal_ex(context.get(), Bytes(bytes.data()) + size, &size) == 1;
  if (!ok) return std::nullopt;
  return bytes;
}

bool RetiresKey(const SealedView& sealed, uint32_t seals_per_key) {
  uint32_t lot = 0;
  std::memcpy(&lot, sealed.nonce.data(), sizeof(lot));
  return lot % seals_per_key == 0;
}

}  // namespace clientele::privacy
