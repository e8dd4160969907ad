#include "services/training/learners/btyd/pareto_nbd_likelihood.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "common/model/btyd/special_functions.h"
#include "services/training/learners/btyd/pareto_nbd_kernel.h"

namespace clientele::training::btyd {
namespace {

PurchaseCount CountOf(double x, double r) {
  PurchaseCount count;
  count.x = x;
  count.r = r;
  if (x <= 0) return count;
  count.value = clientele::btyd::LogGammaRise(r, x);
  count.slope = r * clientele::btyd::DigammaRise(r, x);
  count.curvature = count.slope + r * r * clientele::btyd::TrigammaRise(r, x);
  return count;
}

}  // namespace

absl::Span<const absl::string_view> ParetoNbdLikelihood::parameter_names() const {
  static constexpr std::array<absl::string_view, 4> kNames = {"r", "alpha", "s", "beta"};
  return kNames;
}

void ParetoNbdLikelihood::Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end, const double* log_parameters,
                                   bool own, double* values, double* slopes, double* curvatures) const {
  const int k = static_cast<int>(end - begin);
  std::array<std::vector<double>, 4> parameters;  // [4][k]
  for (int j = 0; j < 4; ++j) {
    parameters[j].assign(k, std::exp(log_parameters[j]));
    for (int row = 1; own && row < k; ++row) parameters[j][row] = std::exp(log_parameters[4 * row + j]);
  }
  const double* x = rows.first.data() + begin;
  const std::vector<double>& r = parameters[0];
  for (int from = 0, to = 0; from < k; from = to) {
    for (to = from + 1; to < k && x[from] == x[to] && r[from] == r[to];) ++to;
    ParetoRun(CountOf(x[from], r[from]),
              {rows.second.data() + begin + from, rows.third.data() + begin + from, &parameters[1][from],
               &parameters[2][from], &parameters[3][from]},
              to - from,
              {values + from, slopes == nullptr ? nullptr : slopes + 4 * from,
               curvatures == nullptr ? nullptr : curvatures + 10 * from});
  }
}

// The rate from purchases over time under observation; lifetimes of a few such waits, of the time observed, and beyond.
ModelTraits ParetoNbdTraits(const LikelihoodRows& rows, absl::Span<const double> weights) {
  double purchases = 0, time = 0, customers = 0;
  for (size_t i = 0; i < rows.first.size(); ++i) {
    purchases += weights[i] * rows.first[i];
    time += weights[i] * rows.third[i];
    customers += weights[i];
  }
  const double wait = time > 0 ? time / std::max(purchases, 0.5) : 1;  // Mean time between purchases.
  const double age = time > 0 ? time / customers : 1;
  const auto start = [&](double r, double alpha_share, double s, double beta_share) {
    return std::vector<double>{std::log(r), std::log(r * wait * alpha_share), std::log(s), std::log(age * beta_share)};
  };
  ModelTraits traits;
  traits.starts = {start(0.5, 0.7, 0.6, 0.4), start(1, 1, 0.05, 1), start(2, 0.5, 1, 1), start(1, 1, 3, 10),
                   start(0.3, 0.3, 0.3, 0.05)};
  traits.limits = {{Optimum::kNoDropout, {0, 0, -1, 0}, "no drop-out"},
                   {Optimum::kHomogeneous, {1, 1, 0, 0}, "one purchase rate for all customers"},
                   {Optimum::kHomogeneous, {0, 0, 1, 1}, "one drop-out rate for all customers"}};
  return traits;
}

}  // namespace clientele::training::btyd
