// Binary logistic regression with an L2 penalty, by Newton's method to convergence.
//
// Notation: n rows, d columns, D = d + 1. Cost: O(n D^2 + D^3) an iteration; D (D + 3) / 2 doubles a shard over the network.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/logistic_regression.pb.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range as `field`.l2_penalty.
absl::Status ValidateLogisticRegression(const model::v1::LogisticRegressionParameters& parameters,
                                        absl::string_view field);

// Labels are 0 or 1. Pure: the same for any number of threads and ranks; all ranks return it. `parameters` must be valid.
// Stopped by max_iterations it returns what it has: gradient_norm says how far it came. Standard errors are those of the
// determined directions; 0 for a column that is constant.
// Errors: those of CheckRows; FAILED_PRECONDITION with DATA_NOT_READY where all labels are equal, or where without a
// penalty the rows do not determine the coefficients (no more rows than parameters, or perfectly separated classes); of
// `stop` and of the communicator.
absl::StatusOr<model::v1::LogisticRegressionModel> TrainLogisticRegression(
    const TrainingMatrix& matrix, const model::v1::LogisticRegressionParameters& parameters, uint64_t seed,
    Communicator& communicator, int threads, const StopToken& stop, const LearnerProgress& progress);

}  // namespace clientele::training
