// Two words into one that depends on every bit of both, in one multiplication: for hash tables in memory.
#pragma once

#include <cstdint>

namespace clientele::features {

inline uint64_t Mix(uint64_t a, uint64_t b) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15) * (b ^ 0xc2b2ae3d27d4eb4f);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace clientele::features
