// Lifetime-value regression: what is tried of every family, and then its training.
//
// Notation: n rows, d columns. Sums over rows are the whole cost and the whole traffic; see the families' headers.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/model/v1/value_regression.pb.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/journal.h"
#include "services/training/learners/training_matrix.h"
#include "services/training/learners/value_regression/parameters.h"

namespace clientele::training {

// Columns that the others determine share the effect (the shortest solution). Rows of weight 0 count for nothing.
// Pure: the same for any number of threads and ranks; all ranks return it. `parameters` must be valid.
// `journal`: what it has worked out is kept there. Null: nowhere.
// Errors: those of CheckRows and FitLinear; FAILED_PRECONDITION with DATA_NOT_READY where there are fewer than 2 rows,
// without a penalty no more than parameters, or labels that the family cannot learn (see labels.h); of `stop` and of
// the communicator.
absl::StatusOr<model::v1::ValueRegressionModel> TrainValueRegression(
    const TrainingMatrix& matrix, const model::v1::ValueRegressionParameters& parameters, Communicator& communicator,
    int threads, const StopToken& stop, const LearnerProgress& progress, Journal* journal = nullptr);

}  // namespace clientele::training
