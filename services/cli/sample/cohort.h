// Customers drawn from a model of purchases itself, with Gamma-Gamma spend: whoever fits the model to them knows what
// must come out, and whoever predicts them what came.
//
// - Purchases (BG/NBD, modified BG/NBD, Pareto/NBD, BG/BB): transactions. Under BG/BB each is on a day of its period,
//   and a period ends with the instant of the truth.
// - Subscriptions (beta-geometric): a payment each period; at the end of one an outcome, `renewed` or `cancelled`, and
//   the attributes `periods` (so many are over) and `cancelled`.
//
// The truth is told as of an instant, `holdout_days` before the end: until then a model learns, by what comes after it
// is judged. Pure: customer i depends on the options and i alone, but not on the number of customers.
//
//   const Cohort cohort(options);
//   for (int i = 0; i < options.customers; ++i) Send(cohort.Customer(i).records);
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/model/btyd/gamma_gamma.h"
#include "services/cli/sample/cohort_model.h"

namespace clientele::cli {

struct CohortOptions {
  CohortModel model;
  std::vector<double> parameters;  // In the model's order.
  std::vector<double> spend;       // p, q, gamma.
  int customers = 0;
  uint64_t seed = 1;
  absl::Time end;          // Nothing happens at or after it. A day's start, UTC.
  int days = 730;          // Before `end`, from when on customers join;
  int holdout_days = 180;  // up to so many before it.

  absl::Time as_of() const { return end - absl::Hours(24) * holdout_days; }
};

struct CohortTruth {
  std::string customer_id;
  absl::Time joined_at;
  // When the customer stopped for good, though nobody saw it but of a subscription; none: had not by the end.
  std::optional<absl::Time> stopped_at;
  // As of CohortOptions::as_of. Purchases are days (under BG/BB units) with one; of subscriptions, renewals.
  btyd::PurchaseHistory history;
  double mean_spend = 0;  // Of the purchases in `history`; 0 where there are none.
  // By the true parameters.
  double probability_alive = 0;
  double expected_purchases = 0;  // In the holdout.
  double expected_spend = 0;      // A purchase.
  // What came in the holdout: days with a purchase, or renewals; and the money.
  int holdout_purchases = 0;
  double holdout_spend = 0;
};

struct CohortCustomer {
  CohortTruth truth;
  std::vector<ingestion::v1::Record> records;  // In the order of event times.
};

// Thread-safe: immutable.
class Cohort {
 public:
  explicit Cohort(CohortOptions options);

  CohortCustomer Customer(int index) const;

 private:
  const CohortOptions options_;
  const std::unique_ptr<const btyd::PurchaseModel> purchases_;  // Null for subscriptions.
  const btyd::GammaGamma spend_;
};

// The truth as CSV: its header line, and one customer's line.
std::string CohortTruthHeader();
std::string CohortTruthLine(const CohortTruth& truth);

// All customers' together.
struct CohortTotals {
  int64_t customers = 0;
  double alive = 0;  // Expected to be, as of the instant.
  double expected_purchases = 0;
  int64_t holdout_purchases = 0;
  double holdout_spend = 0;

  void Add(const CohortTruth& truth);
};

}  // namespace clientele::cli
