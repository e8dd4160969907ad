#include "services/inference/scoring/standing.h"

#include <cmath>
#include <string>

namespace clientele::inference {
namespace {

constexpr double kSteadyPercentiles = 5;

}  // namespace

std::optional<ScoreNumber> NumberOf(const v1::Score& score) {
  switch (score.result_case()) {
    case v1::Score::kProbability:
      return ScoreNumber{score.probability().probability(), score.probability().percentile()};
    case v1::Score::kValue: return ScoreNumber{score.value().value(), score.value().percentile()};
    case v1::Score::kLifetimeValue:
      return ScoreNumber{score.lifetime_value().predicted_value().value(), score.lifetime_value().percentile()};
    case v1::Score::kSurvival: return ScoreNumber{score.survival().hazard_ratio(), score.survival().percentile()};
    default: return std::nullopt;
  }
}

absl::string_view GradeOf(double percentile) {
  if (percentile >= 90) return "A";
  if (percentile >= 70) return "B";
  if (percentile >= 30) return "C";
  return percentile >= 10 ? "D" : "E";
}

void SetStanding(const ScoringModel& model, const Tiers& tiers, v1::Score& score) {
  if (!model.has_percentiles()) return;
  const std::optional<ScoreNumber> number = NumberOf(score);
  if (!number.has_value()) return;
  v1::Score::Standing& standing = *score.mutable_standing();
  standing.set_percentile(number->percentile);
  const absl::string_view grade = GradeOf(number->percentile);
  standing.set_grade(grade.data(), grade.size());
  const absl::string_view tier = TierOf(tiers, number->percentile);
  if (!tier.empty()) standing.set_tier(tier.data(), tier.size());
}

void SetTrend(const std::optional<ScoreNumber>& then, const google::protobuf::Timestamp& then_time, v1::Score& now) {
  const std::optional<ScoreNumber> number = NumberOf(now);
  if (!number.has_value()) return;
  now.clear_trend();
  v1::Score::Trend& trend = *now.mutable_trend();
  *trend.mutable_previous_time() = then_time;
  if (!then.has_value()) return;
  trend.set_previous_score(then->score);
  trend.set_previous_percentile(then->percentile);
  trend.set_change(number->score - then->score);
  const double rise = number->percentile - then->percentile;
  trend.set_direction(std::abs(rise) < kSteadyPercentiles ? v1::Score::Trend::DIRECTION_STEADY
                      : rise > 0                          ? v1::Score::Trend::DIRECTION_RISING
                                                          : v1::Score::Trend::DIRECTION_FALLING);
}

}  // namespace clientele::inference
