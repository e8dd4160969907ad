// Random numbers with the distributions the models are made of, the same on every IEEE machine.
#pragma once

#include <cstdint>

namespace clientele::btyd {

// SplitMix64 (Steele, Lea and Flood 2014). Different streams of one seed are independent: give every customer their
// own, and what one gets does not depend on the others. Thread-compatible.
class Draws {
 public:
  Draws(uint64_t seed, uint64_t stream);

  double Uniform();  // In (0, 1), 53 bits.
  double Normal();   // Marsaglia's polar method.
  double Exponential(double rate);
  // The logarithm of Gamma(shape, 1), which for small shapes is too small for a double itself (Marsaglia and Tsang
  // 2000).
  double LogGammaVariate(double shape);
  double Gamma(double shape, double rate);
  double Beta(double a, double b);

 private:
  uint64_t Next();

  uint64_t state_;
};

}  // namespace clientele::btyd
