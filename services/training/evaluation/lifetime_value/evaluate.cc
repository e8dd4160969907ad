#include "services/training/evaluation/lifetime_value/evaluate.h"

#include <cmath>

#include "absl/time/time.h"
#include "common/base/timestamps.h"
#include "services/training/evaluation/lifetime_value/conditional.h"
#include "services/training/evaluation/lifetime_value/newcomers.h"
#include "services/training/evaluation/lifetime_value/portfolio.h"
#include "services/training/evaluation/lifetime_value/shapes.h"
#include "services/training/evaluation/lifetime_value/spend.h"
#include "services/training/evaluation/lifetime_value/tracking.h"

namespace clientele::training {
namespace {

using model::v1::LifetimeValueEvaluation;

// The tenant's day of as_of, from which ages count back.
absl::CivilDay DayOf(const common::v1::DatasetHeader& header) {
  absl::TimeZone zone = absl::UTCTimeZone();
  absl::LoadTimeZone(header.time_zone(), &zone);  // Else UTC.
  return absl::ToCivilDay(FromProto(header.as_of()), zone);
}

void AddHoldoutPurchases(const std::vector<LifetimeRow>& rows, LifetimeValueEvaluation& evaluation) {
  std::vector<double> expected, actual;
  for (const LifetimeRow& row : rows) {
    if (!row.judges || std::isnan(row.actual_purchases)) continue;
    expected.push_back(row.purchases);
    actual.push_back(row.actual_purchases);
  }
  if (!actual.empty()) *evaluation.mutable_purchases() = EvaluatePurchases(expected, actual);
}

double MeanAlive(const std::vector<LifetimeRow>& rows) {
  double sum = 0, count = 0;
  for (const LifetimeRow& row : rows) {
    if (row.customer.known != model::LifetimeCustomer::Known::kComplete) continue;
    sum += row.alive;
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

}  // namespace

LifetimeValueEvaluation EvaluateLifetimeValue(const model::v1::LifetimeValueModel& message,
                                              const model::LifetimeModel& model, const model::DatasetEncoder& encoder,
                                              const LifetimeRows& rows, const Holdout& holdout) {
  LifetimeValueEvaluation evaluation;
  const dataset::Dataset& dataset = encoder.dataset();
  const std::vector<Newcomers> newcomers = FindNewcomers(model, encoder, rows.rows);
  if (dataset.purchase_series) {
    AddTracking(*dataset.purchase_series, newcomers, message.days_per_unit(), holdout.days(), evaluation);
  }
  AddFrequencies(rows.rows, newcomers, evaluation);
  AddConditional(rows.rows, evaluation);
  AddSurfaces(model, rows.rows, evaluation);
  AddDistributions(message, evaluation);
  AddCohorts(rows.rows, DayOf(dataset.header), message.days_per_unit(), evaluation);
  AddPortfolio(model, rows, message.tiers(), evaluation);
  AddHoldoutPurchases(rows.rows, evaluation);
  AddSpend(model, rows.rows, evaluation);
  evaluation.set_probability_alive_mean(MeanAlive(rows.rows));
  evaluation.set_holdout_days(holdout.days());
  *evaluation.mutable_purchase_fit() = message.purchases();
  *evaluation.mutable_spend_fit() = message.spend();
  return evaluation;
}

}  // namespace clientele::training
