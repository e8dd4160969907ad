// Binary logistic regression: penalties given or chosen, calibration by cross-fitting, a threshold.
//
// Notation: n rows, d columns. Cost: that of FitLinear, `folds` times more with calibration, (folds + 1) x strengths
// times more with a penalty path.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/logistic_regression.pb.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"
#include "services/training/learners/journal.h"
#include "services/training/learners/training_matrix.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range as `field`.l2_penalty.
absl::Status ValidateLogisticRegression(const model::v1::LogisticRegressionParameters& parameters,
                                        absl::string_view field);

// Labels are 0 or 1. Takes the matrix over; its weights become those of the classes and of folds. Pure: the same for
// any number of threads and ranks; all ranks return it. `parameters` must be valid.
// Stopped by max_iterations it returns what it has: gradient_norm says how far it came. Standard errors are those of
// the determined directions; 0 for a column that is constant. Calibration and threshold see the rows' own weights,
// without those of the classes: probabilities are those of the rows.
// `journal`: what it has worked out is kept there. Null: nowhere.
// Errors: those of CheckRows and FitLinear; FAILED_PRECONDITION with DATA_NOT_READY where all labels are equal, with or
// without a fold, or where without a penalty the rows do not determine the coefficients (no more rows than parameters,
// or perfectly separated classes); of `stop` and of the communicator.
absl::StatusOr<model::v1::LogisticRegressionModel> TrainLogisticRegression(
    TrainingMatrix matrix, const model::v1::LogisticRegressionParameters& parameters, Communicator& communicator,
    int threads, const StopToken& stop, const LearnerProgress& progress, Journal* journal = nullptr);

}  // namespace clientele::training
