#include "common/model/btyd/draws.h"

#include <cmath>

#include "common/model/btyd/special_functions.h"

namespace clientele::btyd {
namespace {

uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace

Draws::Draws(uint64_t seed, uint64_t stream) : state_(Mix(Mix(seed) ^ (stream * 0xD1342543DE82EF95u + 1))) {}

uint64_t Draws::Next() { return Mix(state_ += 0x9E3779B97F4A7C15u); }

double Draws::Uniform() { return (static_cast<double>(Next() >> 11) + 0.5) * 0x1p-53; }

double Draws::Normal() {
  double u, square;
  do {
    u = 2 * Uniform() - 1;
    const double v = 2 * Uniform() - 1;
    square = u * u + v * v;
  } while (square >= 1 || square == 0);
  return u * std::sqrt(-2 * Log(square) / square);
}

double Draws::Exponential(double rate) { return -Log(Uniform()) / rate; }

double Draws::LogGammaVariate(double shape) {
  if (shape < 1) return LogGammaVariate(shape + 1) + Log(Uniform()) / shape;
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  while (true) {
    const double z = Normal(), root = 1 + c * z;
    if (root <= 0) continue;
    const double log_cube = 3 * Log(root);
    if (Log(Uniform()) < 0.5 * z * z + d - d * root * root * root + d * log_cube) return Log(d) + log_cube;
  }
}

double Draws::Gamma(double shape, double rate) { return Exp(LogGammaVariate(shape)) / rate; }

double Draws::Beta(double a, double b) {
  const double log_a = LogGammaVariate(a);
  return model::Sigmoid(log_a - LogGammaVariate(b));
}

}  // namespace clientele::btyd
