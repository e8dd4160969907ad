// Lifetime-value regression: ridge on log1p of the value with smearing (Duan 1983), or on the value itself, by the normal
// equations of centred columns.
//
// Notation: n rows, d columns. Cost: O(n d^2 + d^3); d (d + 3) / 2 doubles a shard over the network.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/value_regression.pb.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range as `field`.l2_penalty.
absl::Status ValidateValueRegression(const model::v1::ValueRegressionParameters& parameters, absl::string_view field);

// With LOG1P a label below 0 counts as 0. Columns that the others determine share the effect (the shortest solution).
// Pure: the same for any number of threads and ranks; all ranks return it. `parameters` must be valid.
// Errors: those of CheckRows; FAILED_PRECONDITION with DATA_NOT_READY where there are fewer than 2 rows, or without a
// penalty no more rows than parameters; of `stop` and of the communicator.
absl::StatusOr<model::v1::ValueRegressionModel> TrainValueRegression(
    const TrainingMatrix& matrix, const model::v1::ValueRegressionParameters& parameters, uint64_t seed,
    Communicator& communicator, int threads, const StopToken& stop, const LearnerProgress& progress);

}  // namespace clientele::training
