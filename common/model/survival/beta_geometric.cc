#include "common/model/survival/beta_geometric.h"

#include "common/model/btyd/special_functions.h"

namespace clientele::model {
namespace {

constexpr double kLog2 = 0.69314718055994530942;
constexpr int64_t kMostPeriods = int64_t{1} << 40;

}  // namespace

double BetaGeometric::LogSurvival(int64_t stayed, int64_t periods) const {
  const auto n = static_cast<double>(stayed), h = static_cast<double>(periods);
  return btyd::LogGammaRise(beta_ + n, h) - btyd::LogGammaRise(alpha_ + beta_ + n, h);
}

std::array<double, 2> BetaGeometric::LogSurvivalSlopes(int64_t stayed, int64_t periods) const {
  const auto n = static_cast<double>(stayed), h = static_cast<double>(periods);
  const double both = btyd::DigammaRise(alpha_ + beta_ + n, h);
  return {-both, btyd::DigammaRise(beta_ + n, h) - both};
}

double BetaGeometric::RetentionRate(int64_t stayed) const {
  const auto n = static_cast<double>(stayed);
  return (beta_ + n) / (alpha_ + beta_ + n);
}

int64_t BetaGeometric::MedianRemaining(int64_t stayed) const {
  int64_t below = 0, high = 1;  // More than half are there after `below`.
  while (high < kMostPeriods && LogSurvival(stayed, high) > -kLog2) {
    below = high;
    high *= 2;
  }
  while (high - below > 1) {
    const int64_t middle = below + (high - below) / 2;
    (LogSurvival(stayed, middle) > -kLog2 ? below : high) = middle;
  }
  return high;
}

std::optional<double> BetaGeometric::MeanRemaining(int64_t stayed) const {
  if (!(alpha_ > 1)) return std::nullopt;
  return (beta_ + static_cast<double>(stayed)) / (alpha_ - 1);
}

std::optional<double> BetaGeometric::DiscountedRemaining(int64_t stayed, double rate) const {
  if (!(rate >= kLeastRate)) return MeanRemaining(stayed);
  double sum = 0, survival = RetentionRate(stayed), discount = 1;
  for (int64_t k = 1; survival * discount > 1e-16 * rate * sum; ++k) {
    sum += survival * discount;
    survival *= RetentionRate(stayed + k);
    discount /= 1 + rate;
  }
  return sum;
}

}  // namespace clientele::model
