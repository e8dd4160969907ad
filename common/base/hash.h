// Digests: fast ones to spread and compare, SHA-256 to identify.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace clientele {

// XXH3, 64 bits, of the bytes. The same on every machine and for ever: shards and splits rest on it.
uint64_t Hash64(absl::string_view bytes, uint64_t seed = 0);

// XXH3, 128 bits, as 16 bytes.
std::string Hash128(absl::string_view bytes);

// SHA-256 in lower-case hex, 64 characters.
std::string Sha256Hex(absl::string_view bytes);

// SHA-256 of bytes that come in pieces. Thread-compatible.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(absl::string_view bytes);
  std::string Hex();  // Once, at the end.

 private:
  void* context_;
};

}  // namespace clientele
