#include "services/training/evaluation/lifetime_value/conditional.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "absl/strings/str_format.h"
#include "common/statistics/normal.h"

namespace clientele::training {
namespace {

using model::LifetimeCustomer;
using model::v1::LifetimeValueEvaluation;

constexpr int kMostFrequency = 7;  // And more.

bool HasHistory(const LifetimeRow& row) { return row.customer.known == LifetimeCustomer::Known::kComplete; }

struct Tally {
  int64_t customers = 0;
  double actual = 0, squares = 0, expected = 0, alive = 0;

  void Add(const LifetimeRow& row) {
    const double came = std::isnan(row.actual_purchases) ? 0 : row.actual_purchases;
    ++customers;
    actual += came;
    squares += came * came;
    expected += row.purchases;
    alive += row.alive;
  }
  double Mean(double sum) const { return sum / static_cast<double>(customers); }
  // Of the mean of what came.
  double StandardError() const {
    if (customers < 2) return 0;
    const double variance = (squares - actual * Mean(actual)) / static_cast<double>(customers - 1);
    return std::sqrt(std::max(variance, 0.0) / static_cast<double>(customers));
  }
};

}  // namespace

void AddConditional(const std::vector<LifetimeRow>& rows, LifetimeValueEvaluation& evaluation) {
  std::array<Tally, kMostFrequency + 1> tallies;
  for (const LifetimeRow& row : rows) {
    if (!row.judges || !HasHistory(row) || std::isnan(row.actual_purchases)) continue;
    tallies[static_cast<size_t>(std::min<double>(row.customer.history.frequency, kMostFrequency))].Add(row);
  }
  for (int x = 0; x <= kMostFrequency; ++x) {
    const Tally& tally = tallies[x];
    if (tally.customers == 0) continue;
    auto& bin = *evaluation.add_conditional();
    bin.set_frequency(x);
    bin.set_and_more(x == kMostFrequency);
    bin.set_customers(tally.customers);
    bin.set_actual(tally.Mean(tally.actual));
    bin.set_expected(tally.Mean(tally.expected));
    bin.set_lower(std::max(0.0, bin.actual() - statistics::kNormalQuantile * tally.StandardError()));
    bin.set_upper(bin.actual() + statistics::kNormalQuantile * tally.StandardError());
  }
}

void AddCohorts(const std::vector<LifetimeRow>& rows, absl::CivilDay as_of, double days_per_unit,
                LifetimeValueEvaluation& evaluation) {
  std::map<absl::CivilMonth, Tally> tallies;
  for (const LifetimeRow& row : rows) {
    if (!HasHistory(row)) continue;
    const auto days = static_cast<absl::civil_diff_t>(std::round(row.customer.history.age * days_per_unit));
    tallies[absl::CivilMonth(as_of - days)].Add(row);
  }
  for (const auto& [month, tally] : tallies) {
    auto& cohort = *evaluation.add_cohorts();
    cohort.set_month(absl::StrFormat("%04d-%02d", month.year(), month.month()));
    cohort.set_customers(tally.customers);
    cohort.set_actual(tally.Mean(tally.actual));
    cohort.set_expected(tally.Mean(tally.expected));
    cohort.set_probability_alive(tally.Mean(tally.alive));
  }
}

}  // namespace clientele::training
