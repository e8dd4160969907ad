// Where a score stands among the training rows' scores: percentile, grade, tier of the tenant; and how that has
// changed. Pure functions.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "services/inference/scoring/scoring_model.h"
#include "services/inference/scoring/tiers.h"

namespace clientele::inference {

// A score that is a number: probability, value, predicted value of the horizon, hazard ratio.
struct ScoreNumber {
  double score = 0;
  double percentile = 0;  // 0 where the model has no percentiles.
};
// Nothing for segments and classes.
std::optional<ScoreNumber> NumberOf(const v1::Score& score);

// A, the highest tenth; B, the next fifth; C, the middle two fifths; D, a fifth; E, a tenth.
absl::string_view GradeOf(double percentile);

// Where the score is a number and the model has percentiles; else nothing. Cost: the message and two short texts.
void SetStanding(const ScoringModel& model, const Tiers& tiers, v1::Score& score);

// Sets `now.trend`: against `then`, of the same version and customer, or nothing where the customer was not known then.
void SetTrend(const std::optional<ScoreNumber>& then, const google::protobuf::Timestamp& then_time, v1::Score& now);

}  // namespace clientele::inference
