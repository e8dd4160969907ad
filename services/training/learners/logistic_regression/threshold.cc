#include "services/training/learners/logistic_regression/threshold.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace clientele::training {
namespace {

constexpr double kEdge = 1e-9;

// The rows by falling probability, called positive one after another.
class Calls {
 public:
  explicit Calls(std::vector<ScoredLabel> rows) : rows_(std::move(rows)) {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const ScoredLabel& a, const ScoredLabel& b) { return a.probability > b.probability; });
    for (const ScoredLabel& row : rows_) positives_ += row.positive ? row.weight : 0;
  }

  double positives() const { return positives_; }

  // Calls visit(called, hits), weights of rows and of positives among them, for each number of rows that a threshold
  // can call, nobody included; returns the threshold of the first for which it gave the largest value.
  template <typename Visit>
  double Best(Visit visit) const {
    double called = 0, hits = 0, best = visit(called, hits);
    size_t best_count = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      called += rows_[i].weight;
      hits += rows_[i].positive ? rows_[i].weight : 0;
      if (i + 1 < rows_.size() && rows_[i + 1].probability == rows_[i].probability) continue;
      const double value = visit(called, hits);
      if (value <= best) continue;
      best = value;
      best_count = i + 1;
    }
    return After(best_count);
  }

 private:
  // The threshold that calls the first `count` rows positive.
  double After(size_t count) const {
    const double last = count > 0 ? rows_[count - 1].probability : 1;
    const double next = count < rows_.size() ? rows_[count].probability : 0;
    return std::clamp((last + next) / 2, kEdge, 1 - kEdge);
  }

  std::vector<ScoredLabel> rows_;
  double positives_ = 0;
};

}  // namespace

double BestF1Threshold(std::vector<ScoredLabel> rows) {
  const Calls calls(std::move(rows));
  return calls.Best(
      [&](double called, double hits) { return called == 0 ? -1 : 2 * hits / (called + calls.positives()); });
}

double BaseRateThreshold(std::vector<ScoredLabel> rows) {
  const Calls calls(std::move(rows));
  // Enough is worth all the same, so the first that is enough is the best.
  return calls.Best([&](double called, double) { return called == 0 ? -1 : std::min(called, calls.positives()); });
}

double CheapestThreshold(std::vector<ScoredLabel> rows, double false_positive_cost, double false_negative_cost) {
  const Calls calls(std::move(rows));
  return calls.Best([&](double called, double hits) {
    return -(false_positive_cost * (called - hits) + false_negative_cost * (calls.positives() - hits));
  });
}

}  // namespace clientele::training
