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
  rows_.reserve(capacity);
  numbers_.reserve(capacity * features_);
  ends_.reserve(FirstText(capacity) + 1);
  ends_.push_back(0);
}

void ScoredRows::Add(absl::string_view customer_id, absl::Span<const model::Cell> row, const v1::Score& score,
                     absl::Duration scoring_time, absl::Time time) {
  const auto add_text = [this](absl::string_view text) {
    texts_.append(text.data(), text.size());
    ends_.push_back(static_cast<uint32_t>(texts_.size()));
  };
  rows_.push_back({SummaryOf(score), time, absl::ToDoubleMicroseconds(scoring_time)});
  add_text(customer_id);
  for (const model::Cell& cell : row) numbers_.push_back(cell.number);
  for (const int f : categories()) add_text(row[f].category);
}

void ScoredRows::set_scoring_time(absl::Duration all_rows) {
  for (Row& row : rows_) row.micros = absl::ToDoubleMicroseconds(all_rows) / size();
}

void ScoredRows::set_time(absl::Time time) {
  for (Row& row : rows_) row.time = time;
}

bool ScoredRows::IsBy(const ScoredBy& by) const {
  return by_.version == by.version && by_.alias == by.alias && by_.arm == by.arm && by_.by_model == by.by_model;
}

void ScoredRows::Read(int i, absl::Span<model::Cell> row) const {
  for (size_t f = 0; f < features_; ++f) row[f] = model::Cell::Number(numbers_[i * features_ + f]);
  size_t text = FirstText(i);
  for (const int f : categories()) {
    row[f].category = Text(++text);
    row[f].has_category = !row[f].category.empty();
  }
}

uint64_t ScoredRows::Digest(int i) const {
  const absl::string_view numbers(reinterpret_cast<const char*>(numbers_.data() + i * features_),
                                  features_ * sizeof(double));
  uint64_t digest = Hash64(numbers);
  size_t text = FirstText(i);
  for (size_t f = 0; f < features_; ++f) {
    const bool is_category = by_.version->model->IsCategory(static_cast<int>(f));
    digest = Hash64(is_category ? Text(++text) : "", digest);
  }
  return digest;
}

}  // namespace clientele::inference
