#include "services/cli/sample/random.h"

#include <bit>
#include <cmath>

namespace clientele::cli {

Random::Random(uint64_t seed) {
  for (uint64_t& word : state_) {
    seed += 0x9E3779B97F4A7C15ull;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    word = z ^ (z >> 31);
  }
}

uint64_t Random::Next() {
  const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::Uniform() { return (static_cast<double>(Next() >> 12) + 0.5) * 0x1p-52; }

int Random::Below(int n) { return static_cast<int>(Uniform() * n); }

double Random::Normal() {
  constexpr double kTwoPi = 6.283185307179586;
  const double radius = std::sqrt(-2 * std::log(Uniform()));
  return radius * std::cos(kTwoPi * Uniform());
}

double Random::Exponential(double mean) { return -mean * std::log(Uniform()); }

double Random::Gamma(double shape, double mean) {
  // A shape below one is that of shape + 1, times a power of a uniform number.
  const double boost = shape < 1 ? std::pow(Uniform(), 1 / shape) : 1;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = Normal();
    const double v = std::pow(1 + c * x, 3);
    if (1 + c * x <= 0) continue;
    if (std::log(Uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return boost * d * v * mean / shape;
  }
}

double Random::LogNormal(double median, double sigma) { return median * std::exp(sigma * Normal()); }

}  // namespace clientele::cli
