// From values by name to a score with reasons: reading a row, then scoring it. Pure functions.
//
//   std::vector<model::Cell> row(scoring_model.num_features());
//   CLIENTELE_RETURN_IF_ERROR(ReadGiven(scoring_model, subject.features(), "subject.features", absl::MakeSpan(row)));
//   v1::Score score = ScoreRow(scoring_model, row, /*max_reasons=*/5);
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/model/cell.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

inline constexpr size_t kMaxTextBytes = 1024;  // Of a category.

// INVALID_ARGUMENT with UNKNOWN_FEATURE: `field` names a feature the model has not; the known ones are listed.
absl::Status UnknownFeature(const ScoringModel& model, absl::string_view field, const std::string& name);

// Rows are [num_features] cells. Texts are not copied: the messages they are read from must outlive the row.

// Sets the cells of the features that are given; a value that is not set is a missing one. INVALID_ARGUMENT:
// UNKNOWN_FEATURE with the known ones listed; or INVALID_FIELD, where `field` is the path of `given`: a value of the
// wrong type, a number that is not finite, a feature given twice.
absl::Status ReadGiven(const ScoringModel& model,
                       const google::protobuf::RepeatedPtrField<clientele::model::v1::NamedValue>& given,
                       absl::string_view field, absl::Span<model::Cell> row);

// For each feature of the model its column in `table`. INTERNAL where the table lacks one.
absl::StatusOr<std::vector<int>> FindColumns(const ScoringModel& model,
                                             const ingestion::v1::BatchGetFeaturesResponse& table);
// Sets every cell from a row of the table. INTERNAL where it is too short or a value has the wrong type.
absl::Status ReadFetched(const ScoringModel& model, absl::Span<const int> columns,
                         const ingestion::v1::FeatureVector& values, absl::Span<model::Cell> row);

// customer_id and feature_time stay empty. `horizon_days` is for lifetime value: 0 means the model's own. Cost: that of
// Predictor::Predict, and a text for each reason.
v1::Score ScoreRow(const ScoringModel& model, absl::Span<const model::Cell> row, int max_reasons, int horizon_days = 0);

}  // namespace clientele::inference
