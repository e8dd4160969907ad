// The rows of one call, scored by one version, many at once: read what was fetched, then what is given, then predict.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/model/cell.h"
#include "common/model/predictor.h"
#include "common/model/workspace.h"
#include "services/inference/scoring/feature_rows.h"
#include "services/inference/scoring/given_features.h"
#include "services/inference/scoring/score_requests.h"
#include "services/inference/scoring/scoring_model.h"
#include "services/inference/scoring/tiers.h"

namespace clientele::inference {

// What was fetched for one subject: nothing was needed; its features; or why they could not be had.
using Fetched = std::optional<absl::StatusOr<std::shared_ptr<const FeatureRow>>>;

// What a call asks of each score.
struct WantedScore {
  int max_reasons = 0;
  int horizon_days = 0;  // 0: the model's own.
  const Tiers& tiers;    // Of the version that scores.
};

// What rows are scored in. It grows to what the largest model needs, so whoever scores keeps it for the next call. Not
// thread-safe.
struct RowMemory {
  std::vector<model::Cell> cells;              // [rows at once x num_features]
  std::vector<model::Prediction> predictions;  // [rows at once]
  model::Workspace workspace;

  static RowMemory& OfThread();
};

// NOT_FOUND with CUSTOMER_NOT_FOUND.
absl::Status CustomerNotFound();

// Thread-compatible. All it is given outlives it, the rows' subjects and features too.
class RowScorer {
 public:
  RowScorer(const ScoringModel& model, const WantedScore& wanted, RowMemory& memory,
            int most_rows = model::kRowsAtOnce);

  // Reads a subject, whose path in the request is `field`, into the next row. At most `most_rows` are read before they
  // are scored; an error reads none.
  absl::Status Read(const SubjectView& subject, absl::FunctionRef<std::string()> field, const Fetched& fetched);
  int size() const { return size_; }
  bool full() const { return size_ == most_rows_; }
  // Scores the rows that were read.
  void Predict();
  // Of row `r`, [num_features].
  absl::Span<const model::Cell> row(int r) {
    SetCells();
    return {cells_ + static_cast<size_t>(r) * width_, width_};
  }
  const model::Prediction& prediction(int r) const { return predictions_[r]; }
  // Sets `score`, which is new, to that of row `r`, which is of this subject.
  void SetScore(int r, const SubjectView& subject, const Fetched& fetched, v1::Score& score);
  // The next row is the first again.
  void Clear() { size_ = bare_ = 0; }

 private:
  // Whether the subject is all numbers, and they lie behind those of the rows before.
  bool IsBare(const SubjectView& subject) const;
  // The cells of the rows whose numbers are all there is so far.
  void SetCells();

  const ScoringModel& model_;
  const WantedScore& wanted_;
  const size_t width_;
  const int most_rows_;
  FeatureRowReader fetched_;
  GivenFeatures given_;
  model::Cell* const cells_;              // [most_rows x num_features]
  model::Prediction* const predictions_;  // [most_rows]
  model::Workspace& workspace_;
  int size_ = 0;
  // The first `bare_` rows are numbers that lie where they were read, one row behind the other, and no cells yet: of
  // most nobody asks for them.
  int bare_ = 0;
  const double* numbers_ = nullptr;  // [bare_ x num_features]
};

}  // namespace clientele::inference
