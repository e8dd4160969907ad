#include <algorithm>
#include <cmath>
#include <limits>

#include "common/model/quantile.h"
#include "services/training/evaluation/lifetime_value/shapes.h"

namespace clientele::training {
namespace {

using clientele::btyd::PurchaseHistory;
using model::LifetimeCustomer;
using model::v1::LifetimeValueEvaluation;

constexpr int kRecencies = 20;  // And 0.
constexpr double kFewestFrequencies = 5, kMostFrequencies = 25;

// A purchase after the first takes time, and without one there is none.
bool IsPossible(const PurchaseHistory& history, bool whole_units) {
  if (history.frequency == 0) return history.recency == 0;
  bool corrected = false;
  model::Plausible(history, whole_units, corrected);
  return history.recency > 0 && !corrected;
}

}  // namespace

void AddSurfaces(const model::LifetimeModel& model, const std::vector<LifetimeRow>& rows,
                 LifetimeValueEvaluation& evaluation) {
  std::vector<double> frequencies;
  double age = 0;
  for (const LifetimeRow& row : rows) {
    if (row.customer.known != LifetimeCustomer::Known::kComplete) continue;
    frequencies.push_back(row.customer.history.frequency);
    age = std::max(age, row.customer.history.age);
  }
  if (frequencies.empty()) return;
  const bool whole_units = model.history_columns().whole_units;
  const auto most = static_cast<int>(
      std::clamp(std::ceil(model::Quantile(frequencies, 0.99)), kFewestFrequencies, kMostFrequencies));
  const int recencies = whole_units ? std::min(kRecencies, std::max(1, static_cast<int>(age))) : kRecencies;
  const auto purchases = model.PurchasesAt({});
  const double horizon = model.terms().Units(model.terms().horizon_days);
  LifetimeValueEvaluation::Surface alive, ahead;
  alive.set_measure("probability_alive");
  ahead.set_measure("expected_purchases");
  for (int x = 0; x <= most; ++x) {
    alive.add_frequencies(x);
    for (int step = 0; step <= recencies; ++step) {
      const double exact = age * step / recencies;
      const PurchaseHistory history = {static_cast<double>(x), whole_units ? std::round(exact) : exact, age};
      if (x == 0) alive.add_recencies(history.recency);
      double probability = std::numeric_limits<double>::quiet_NaN(), bought = probability;
      if (IsPossible(history, whole_units)) {
        probability = purchases->ProbabilityAlive(history).value;
        bought = probability * purchases->PurchasesIfAlive(history, horizon).value;
      }
      alive.add_values(probability);
      ahead.add_values(bought);
    }
  }
  *ahead.mutable_frequencies() = alive.frequencies();
  *ahead.mutable_recencies() = alive.recencies();
  for (auto* surface : {&alive, &ahead}) {
    surface->set_age(age);
    *evaluation.add_surfaces() = std::move(*surface);
  }
}

}  // namespace clientele::training
