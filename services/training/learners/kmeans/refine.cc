#include "services/training/learners/kmeans/refine.h"

#include <algorithm>
#include <limits>

#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

constexpr int64_t kMostRows = 10000;
constexpr int64_t kMostProducts = 4'000'000;  // n k d

// Centroids are kept by column, so that one row is measured against all of them at once.
class Refinement {
 public:
  Refinement(const RowSample& rows, int d, const std::vector<double>& centroids)
      : rows_(rows),
        d_(d),
        k_(static_cast<int>(centroids.size()) / d),
        by_column_(centroids.size()),
        squares_(k_),
        weights_(k_, 0.0),
        counts_(k_, 0),
        labels_(rows.values.size() / d) {
    for (int c = 0; c < k_; ++c) {
      for (int j = 0; j < d_; ++j) by_column_[j * k_ + c] = centroids[c * d_ + j];
    }
    for (size_t i = 0; i < labels_.size(); ++i) {
      Measure(i);
      labels_[i] = static_cast<int>(std::min_element(squares_.begin(), squares_.end()) - squares_.begin());
      weights_[labels_[i]] += WeightOf(i);
      counts_[labels_[i]] += WeightOf(i) > 0;
    }
  }

  // Returns whether a row moved.
  bool Sweep() {
    bool moved = false;
    for (size_t i = 0; i < labels_.size(); ++i) {
      const int from = labels_[i];
      const double weight = WeightOf(i);
      if (weight == 0 || counts_[from] < 2) continue;
      Measure(i);
      // By how much inertia falls when the row leaves, and rises when it joins another cluster.
      const double leaves = squares_[from] * weights_[from] / (weights_[from] - weight);
      int to = from;
      double least = leaves * (1 - 1e-12);
      for (int c = 0; c < k_; ++c) {
        if (c == from || counts_[c] == 0) continue;
        const double joins = squares_[c] * weights_[c] / (weights_[c] + weight);
        if (joins < least) {
          least = joins;
          to = c;
        }
      }
      if (to == from) continue;
      Shift(i, from, -weight);
      Shift(i, to, weight);
      labels_[i] = to;
      moved = true;
    }
    return moved;
  }

  std::vector<double> centroids() const {
    std::vector<double> result(by_column_.size());
    for (int c = 0; c < k_; ++c) {
      for (int j = 0; j < d_; ++j) result[c * d_ + j] = by_column_[j * k_ + c];
    }
    return result;
  }

 private:
  double WeightOf(size_t i) const { return rows_.weights.empty() ? 1.0 : rows_.weights[i]; }

  // The row's squared distances to all centroids.
  void Measure(size_t i) {
    std::fill(squares_.begin(), squares_.end(), 0.0);
    for (int j = 0; j < d_; ++j) {
      const double x = rows_.values[i * d_ + j];
      const double* column = by_column_.data() + static_cast<size_t>(j) * k_;
      for (int c = 0; c < k_; ++c) squares_[c] += (x - column[c]) * (x - column[c]);
    }
  }

  // The cluster's centroid after the row has joined it, or has left it where `weight` is below 0.
  void Shift(size_t i, int c, double weight) {
    weights_[c] += weight;
    counts_[c] += weight > 0 ? 1 : -1;
    for (int j = 0; j < d_; ++j) {
      double& value = by_column_[static_cast<size_t>(j) * k_ + c];
      value += weight / weights_[c] * (rows_.values[i * d_ + j] - value);
    }
  }

  const RowSample& rows_;
  const int d_;
  const int k_;
  std::vector<double> by_column_;  // [d x k]
  std::vector<double> squares_;    // [k]
  std::vector<double> weights_;    // [k]
  std::vector<int64_t> counts_;    // [k]: rows with a weight.
  std::vector<int> labels_;        // n
};

}  // namespace

bool IsWorthRefining(int64_t n, int d, int k) { return n <= kMostRows && n * d * k <= kMostProducts; }

absl::StatusOr<std::vector<double>> RefineByMoves(const RowSample& rows, int d, const std::vector<double>& centroids,
                                                  int most_sweeps, const StopToken& stop) {
  Refinement refinement(rows, d, centroids);
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    CLIENTELE_RETURN_IF_ERROR(stop.Check());
    if (!refinement.Sweep()) break;
  }
  return refinement.centroids();
}

}  // namespace clientele::training
