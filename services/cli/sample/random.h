// Random numbers whose sequence is fixed by the seed alone: the standard library leaves its distributions to the
// vendor.
#pragma once

#include <cstdint>

namespace clientele::cli {

// xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. One thread.
class Random {
 public:
  explicit Random(uint64_t seed);

  uint64_t Next();
  double Uniform();  // In (0, 1).
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  int Below(int n);  // 0 to n - 1; n > 0.
  bool Chance(double probability) { return Uniform() < probability; }
  double Normal();  // Mean 0, deviation 1.
  double Exponential(double mean);
  double Gamma(double shape, double mean);        // Marsaglia and Tsang 2000.
  double LogNormal(double median, double sigma);  // exp(log(median) + sigma Normal()).

 private:
  uint64_t state_[4];
};

}  // namespace clientele::cli
