// The grade of a classifier of two classes: against what a marketer would do without it.
#pragma once

#include "absl/status/statusor.h"
#include "services/training/algorithm.h"
#include "services/training/algorithms/judging.h"

namespace clientele::training {

// Where the label is a purchase, or none, within a window, and a column of the dataset tells the days since the last
// purchase: the share of those it happened to that are found, against the best rule "no purchase within window / 2^k
// days" on the training rows; the model calls as many customers as the rule does, its most probable ones. It is not an
// A unless half of the calls at `threshold` are right.
// Else: the share of right calls at `threshold`, against always saying the training rows' more frequent class.
// Excellent is ten points more. `training_mean`: of the training rows' labels.
absl::StatusOr<model::v1::Grade> GradeClassifier(const JudgeInput& input, const ScoredRows& scored, double threshold,
                                                 double training_mean);

}  // namespace clientele::training
