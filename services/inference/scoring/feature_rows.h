// Customers' features as ingestion sends them: bytes, which become cells only when they are scored.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "common/model/cell.h"
#include "services/inference/scoring/feature_names.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

// What the rows of one answer share.
struct FeatureFrame {
  FeatureNames features;  // What the values are, in order.
  google::protobuf::Timestamp as_of;
};

// A customer who has records.
struct FeatureRow {
  std::shared_ptr<const FeatureFrame> frame;
  std::string bytes;  // A FeatureVector.
};

// One for each customer that was asked for, in order; null where there is no record of them.
using FeatureRows = std::vector<std::shared_ptr<const FeatureRow>>;

// Reads a BatchGetFeaturesResponse to the question for these features of these customers. INTERNAL: the bytes are none,
// or its rows are not those of these customers: another customer's row would be a wrong score that nobody notices.
absl::StatusOr<FeatureRows> ReadFeatureRows(absl::string_view bytes, absl::Span<const std::string> customer_ids,
                                            const FeatureNames& asked);

// From rows to the cells of one model. Thread-compatible; `model` outlives it.
class FeatureRowReader {
 public:
  explicit FeatureRowReader(const ScoringModel& model) : model_(model) {}

  // Sets every cell, of [num_features]; texts point into `row`. INTERNAL: a feature is not there, or a value has the
  // wrong type. Cost: rows of the frame of the row before are read without looking up a name.
  absl::Status Read(const FeatureRow& row, absl::Span<model::Cell> cells);

 private:
  absl::Status Follow(const FeatureFrame& frame);

  const ScoringModel& model_;
  std::shared_ptr<const FeatureFrame> frame_;  // Of the row before.
  std::vector<int> feature_of_;                // By column of the frame; -1: none of the model's.
};

}  // namespace clientele::inference
