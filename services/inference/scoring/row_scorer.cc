#include "services/inference/scoring/row_scorer.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/inference/scoring/lifetime_value_score.h"
#include "services/inference/scoring/scorer.h"
#include "services/inference/scoring/standing.h"

namespace clientele::inference {

using model::Cell;

absl::Status CustomerNotFound() {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kCustomerNotFound, "the customer has no records");
}

RowMemory& RowMemory::OfThread() {
  thread_local RowMemory memory;
  return memory;
}

RowScorer::RowScorer(const ScoringModel& model, const WantedScore& wanted, RowMemory& memory, int most_rows)
    : model_(model),
      wanted_(wanted),
      width_(static_cast<size_t>(model.num_features())),
      most_rows_(most_rows),
      fetched_(model),
      given_(model),
      cells_(model::Workspace::Room(memory.cells, static_cast<size_t>(most_rows) * width_)),
      predictions_(model::Workspace::Room(memory.predictions, static_cast<size_t>(most_rows))),
      workspace_(memory.workspace) {}

absl::Status RowScorer::Read(const SubjectView& subject, absl::FunctionRef<std::string()> field,
                             const Fetched& fetched) {
  if (subject.customer_id.empty() && subject.num_features == 0) {
    return InvalidField(field(), "has neither customer_id nor features");
  }
  if (!fetched.has_value() && IsBare(subject)) {
    if (size_ == 0) numbers_ = subject.numbers;
    bare_ = ++size_;
    return absl::OkStatus();
  }
  SetCells();
  const absl::Span<Cell> row(cells_ + static_cast<size_t>(size_) * width_, width_);
  if (!fetched.has_value() && given_.ReadAll(subject, row)) {
    ++size_;
    return absl::OkStatus();
  }
  std::fill(row.begin(), row.end(), Cell::Missing());
  if (fetched.has_value()) {
    CLIENTELE_RETURN_IF_ERROR(fetched->status());
    if (**fetched == nullptr) return CustomerNotFound();
    CLIENTELE_RETURN_IF_ERROR(fetched_.Read(***fetched, row));
  }
  if (subject.num_features > 0) CLIENTELE_RETURN_IF_ERROR(given_.Read(subject.features, field, row));
  ++size_;
  return absl::OkStatus();
}

bool RowScorer::IsBare(const SubjectView& subject) const {
  if (subject.numbers == nullptr || subject.form != &model_.form()) return false;
  return size_ == 0 || (bare_ == size_ && subject.numbers == numbers_ + static_cast<size_t>(size_) * width_);
}

void RowScorer::SetCells() {
  const size_t count = static_cast<size_t>(std::exchange(bare_, 0)) * width_;
  for (size_t i = 0; i < count; ++i) cells_[i] = Cell::Number(numbers_[i]);
}

void RowScorer::Predict() {
  if (PredictsByItself(model_)) return SetCells();
  const auto rows = static_cast<size_t>(size_);
  const absl::Span<model::Prediction> predictions(predictions_, rows);
  if (bare_ == size_ && wanted_.max_reasons == 0) {
    return model_.predictor().PredictNumbers({numbers_, rows * width_}, workspace_, predictions);
  }
  SetCells();
  model_.predictor().PredictRows({cells_, rows * width_}, /*explain=*/wanted_.max_reasons > 0, workspace_, predictions);
}

void RowScorer::SetScore(int r, const SubjectView& subject, const Fetched& fetched, v1::Score& score) {
  inference::SetScore(model_, row(r), wanted_.max_reasons, wanted_.horizon_days, predictions_[r], score);
  if (!subject.customer_id.empty()) score.set_customer_id(subject.customer_id.data(), subject.customer_id.size());
  SetStanding(model_, wanted_.tiers, score);
  if (fetched.has_value()) SetFeatureTime((**fetched)->frame->as_of, score);
}

}  // namespace clientele::inference
