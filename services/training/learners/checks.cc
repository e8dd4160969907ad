#include "services/training/learners/checks.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/training/learners/unfit_values.h"

namespace clientele::training {
namespace {

// What is wrong with a shard; the numbers travel through a sum over shards.
enum Fault { kRows, kBadLabels, kBadWeights, kBadSizes, kFaults };

bool IsFit(double value) { return std::abs(value) <= kLargestValue; }  // False for NaN.

bool SizesFit(const TrainingShard& shard, const TrainingMatrix& matrix, Labels labels) {
  const auto rows = static_cast<size_t>(shard.rows);
  const bool values_fit = shard.values.size() == rows * matrix.num_dense() &&
                          shard.categories.size() == rows * matrix.fields.size();
  return (matrix.source != nullptr || values_fit) &&
         (labels == Labels::kNone || shard.labels.size() == rows) &&
         (shard.weights.empty() || shard.weights.size() == rows) &&
         (shard.offsets.empty() || shard.offsets.size() == rows);
}

void CountFaults(const TrainingMatrix& matrix, int s, Labels labels, absl::Span<double> counts) {
  const TrainingShard& shard = matrix.shards[s];
  counts[kRows] = static_cast<double>(shard.rows);
  if (!SizesFit(shard, matrix, labels)) {
    counts[kBadSizes] = 1;
    return;
  }
  int64_t bad_labels = 0;
  for (int64_t i = 0; i < shard.rows && labels != Labels::kNone; ++i) {
    const double label = shard.labels[i];
    const bool fit = labels == Labels::kBinary ? label == 0 || label == 1 : IsFit(label);
    bad_labels += fit ? 0 : 1;
  }
  counts[kBadLabels] = static_cast<double>(bad_labels);
  for (const double weight : shard.weights) counts[kBadWeights] += IsFit(weight) && weight >= 0 ? 0 : 1;
  for (const double offset : shard.offsets) counts[kBadWeights] += IsFit(offset) ? 0 : 1;
}

}  // namespace

absl::Status NotReady(absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady, message);
}

absl::StatusOr<int64_t> CheckRows(const ShardSums& sums, Labels labels) {
  const TrainingMatrix& matrix = sums.matrix();
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> counts, sums.Sum(kFaults, [&](int s, absl::Span<double> result) {
    CountFaults(matrix, s, labels, result);
  }));
  if (counts[kBadSizes] > 0) return absl::InvalidArgumentError("a shard's values, labels, weights or offsets do not fit its rows");
  if (counts[kRows] == 0) return NotReady("there is no row to train on");
  if (matrix.columns < 1) return NotReady("there is no column to train on");
  if (counts[kBadLabels] > 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        counts[kBadLabels], " labels are not ",
        labels == Labels::kBinary ? "0 or 1" : absl::StrCat("finite numbers within ", kLargestValue)));
  }
  if (counts[kBadWeights] > 0) {
    return absl::InvalidArgumentError(absl::StrCat(counts[kBadWeights], " weights or offsets are not finite, or a weight is "
                                                   "below 0"));
  }
  return static_cast<int64_t>(counts[kRows]);
}

}  // namespace clientele::training
