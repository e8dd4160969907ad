// Random numbers that are the same on every machine: std's engines are, its distributions are not.
#pragma once

#include <cstdint>

namespace clientele::training {

// SplitMix64 (Steele, Lea and Flood 2014). Thread-compatible.
class Random {
 public:
  // Different streams of one seed are independent.
  Random(uint64_t seed, uint64_t stream) : state_(Mix(Mix(seed) ^ (stream * 0xD1342543DE82EF95u + 0x632BE59BD9B4E019u))) {}

  uint64_t Next() { return Mix(state_ += 0x9E3779B97F4A7C15u); }
  // In [0, 1), 53 bits.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  // One of [0, n), each as likely as another to n 2^-64.
  uint64_t Below(uint64_t n) { return static_cast<uint64_t>(static_cast<unsigned __int128>(Next()) * n >> 64); }

 private:
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

}  // namespace clientele::training
