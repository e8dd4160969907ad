#include "services/training/evaluation/cluster_round_number.h"

#include <cmath>
#include <cstdlib>

#include "absl/strings/str_format.h"

namespace clientele::training {
namespace {

constexpr int kMostDigits = 15;

}  // namespace

double RoundNumberBetween(double below, double upto) {
  const double middle = below / 2 + upto / 2;
  for (int digits = 1; digits <= kMostDigits; ++digits) {
    const double rounded = std::strtod(absl::StrFormat("%.*e", digits - 1, middle).c_str(), nullptr);
    if (rounded > below && rounded <= upto) return rounded;
  }
  return upto;
}

std::string FormatRounded(double value) {
  if (std::abs(value) < 1e15 && value == std::floor(value)) return absl::StrFormat("%.0f", value);
  for (int digits = 1; digits < kMostDigits; ++digits) {
    std::string text = absl::StrFormat("%.*g", digits, value);
    if (std::strtod(text.c_str(), nullptr) == value) return text;
  }
  return absl::StrFormat("%.*g", kMostDigits, value);
}

}  // namespace clientele::training
