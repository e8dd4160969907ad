#include "services/training/learners/survival/retention.h"

#include <cmath>
#include <limits>
#include <map>

#include "common/base/status_macros.h"
#include "common/model/btyd/special_functions.h"

namespace clientele::training::survival {
namespace {

constexpr double kLargestLog = 20;  // Of alpha and beta: customers are alike to all ends by then.
constexpr double kAlike = 12;       // From here on they are called so.

// The weight of customers by the number of renewals: those who left at the next one, and those who are still there.
struct Counts {
  double left = 0;
  double there = 0;
};
using Table = std::map<int64_t, Counts>;  // By renewals.

Table CountRenewals(const Rows& rows) {
  Table table;
  for (int64_t i = 0; i < rows.size(); ++i) {
    if (rows.ended[i] != 0) {
      table[static_cast<int64_t>(std::ceil(rows.durations[i])) - 1].left += rows.weight(i);
    } else {
      table[static_cast<int64_t>(std::floor(rows.durations[i]))].there += rows.weight(i);
    }
  }
  return table;
}

struct Totals {
  double left = 0;
  double renewals = 0;
};

Totals TotalsOf(const Table& table) {
  Totals totals;
  for (const auto& [renewals, counts] : table) {
    totals.left += counts.left;
    totals.renewals += static_cast<double>(renewals) * (counts.left + counts.there);
  }
  return totals;
}

// `at` is log alpha, log beta.
Derivatives Evaluate(const Table& table, absl::Span<const double> at) {
  Derivatives result;
  result.value = -std::numeric_limits<double>::infinity();
  if (!(std::abs(at[0]) <= kLargestLog && std::abs(at[1]) <= kLargestLog)) return result;
  const double a = std::exp(at[0]), b = std::exp(at[1]);
  double value = 0, slope_a = 0, slope_b = 0, aa = 0, ab = 0, bb = 0;
  for (const auto& [renewals, counts] : table) {
    // log S(n) = log Gamma(b + n) / Gamma(b) - log Gamma(a + b + n) / Gamma(a + b).
    const auto n = static_cast<double>(renewals);
    const double weight = counts.left + counts.there;
    const double both = btyd::DigammaRise(a + b, n), both_curve = btyd::TrigammaRise(a + b, n);
    value += weight * (btyd::LogGammaRise(b, n) - btyd::LogGammaRise(a + b, n));
    slope_a -= weight * both;
    slope_b += weight * (btyd::DigammaRise(b, n) - both);
    aa -= weight * both_curve;
    ab -= weight * both_curve;
    bb += weight * (btyd::TrigammaRise(b, n) - both_curve);
    // Leaving at the next renewal: a / (a + b + n).
    const double m = a + b + n;
    value += counts.left * (at[0] - std::log(m));
    slope_a += counts.left * (1 / a - 1 / m);
    slope_b -= counts.left / m;
    aa += counts.left * (1 / (m * m) - 1 / (a * a));
    ab += counts.left / (m * m);
    bb += counts.left / (m * m);
  }
  result.value = value;
  result.gradient = {a * slope_a, b * slope_b};
  result.information = {-(a * a * aa + a * slope_a), -a * b * ab, -a * b * ab, -(b * b * bb + b * slope_b)};
  return result;
}

bool IsPositiveDefinite(const std::vector<double>& m) {
  return m[0] > 0 && m[0] * m[3] - m[1] * m[2] > 1e-9 * m[0] * m[3];
}

// The likeliest of a few places with the mean of the geometric distribution, from very different customers to ones much
// alike, among those where the likelihood is curved as a maximum is.
std::vector<double> Start(const Table& table, double rate) {
  std::vector<double> best;
  double highest = -std::numeric_limits<double>::infinity();
  for (const double strength : {0.2, 0.5, 1.0, 2.0, 5.0, 20.0, 100.0, 1000.0}) {
    std::vector<double> at = {std::log(rate * strength), std::log((1 - rate) * strength)};
    const Derivatives there = Evaluate(table, at);
    if (!(there.value > highest) || !IsPositiveDefinite(there.information)) continue;
    highest = there.value;
    best = std::move(at);
  }
  return best.empty() ? std::vector<double>{std::log(rate), std::log1p(-rate)} : best;
}

}  // namespace

absl::StatusOr<RetentionFit> FitRetention(const Rows& rows, int max_iterations) {
  const Table table = CountRenewals(rows);
  const Totals totals = TotalsOf(table);
  if (!(totals.left > 0)) return absl::FailedPreconditionError("nobody has left: there is no event to learn from");
  if (!(totals.renewals > 0)) return absl::FailedPreconditionError("nobody has renewed: all left in the first period");
  const double rate = totals.left / (totals.left + totals.renewals);
  const auto evaluate = [&](absl::Span<const double> at) -> absl::StatusOr<Derivatives> { return Evaluate(table, at); };
  CLIENTELE_ASSIGN_OR_RETURN(const NewtonResult found, Maximise(evaluate, Start(table, rate), max_iterations));
  RetentionFit fit;
  fit.alpha = std::exp(found.at[0]);
  fit.beta = std::exp(found.at[1]);
  fit.covariance = {fit.alpha * fit.alpha * found.covariance[0], fit.alpha * fit.beta * found.covariance[1],
                    fit.alpha * fit.beta * found.covariance[2], fit.beta * fit.beta * found.covariance[3]};
  fit.log_likelihood = found.end.value;
  fit.log_likelihood_null = totals.left * std::log(rate) + totals.renewals * std::log1p(-rate);
  fit.alike = found.at[0] + found.at[1] > kAlike || !found.unbounded.empty() || !found.undetermined.empty();
  fit.iterations = found.iterations;
  fit.converged = found.converged || fit.alike;
  fit.gradient_norm = found.gradient_norm;
  return fit;
}

}  // namespace clientele::training::survival
