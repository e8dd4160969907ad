#include "services/training/learners/btyd/gamma_gamma_likelihood.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "common/model/btyd/special_functions.h"
#include "services/training/learners/btyd/kernels.h"

namespace clientele::training::btyd {
namespace {

SpendCount CountOf(double x, double p, double q) {
  using clientele::btyd::DigammaRise, clientele::btyd::TrigammaRise, clientele::btyd::Trigamma;
  const double px = p * x;
  SpendCount count;
  count.x = x;
  count.p = p;
  count.q = q;
  count.value = -clientele::btyd::LogBeta(px, q);
  count.p_slope = px * DigammaRise(px, q);
  count.q_slope = q * DigammaRise(q, px);
  count.pp = count.p_slope + px * px * TrigammaRise(px, q);
  count.pq = px * q * Trigamma(px + q);
  count.qq = count.q_slope + q * q * TrigammaRise(q, px);
  return count;
}

}  // namespace

absl::Span<const absl::string_view> GammaGammaLikelihood::parameter_names() const {
  static constexpr std::array<absl::string_view, 3> kNames = {"p", "q", "gamma"};
  return kNames;
}

void GammaGammaLikelihood::Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end,
                                    const double* log_parameters, bool own, double* values, double* slopes,
                                    double* curvatures) const {
  const int k = static_cast<int>(end - begin);
  const auto log_of = [&](int row, int j) { return log_parameters[(own ? 3 * row : 0) + j]; };
  std::vector<double> gamma(k);
  for (int row = 0; row < k; ++row) gamma[row] = own || row == 0 ? std::exp(log_of(row, 2)) : gamma[0];
  const double* x = rows.first.data() + begin;
  const auto alike = [&](int row, int other) {
    return x[row] == x[other] && (!own || (log_of(row, 0) == log_of(other, 0) && log_of(row, 1) == log_of(other, 1)));
  };
  for (int from = 0, to = 0; from < k; from = to) {
    for (to = from + 1; to < k && alike(from, to);) ++to;
    const SpendCount count = CountOf(x[from], std::exp(log_of(from, 0)), std::exp(log_of(from, 1)));
    SpendRun(count, rows.second.data() + begin + from, &gamma[from], to - from,
             {values + from, slopes == nullptr ? nullptr : slopes + 3 * from,
              curvatures == nullptr ? nullptr : curvatures + 6 * from});
  }
}

// The mean spend p gamma / (q - 1) from the data.
ModelTraits GammaGammaTraits(const LikelihoodRows& rows, absl::Span<const double> weights) {
  double spend = 0, purchases = 0;
  for (size_t i = 0; i < rows.first.size(); ++i) {
    spend += weights[i] * rows.first[i] * rows.second[i];
    purchases += weights[i] * rows.first[i];
  }
  const double mean = purchases > 0 ? spend / purchases : 1;
  const auto start = [&](double p, double q) {
    return std::vector<double>{std::log(p), std::log(q), std::log(mean * (q - 1) / p)};
  };
  ModelTraits traits;
  traits.starts = {start(5, 4), start(1, 2.5), start(30, 20), start(0.5, 1.2)};
  traits.limits = {{Optimum::kHomogeneous, {0, 1, 1}, "one mean spend for all customers"},
                   {Optimum::kHomogeneous, {1, 0, -1}, "purchases of a customer all of the same amount"}};
  return traits;
}

}  // namespace clientele::training::btyd
