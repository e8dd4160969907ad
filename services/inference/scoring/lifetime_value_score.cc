#include "services/inference/scoring/lifetime_value_score.h"

#include <cmath>

#include "common/model/lifetime_value/predictor.h"

namespace clientele::inference {
namespace {

constexpr double kSecondsOfADay = 86'400;
constexpr int64_t kLastSecond = 253'402'300'799;  // Of the year 9999.

void SetEstimate(const model::Range& range, v1::Score::Estimate& estimate) {
  estimate.set_value(range.value);
  estimate.set_lower(range.lower);
  estimate.set_upper(range.upper);
}

}  // namespace

model::Prediction ScoreLifetimeValue(const ScoringModel& model, absl::Span<const model::Cell> row, int horizon_days,
                                     bool explain, v1::Score::LifetimeValue& result) {
  // The artifact's model decides which predictor there is.
  const auto& predictor = static_cast<const model::LifetimeValuePredictor&>(model.predictor());
  const model::LifetimeScore score = predictor.Describe(row, horizon_days, explain);
  const model::LifetimeEstimates& estimates = score.estimates;
  SetEstimate(estimates.alive, *result.mutable_probability_alive());
  for (const model::AliveAhead& ahead : score.alive_curve) {
    auto& point = *result.add_alive_curve();
    point.set_days_ahead(ahead.days_ahead);
    point.set_probability(ahead.probability);
  }
  SetEstimate(estimates.purchases, *result.mutable_expected_purchases());
  SetEstimate(estimates.spend, *result.mutable_spend_per_purchase());
  SetEstimate(estimates.value, *result.mutable_predicted_value());
  result.set_historic_value(score.historic_value);
  SetEstimate({score.historic_value + estimates.value.value, score.historic_value + estimates.value.lower,
               score.historic_value + estimates.value.upper},
              *result.mutable_total_value());
  result.set_value_at_risk(estimates.value_at_risk);
  SetEstimate(estimates.days_to_next, *result.mutable_days_to_next_purchase());
  result.set_usual_days_between_purchases(estimates.usual_gap_days);
  result.set_percentile(score.prediction.percentile);
  result.set_tier(score.tier);
  const auto& artifact = predictor.artifact();
  result.set_currency_code(artifact.base_currency());
  result.set_horizon_days(score.horizon_days);
  result.set_annual_discount_rate(artifact.lifetime_value().annual_discount_rate());
  result.set_margin(artifact.lifetime_value().margin());
  result.set_interval_coverage(artifact.lifetime_value().interval_coverage());
  result.set_baseline(score.prediction.baseline);
  result.set_note(score.note);
  return score.prediction;
}

void SetFeatureTime(const google::protobuf::Timestamp& time, v1::Score& score) {
  *score.mutable_feature_time() = time;
  const double days = score.lifetime_value().days_to_next_purchase().value();
  if (!score.has_lifetime_value() || !(days > 0)) return;
  const double seconds = std::round(days * kSecondsOfADay);
  if (seconds > static_cast<double>(kLastSecond - time.seconds())) return;  // No calendar knows such a day.
  auto& next = *score.mutable_lifetime_value()->mutable_next_purchase_time();
  next.set_seconds(time.seconds() + static_cast<int64_t>(seconds));
  next.set_nanos(time.nanos());
}

}  // namespace clientele::inference
