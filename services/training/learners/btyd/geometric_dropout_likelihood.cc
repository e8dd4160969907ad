#include "services/training/learners/btyd/geometric_dropout_likelihood.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "common/model/btyd/special_functions.h"
#include "services/training/learners/btyd/kernels.h"

namespace clientele::training::btyd {
namespace {

using clientele::btyd::DigammaRise;
using clientele::btyd::LogGammaRise;
using clientele::btyd::TrigammaRise;

constexpr double kFewChances = 32;  // So many steps cost less than the gamma functions.

// -log of the product over i < s of 1 + a / (b + i), kept as the product less 1: a small a takes no digits. All sums
// are of positive terms. False: the product is no number.
bool AddFewChances(double a, double b, double s, DropoutCount& count) {
  double product = 0, by_a = 0, by_b = 0, curve_a = 0, curve_b = 0;
  for (double i = 0; i < s; ++i) {
    const double stays = 1 / (b + i), all = 1 / (a + b + i), both = a * stays * all;
    product += a * stays * (1 + product);
    by_a += all;
    by_b += both;
    curve_a += all * all;
    curve_b += both * (stays + all);
  }
  if (!std::isfinite(product)) return false;
  count.value -= std::log1p(product);
  count.a_slope = -a * by_a;
  count.aa = count.a_slope + a * a * curve_a;
  count.ab = a * b * curve_a;
  count.b_slope = b * by_b;
  count.bb = count.b_slope - b * b * curve_b;
  return true;
}

// The same as log [Gamma(b + s) Gamma(a + b) / (Gamma(b) Gamma(a + b + s))], symmetric in a and s: as rises by the
// smaller of the two, so that a large b takes no digits.
void AddManyChances(double a, double b, double s, DropoutCount& count) {
  const double from_a = DigammaRise(a + b, s), curve_a = TrigammaRise(a + b, s);
  double by_b, curve_b;
  if (a < s) {
    count.value += LogGammaRise(b, a) - LogGammaRise(b + s, a);
    by_b = DigammaRise(b, a) - DigammaRise(b + s, a);
    curve_b = TrigammaRise(b, a) - TrigammaRise(b + s, a);
  } else {
    count.value += LogGammaRise(b, s) - LogGammaRise(a + b, s);
    by_b = DigammaRise(b, s) - from_a;
    curve_b = TrigammaRise(b, s) - curve_a;
  }
  count.a_slope = -a * from_a;
  count.aa = count.a_slope - a * a * curve_a;
  count.ab = -a * b * curve_a;
  count.b_slope = b * by_b;
  count.bb = count.b_slope + b * b * curve_b;
}

// Adds log [B(a, b + s) / B(a, b)], the chance to stay through s of them, s > 0.
void AddChances(double a, double b, double s, DropoutCount& count) {
  const bool few = s <= kFewChances && s == std::floor(s) && AddFewChances(a, b, s, count);
  if (!few) AddManyChances(a, b, s, count);
  count.may_have_stopped = true;
  count.log_odds = std::log(a / (b + std::max(0.0, s - 1)));
  count.b_share = b / (b + std::max(0.0, s - 1));
}

// What x and r say alone.
DropoutCount PurchasesOf(double x, double r) {
  DropoutCount count;
  count.x = x;
  count.r = r;
  if (x > 0) {
    count.value = LogGammaRise(r, x);
    count.r_slope = r * DigammaRise(r, x);
    count.rr = count.r_slope + r * r * TrigammaRise(r, x);
  }
  return count;
}

}  // namespace

absl::Span<const absl::string_view> GeometricDropoutLikelihood::parameter_names() const {
  static constexpr std::array<absl::string_view, 4> kNames = {"r", "alpha", "a", "b"};
  return kNames;
}

void GeometricDropoutLikelihood::Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end,
                                          const double* log_parameters, bool own, double* values, double* slopes,
                                          double* curvatures) const {
  const int k = static_cast<int>(end - begin);
  const auto log_of = [&](int row, int j) { return log_parameters[(own ? 4 * row : 0) + j]; };
  std::vector<double> alpha(k), log_alpha(k);
  for (int row = 0; row < k; ++row) {
    log_alpha[row] = log_of(row, 1);
    alpha[row] = own || row == 0 ? std::exp(log_alpha[row]) : alpha[0];
  }
  const double* x = rows.first.data() + begin;
  const auto same = [&](int row, int other, int j) { return !own || log_of(row, j) == log_of(other, j); };
  const auto buy_alike = [&](int row, int other) { return x[row] == x[other] && same(row, other, 0); };
  const auto alike = [&](int row, int other) {
    return buy_alike(row, other) && same(row, other, 2) && same(row, other, 3);
  };
  DropoutCount purchases;  // Of the run before, where they are the same.
  for (int from = 0, to = 0; from < k; from = to) {
    for (to = from + 1; to < k && alike(from, to);) ++to;
    if (from == 0 || !buy_alike(from - 1, from)) purchases = PurchasesOf(x[from], std::exp(log_of(from, 0)));
    DropoutCount count = purchases;
    const double chances = x[from] + first_chances_;
    if (chances > 0) AddChances(std::exp(log_of(from, 2)), std::exp(log_of(from, 3)), chances, count);
    DropoutRun(count, rows.second.data() + begin + from, rows.third.data() + begin + from, &alpha[from],
               &log_alpha[from], to - from,
               {values + from, slopes == nullptr ? nullptr : slopes + 4 * from,
                curvatures == nullptr ? nullptr : curvatures + 10 * from});
  }
}

// The rate from purchases over time under observation; usual shapes of both distributions, and few and rare drop-outs.
ModelTraits GeometricDropoutTraits(const LikelihoodRows& rows, absl::Span<const double> weights) {
  double purchases = 0, time = 0;
  for (size_t i = 0; i < rows.first.size(); ++i) {
    purchases += weights[i] * rows.first[i];
    time += weights[i] * rows.third[i];
  }
  const double wait = time > 0 ? time / std::max(purchases, 0.5) : 1;  // Mean time between purchases.
  const auto start = [&](double r, double alpha_share, double a, double b) {
    return std::vector<double>{std::log(r), std::log(r * wait * alpha_share), std::log(a), std::log(b)};
  };
  ModelTraits traits;
  traits.starts = {start(0.5, 0.5, 0.7, 2), start(1, 1, 0.01, 5), start(1, 1, 1e-4, 1), start(3, 0.7, 2, 20),
                   start(0.3, 0.3, 0.1, 0.3)};
  traits.limits = {{Optimum::kNoDropout, {0, 0, -1, 0}, "no drop-out"},
                   {Optimum::kHomogeneous, {1, 1, 0, 0}, "one purchase rate for all customers"},
                   {Optimum::kHomogeneous, {0, 0, 1, 1}, "one chance to stop for all customers"}};
  return traits;
}

}  // namespace clientele::training::btyd
