#include "services/training/learners/checks.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::training {
namespace {

// What is wrong with a shard; the numbers travel through a sum over shards.
enum Fault { kRows, kBadValues, kBadLabels, kBadSizes, kFaults };

bool IsFit(double value) { return std::abs(value) <= kLargestValue; }  // False for NaN.

void CountFaults(const TrainingShard& shard, int columns, Labels labels, absl::Span<double> counts) {
  counts[kRows] = static_cast<double>(shard.rows);
  const size_t wanted_labels = labels == Labels::kNone ? 0 : shard.rows;
  if (shard.values.size() != static_cast<size_t>(shard.rows * columns) ||
      (labels != Labels::kNone && shard.labels.size() != wanted_labels)) {
    counts[kBadSizes] = 1;
    return;
  }
  for (const float value : shard.values) counts[kBadValues] += IsFit(value) ? 0 : 1;
  for (size_t i = 0; i < wanted_labels; ++i) {
    const double label = shard.labels[i];
    const bool fit = labels == Labels::kBinary ? label == 0 || label == 1 : IsFit(label);
    counts[kBadLabels] += fit ? 0 : 1;
  }
}

}  // namespace

absl::Status NotReady(absl::string_view message) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kDataNotReady, message);
}

absl::StatusOr<int64_t> CheckRows(const ShardSums& sums, Labels labels) {
  const TrainingMatrix& matrix = sums.matrix();
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> counts, sums.Sum(kFaults, [&](int s, absl::Span<double> result) {
    CountFaults(matrix.shards[s], matrix.columns, labels, result);
  }));
  if (counts[kBadSizes] > 0) return absl::InvalidArgumentError("a shard's values or labels do not fit its rows");
  if (counts[kRows] == 0) return NotReady("there is no row to train on");
  if (matrix.columns < 1) return NotReady("there is no column to train on");
  if (counts[kBadValues] > 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        counts[kBadValues], " values are not finite or beyond ", kLargestValue, "; repair or winsorise them"));
  }
  if (counts[kBadLabels] > 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        counts[kBadLabels], " labels are not ",
        labels == Labels::kBinary ? "0 or 1" : absl::StrCat("finite numbers within ", kLargestValue)));
  }
  return static_cast<int64_t>(counts[kRows]);
}

}  // namespace clientele::training
