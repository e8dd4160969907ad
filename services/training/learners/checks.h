// What every learner asks of its rows before it starts.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

enum class Labels { kNone, kBinary, kNumber };

// The number of rows, over all ranks. It does not look at their values: who reads them first does, see unfit_values.h.
// Errors: INVALID_ARGUMENT where a label is not finite or beyond kLargestValue, or neither 0 nor 1 and must be, a weight is
// below 0, or sizes do not fit; FAILED_PRECONDITION with DATA_NOT_READY where there is no row or no column; those of `sums`.
absl::StatusOr<int64_t> CheckRows(const ShardSums& sums, Labels labels);

// FAILED_PRECONDITION with DATA_NOT_READY.
absl::Status NotReady(absl::string_view message);

}  // namespace clientele::training
