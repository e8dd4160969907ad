#include "services/inference/scoring/scored_rows.h"

#include <utility>

#include "common/base/hash.h"

namespace clientele::inference {
namespace {

ScoreSummary LikeliestClass(const v1::Score::PredictedClass& predicted) {
  ScoreSummary summary;
  for (int c = 0; c < predicted.classes_size(); ++c) {
    if (predicted.classes(c).class_name() != predicted.predicted_class()) continue;
    summary = {predicted.classes(c).probability(), c};
  }
  return summary;
}

}  // namespace

ScoreSummary SummaryOf(const v1::Score& score) {
  switch (score.result_case()) {
    case v1::Score::kProbability: return {score.probability().probability(), score.probability().positive()};
    case v1::Score::kSegment: return {score.segment().distance(), score.segment().index()};
    case v1::Score::kValue: return {score.value().value(), 0};
    case v1::Score::kPredictedClass: return LikeliestClass(score.predicted_class());
    case v1::Score::kLifetimeValue: return {score.lifetime_value().predicted_value().value(), 0};
    case v1::Score::kSurvival: return {score.survival().hazard_ratio(), 0};
    case v1::Score::kRfm: {
      const auto& rfm = score.rfm();
      return {static_cast<double>(rfm.recency_score() + rfm.frequency_score() + rfm.monetary_score()), rfm.identity()};
    }
    case v1::Score::RESULT_NOT_SET: break;
  }
  return {};
}

ScoredRows::ScoredRows(ScoredBy by, int capacity)
    : by_(std::move(by)), features_(by_.version->model->num_features()) {
  summaries_.reserve(capacity);
  numbers_.reserve(capacity * features_);
  ends_.reserve(capacity * (features_ + 1) + 1);
  ends_.push_back(0);
}

void ScoredRows::Add(absl::string_view customer_id, absl::Span<const model::Cell> row, const v1::Score& score) {
  const auto add_text = [this](absl::string_view text) {
    texts_.append(text.data(), text.size());
    ends_.push_back(static_cast<uint32_t>(texts_.size()));
  };
  summaries_.push_back(SummaryOf(score));
  add_text(customer_id);
  for (const model::Cell& cell : row) {
    numbers_.push_back(cell.number);
    add_text(cell.category);
  }
}

void ScoredRows::Read(int i, absl::Span<model::Cell> row) const {
  const size_t first_text = static_cast<size_t>(i) * (features_ + 1) + 1;
  for (size_t f = 0; f < features_; ++f) {
    row[f].number = numbers_[i * features_ + f];
    row[f].category = Text(first_text + f);
    row[f].has_category = !row[f].category.empty();
  }
}

uint64_t ScoredRows::Digest(int i) const {
  const size_t first_text = static_cast<size_t>(i) * (features_ + 1) + 1;
  const absl::string_view numbers(reinterpret_cast<const char*>(numbers_.data() + i * features_),
                                  features_ * sizeof(double));
  uint64_t digest = Hash64(numbers);
  for (size_t f = 0; f < features_; ++f) digest = Hash64(Text(first_text + f), digest);
  return digest;
}

}  // namespace clientele::inference
