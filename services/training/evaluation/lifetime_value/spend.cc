#include "services/training/evaluation/lifetime_value/spend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "common/model/quantile.h"
#include "services/training/evaluation/lifetime_value/incomplete_beta.h"

namespace clientele::training {
namespace {

using model::v1::LifetimeValueEvaluation;

constexpr int kBins = 20;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Where bins end that all but the highest two in a hundred share: at 1, 2 or 5 times a power of ten apart.
double BinWidth(std::vector<double> spends) {
  const double least = model::Quantile(spends, 0.98) / kBins;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (least <= step * power) return step * power;
  }
  return 10 * power;
}

}  // namespace

void AddSpend(const model::LifetimeModel& model, const std::vector<LifetimeRow>& rows, LifetimeValueEvaluation& evaluation) {
  std::vector<double> frequencies, spends;
  std::map<double, double> customers;  // By frequency.
  for (const LifetimeRow& row : rows) {
    if (!(row.customer.history.frequency > 0 && row.customer.mean_spend > 0)) continue;
    frequencies.push_back(row.customer.history.frequency);
    spends.push_back(row.customer.mean_spend);
    customers[row.customer.history.frequency] += 1;
  }
  if (spends.empty()) return;
  evaluation.set_frequency_spend_correlation(Correlation(frequencies, spends));

  const double width = BinWidth(spends);
  const auto [p, q, gamma, unused] = model.spend_parameters().At({});
  const auto expected_below = [&, p = p, q = q, gamma = gamma](double spend) {
    double sum = 0;
    for (const auto& [x, count] : customers) {
      sum += count * (spend == kInfinity ? 1 : IncompleteBeta(x * spend / (gamma + x * spend), p * x, q));
    }
    return sum;
  };
  double below = 0;
  for (int b = 0; b <= kBins; ++b) {
    auto& bin = *evaluation.add_spend();
    bin.set_from(b * width);
    bin.set_to(b == kBins ? kInfinity : (b + 1) * width);
    const double until = expected_below(bin.to());
    bin.set_expected(until - below);
    below = until;
  }
  for (const double spend : spends) {
    auto& bin = *evaluation.mutable_spend(static_cast<int>(std::min<double>(kBins, std::floor(spend / width))));
    bin.set_actual(bin.actual() + 1);
  }
}

}  // namespace clientele::training
