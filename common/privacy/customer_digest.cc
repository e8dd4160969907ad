#include "common/privacy/customer_digest.h"

#include <openssl/rand.h>

#include <bit>
#include <cstring>

#include "absl/strings/escaping.h"

namespace clientele::privacy {
namespace {

// Every machine we run on is little-endian.
uint64_t Word(const char* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

struct SipState {
  uint64_t a, b, c, d;

  SipState(uint64_t low, uint64_t high)
      : a(low ^ 0x736f6d6570736575),
        b(high ^ 0x646f72616e646f6d ^ 0xee),  // 0xee: 128 bits are wanted.
        c(low ^ 0x6c7967656e657261),
        d(high ^ 0x7465646279746573) {}

  void Rounds(int count) {
    for (int i = 0; i < count; ++i) {
      a += b;
      c += d;
      b = std::rotl(b, 13) ^ a;
      d = std::rotl(d, 16) ^ c;
      a = std::rotl(a, 32);
      c += b;
      a += d;
      b = std::rotl(b, 17) ^ c;
      d = std::rotl(d, 21) ^ a;
      c = std::rotl(c, 32);
    }
  }
  void Take(uint64_t word) {
    d ^= word;
    Rounds(2);
    a ^= word;
  }
  uint64_t Fold() const { return a ^ b ^ c ^ d; }
};

}  // namespace

std::string Digest::ToBytes() const {
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &low, 8);
  std::memcpy(bytes.data() + 8, &high, 8);
  return bytes;
}

std::string Digest::ToHex() const { return absl::BytesToHexString(ToBytes()); }

std::optional<Digest> Digest::FromBytes(absl::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  return Digest{Word(bytes.data()), Word(bytes.data() + 8)};
}

std::optional<DigestKey> DigestKey::Draw() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) return std::nullopt;
  return FromBytes({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
}

std::optional<DigestKey> DigestKey::FromBytes(absl::string_view bytes) {
  const std::optional<Digest> words = Digest::FromBytes(bytes);
  if (!words) return std::nullopt;
  return DigestKey(*words);
}

Digest DigestKey::Of(absl::string_view text) const {
  SipState state(bytes_.low, bytes_.high);
  const size_t whole = text.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) state.Take(Word(text.data() + i));
  char last[8] = {};
  std::memcpy(last, text.data() + whole, text.size() - whole);
  state.Take(Word(last) | static_cast<uint64_t>(text.size()) << 56);
  state.c ^= 0xee;
  state.Rounds(4);
  Digest digest;
  digest.low = state.Fold();
  state.b ^= 0xdd;
  state.Rounds(4);
  digest.high = state.Fold();
  return digest;
}

}  // namespace clientele::privacy
