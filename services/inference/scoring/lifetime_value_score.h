// What a lifetime value model says of a customer, as a message.
#pragma once

#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/model/cell.h"
#include "common/model/predictor.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

inline constexpr int kMostHorizonDays = 36'500;

// `model` is of ALGORITHM_LIFETIME_VALUE; `horizon_days` 0 means its own. Returns what there is to explain.
model::Prediction ScoreLifetimeValue(const ScoringModel& model, absl::Span<const model::Cell> row, int horizon_days,
                                     bool explain, v1::Score::LifetimeValue& result);

// The instant that the score's features are of, and what follows from it: when a next purchase is due.
void SetFeatureTime(const google::protobuf::Timestamp& time, v1::Score& score);

}  // namespace clientele::inference
