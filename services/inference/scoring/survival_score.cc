#include "services/inference/scoring/survival_score.h"

#include "common/model/survival/predictor.h"

namespace clientele::inference {

model::Prediction ScoreSurvival(const ScoringModel& model, absl::Span<const model::Cell> row, bool explain,
                                v1::Score::Survival& result) {
  // The artifact's model decides which predictor there is.
  const auto& predictor = static_cast<const model::SurvivalPredictor&>(model.predictor());
  model::SurvivalOutlook outlook = predictor.Describe(row, explain);
  result.set_hazard_ratio(outlook.prediction.output);
  result.set_log_hazard_ratio(outlook.prediction.fit);
  for (const model::SurvivalChance& chance : outlook.curve) {
    auto& point = *result.add_curve();
    point.set_duration(chance.duration);
    point.set_survival(chance.survival);
    point.set_lower(chance.lower);
    point.set_upper(chance.upper);
  }
  result.set_stayed(outlook.stayed);
  if (outlook.median_remaining) result.set_median_remaining(*outlook.median_remaining);
  if (outlook.mean_remaining) result.set_mean_remaining(*outlook.mean_remaining);
  if (outlook.discounted_remaining) result.set_discounted_remaining(*outlook.discounted_remaining);
  result.set_duration_unit(predictor.artifact().survival().duration_unit());
  result.set_percentile(outlook.prediction.percentile);
  result.set_stratum(outlook.stratum);
  return std::move(outlook.prediction);
}

}  // namespace clientele::inference
