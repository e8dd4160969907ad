// What a survival model says of a customer, as a message.
#pragma once

#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/model/cell.h"
#include "common/model/predictor.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

// `model` is of ALGORITHM_SURVIVAL. Returns what there is to explain.
model::Prediction ScoreSurvival(const ScoringModel& model, absl::Span<const model::Cell> row, bool explain,
                                v1::Score::Survival& result);

}  // namespace clientele::inference
