// How many rows of which weight each class has, and weights by class.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// Of k classes, over all ranks. A row counts where its weight is above 0.
struct ClassTotals {
  std::vector<int64_t> rows;    // [k], that count.
  std::vector<double> weights;  // [k], sums of the rows' weights.

  int64_t all_rows() const;
  double all_weights() const;
};

// Labels are 0 to classes - 1. Errors: those of `sums`.
absl::StatusOr<ClassTotals> CountClasses(const ShardSums& sums, int classes);

// The weights, all / (k of the class), with which every class counts alike and all together as before.
std::vector<double> BalancedWeights(const ClassTotals& totals);

// Multiplies each row's weight by that of its class. Leaves a matrix alone of which all class weights are 1.
void WeightClasses(absl::Span<const double> class_weights, TrainingMatrix& matrix);

}  // namespace clientele::training
