#include "services/training/learners/btyd/bg_bb_likelihood.h"

#include <algorithm>
#include <cmath>

#include "common/model/btyd/bg_bb.h"
#include "services/training/learners/btyd/dual_likelihood.h"

namespace clientele::training::btyd {

absl::Span<const absl::string_view> BgBbLikelihood::parameter_names() const {
  static constexpr std::array<absl::string_view, 4> kNames = {"alpha", "beta", "gamma", "delta"};
  return kNames;
}

void BgBbLikelihood::Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end, const double* log_parameters,
                              bool own, double* values, double* slopes, double* curvatures) const {
  const auto formula = [&]<typename T>(const std::array<T, 4>& parameters, int64_t row) {
    const clientele::btyd::BgBbParameters<T> at{parameters[0], parameters[1], parameters[2], parameters[3]};
    return clientele::btyd::BgBbLogLikelihood(at, {rows.first[row], rows.second[row], rows.third[row]});
  };
  EvaluateByDuals<4>(formula, begin, end, log_parameters, own, values, slopes, curvatures);
}

// The share of opportunities taken, twice that while they are there; lifetimes of a part of the time observed, and
// beyond.
ModelTraits BgBbTraits(const LikelihoodRows& rows, absl::Span<const double> weights) {
  double taken = 0, opportunities = 0, customers = 0;
  for (size_t i = 0; i < rows.first.size(); ++i) {
    taken += weights[i] * rows.first[i];
    opportunities += weights[i] * rows.third[i];
    customers += weights[i];
  }
  const double share = std::clamp(opportunities > 0 ? taken / opportunities : 0.5, 1e-6, 1 - 1e-6);
  const double age = opportunities > 0 ? opportunities / customers : 1;
  const auto start = [&](double size, double odds, double gamma, double delta) {
    return std::vector<double>{std::log(size * share * odds), std::log(size * (1 - share)), std::log(gamma),
                               std::log(delta)};
  };
  ModelTraits traits;
  traits.starts = {start(1.5, 2, 0.5, 0.5 * age), start(3, 1, 0.05, 1), start(1, 4, 1, 1), start(10, 1, 5, 10 * age)};
  traits.limits = {{Optimum::kNoDropout, {0, 0, -1, 0}, "no drop-out"},
                   {Optimum::kHomogeneous, {1, 1, 0, 0}, "one chance to buy for all customers"},
                   {Optimum::kHomogeneous, {0, 0, 1, 1}, "one chance to stop for all customers"}};
  return traits;
}

}  // namespace clientele::training::btyd
