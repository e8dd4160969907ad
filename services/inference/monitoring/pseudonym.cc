#include "services/inference/monitoring/pseudonym.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace clientele::inference {
namespace {

constexpr size_t kPseudonymBytes = 16;

}  // namespace

std::string PseudonymOf(absl::string_view secret, const TenantId& tenant, absl::string_view customer_id) {
  // A tenant's id has no byte 0, so that no two pairs share a text.
  const std::string text = absl::StrCat(tenant.value(), absl::string_view("\0", 1), customer_id);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), kPseudonymBytes);
}

double PlaceOf(absl::string_view pseudonym) {
  uint64_t bits = 0;
  std::memcpy(&bits, pseudonym.data(), sizeof(bits));
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace clientele::inference
