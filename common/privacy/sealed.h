// Bytes that only a key opens, and only in the place they were sealed for: AES-256-GCM (NIST SP 800-38D). Personal
// values are sealed so, and keys with other keys.
//
//   sealed   u8(1) u64(key id) nonce{12} ciphertext{n} tag{16}        n: as many bytes as were sealed; little-endian
//
// The nonce is random. A key must seal far fewer than 2^32 times, for then no nonce comes twice but by a chance of
// 2^-33: see RetiresKey. The tag also covers the head, u8 and u64, and the place: what the bytes are of, told in parts
// (tenant, customer, record, ...), so that they open nowhere else. Cost: some 1 us, and 1 ns a byte.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/privacy/secret_key.h"

namespace clientele::privacy {

inline constexpr size_t kSealedOverhead = 37;  // Bytes beyond those that were sealed.

// Views into the bytes it was read from.
struct SealedView {
  uint64_t key_id = 0;
  absl::string_view head, nonce, ciphertext, tag;
};

// False where `bytes` have not the form.
bool ReadSealed(absl::string_view bytes, SealedView& view);

// Parts as one text from which each can be told.
std::string PlaceOf(std::initializer_list<absl::string_view> parts);

// Appends to `sealed`. INTERNAL: the machine gives no random bytes.
absl::Status Seal(const SecretKey& key, uint64_t key_id, absl::string_view place, absl::string_view bytes,
                  std::string& sealed);
// The bytes; none where another key sealed them, for another place, or where anything of them was changed.
std::optional<std::string> Open(const SecretKey& key, absl::string_view place, const SealedView& sealed);

// Whether the key that sealed this is to seal no more: by lot, one in kSealsPerKey, drawn by the nonce. So a key seals
// a million times on average and, but for a chance of e^-64, never 2^26 times; and nobody has to keep count.
inline constexpr uint32_t kSealsPerKey = 1 << 20;
bool RetiresKey(const SealedView& sealed, uint32_t seals_per_key = kSealsPerKey);

}  // namespace clientele::privacy
