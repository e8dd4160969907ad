#include "common/model/lifetime_value/customer.h"

#include <algorithm>
#include <cmath>

#include "common/model/raw_feature.h"

namespace clientele::model {
namespace {

using btyd::PurchaseHistory;

constexpr double kMostPurchases = 1e6;
constexpr double kLongestAge = 1e6;
constexpr double kMostSpend = 1e15;
constexpr double kRounding = 1e-6;  // Of float32, relative.

// Into [low, high], whole where asked. Tells whether that changed more than rounding does.
double Into(double value, double low, double high, bool whole, bool& corrected) {
  const double inside = std::clamp(whole ? std::round(value) : value, low, high);
  if (std::abs(inside - value) > kRounding * std::max(1.0, std::abs(value))) corrected = true;
  return inside;
}

}  // namespace

PurchaseHistory Plausible(PurchaseHistory history, bool whole_units, bool& corrected) {
  history.age = Into(history.age, 0, kLongestAge, whole_units, corrected);
  history.frequency = Into(history.frequency, 0, whole_units ? history.age : kMostPurchases, /*whole=*/true, corrected);
  const double earliest = whole_units ? history.frequency : 0;
  const double latest = history.frequency == 0 ? 0 : history.age;
  history.recency = Into(history.recency, earliest, latest, whole_units, corrected);
  return history;
}

LifetimeCustomer ReadCustomer(absl::Span<const double> columns, const HistoryColumns& where) {
  LifetimeCustomer customer;
  const PurchaseHistory given = {columns[where.frequency], columns[where.recency], columns[where.age]};
  const int missing = IsMissingRaw(given.frequency) + IsMissingRaw(given.recency) + IsMissingRaw(given.age);
  if (where.historic_value >= 0 && !IsMissingRaw(columns[where.historic_value])) {
    customer.historic_value = std::clamp(columns[where.historic_value], -kMostSpend, kMostSpend);
  }
  if (missing > 0) {
    customer.known = missing == 3 ? LifetimeCustomer::Known::kNeverBought : LifetimeCustomer::Known::kIncomplete;
    return customer;
  }
  customer.history = Plausible(given, where.whole_units, customer.corrected);
  const double spend = IsMissingRaw(columns[where.monetary]) ? 0 : columns[where.monetary];
  customer.returns_exceed = customer.history.frequency > 0 && spend <= 0;
  customer.mean_spend = customer.history.frequency > 0 ? std::clamp(spend, 0.0, kMostSpend) : 0;
  return customer;
}

}  // namespace clientele::model
