// Multinomial logistic regression with an L2 penalty, to convergence.
//
// Notation: n rows, d columns, k classes. Cost: that of FitLinear with k heads.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/multinomial_regression.pb.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/journal.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range as `field`.l2_penalty.
absl::Status ValidateMultinomialRegression(const model::v1::MultinomialRegressionParameters& parameters,
                                           absl::string_view field);

// Labels are indices into the classes' `names` [k]. Takes the matrix over; its weights become those of the classes too.
// Coefficients and intercepts sum to 0 over the classes; standard errors are those under that condition. Pure: the same
// for any number of threads and ranks; all ranks return it. `parameters` must be valid. Stopped by max_iterations it
// returns what it has: gradient_norm says how far it came. `journal`: what it has worked out is kept there. Null:
// nowhere. Errors: those of CheckRows and FitLinear; INVALID_ARGUMENT for a label that is no class; FAILED_PRECONDITION
// with DATA_NOT_READY for a class without a row that counts; of `stop` and of the communicator.
absl::StatusOr<model::v1::MultinomialRegressionModel> TrainMultinomialRegression(
    TrainingMatrix matrix, absl::Span<const std::string> names,
    const model::v1::MultinomialRegressionParameters& parameters, Communicator& communicator, int threads,
    const StopToken& stop, const LearnerProgress& progress, Journal* journal = nullptr);

}  // namespace clientele::training
