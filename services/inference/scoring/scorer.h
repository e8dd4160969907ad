// From a row of features to a score with reasons. Pure functions. See given_features.h for rows that a request gives.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "common/model/cell.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

// Rows are [num_features] cells. Texts are not copied: the messages they are read from must outlive the row.

// For each feature of the model its column in `table`. INTERNAL where the table lacks one.
absl::StatusOr<std::vector<int>> FindColumns(const ScoringModel& model,
                                             const ingestion::v1::BatchGetFeaturesResponse& table);
// Sets every cell from a row of the table. INTERNAL where it is too short or a value has the wrong type.
absl::Status ReadFetched(const ScoringModel& model, absl::Span<const int> columns,
                         const ingestion::v1::FeatureVector& values, absl::Span<model::Cell> row);

// Whether its scores say more than a Prediction does: then SetScore predicts by itself.
bool PredictsByItself(const ScoringModel& model);

// Sets `score`, which is new, but for its customer_id and feature_time. `prediction` is what the predictor says of the
// row, explained where reasons are wanted; it is set here for a model that PredictsByItself. `horizon_days` is for
// lifetime value: 0 means the model's own. Cost: a text for each reason.
void SetScore(const ScoringModel& model, absl::Span<const model::Cell> row, int max_reasons, int horizon_days,
              model::Prediction& prediction, v1::Score& score);
// One row, predicted and scored.
v1::Score ScoreRow(const ScoringModel& model, absl::Span<const model::Cell> row, int max_reasons, int horizon_days = 0);

}  // namespace clientele::inference
