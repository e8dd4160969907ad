#include "services/training/evaluation/lifetime_value/tracking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace clientele::training {
namespace {

using model::v1::LifetimeValueEvaluation;

constexpr int kMostCounted = 9;

// Expected purchases by the end of a day, of everybody who has come by then. Days count from the series' first.
class Expectation {
 public:
  Expectation(const std::vector<Newcomers>& newcomers, double days_per_unit, int day_of_as_of)
      : newcomers_(newcomers), days_per_unit_(days_per_unit), day_of_as_of_(day_of_as_of) {}

  double UntilEndOf(int day) {
    double expected = 0;
    for (const Newcomers& some : newcomers_) {
      const double first_day = day_of_as_of_ - std::round(some.age * days_per_unit_);
      const double days = day - first_day;
      if (days > 0) expected += some.customers * Of(some, days);
    }
    return expected;
  }

 private:
  double Of(const Newcomers& some, double days) {
    const auto [found, is_new] = known_.try_emplace({some.purchases.get(), days}, 0);
    if (is_new) found->second = some.purchases->ExpectedPurchases(days / days_per_unit_).value;
    return found->second;
  }

  const std::vector<Newcomers>& newcomers_;
  const double days_per_unit_;
  const int day_of_as_of_;
  std::map<std::pair<const void*, double>, double> known_;
};

}  // namespace

void AddTracking(const common::v1::PurchaseSeries& series, const std::vector<Newcomers>& newcomers, double days_per_unit,
                 int holdout_days, LifetimeValueEvaluation& evaluation) {
  const int day_of_as_of = series.days_before() - 1;
  const int last_day = day_of_as_of + holdout_days;
  Expectation expectation(newcomers, days_per_unit, day_of_as_of);
  double actual = 0, expected = 0;
  for (int bin = 0; bin < series.repeat_purchases_size() && bin * series.bin_days() <= last_day; ++bin) {
    const int end = std::min((bin + 1) * series.bin_days() - 1, last_day);
    const double until = expectation.UntilEndOf(end);
    auto& point = *evaluation.add_tracking();
    point.set_day(end + 1);
    point.set_actual(static_cast<double>(series.repeat_purchases(bin)));
    point.set_expected(until - expected);
    actual += point.actual();
    expected = until;
    point.set_actual_cumulative(actual);
    point.set_expected_cumulative(expected);
    point.set_holdout(end > day_of_as_of);
  }
}

void AddFrequencies(const std::vector<LifetimeRow>& rows, const std::vector<Newcomers>& newcomers,
                    LifetimeValueEvaluation& evaluation) {
  std::vector<double> actual(kMostCounted + 2, 0), expected(kMostCounted + 2, 0);
  for (const LifetimeRow& row : rows) {
    if (row.customer.known != model::LifetimeCustomer::Known::kComplete) continue;
    actual[static_cast<size_t>(std::min(row.customer.history.frequency, kMostCounted + 1.0))] += 1;
  }
  for (const Newcomers& some : newcomers) {
    const std::vector<double> probabilities = some.purchases->CountProbabilities(some.age, kMostCounted);
    double rest = 1;
    for (int k = 0; k <= kMostCounted; ++k) {
      expected[k] += some.customers * probabilities[k];
      rest -= probabilities[k];
    }
    expected[kMostCounted + 1] += some.customers * std::max(rest, 0.0);
  }
  for (int k = 0; k <= kMostCounted + 1; ++k) {
    auto& bin = *evaluation.add_frequencies();
    bin.set_from(k);
    bin.set_to(k <= kMostCounted ? k : std::numeric_limits<double>::infinity());
    bin.set_actual(actual[k]);
    bin.set_expected(expected[k]);
  }
}

}  // namespace clientele::training
