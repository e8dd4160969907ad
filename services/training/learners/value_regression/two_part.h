// Whether there is any value, and how much: the zero-inflated lognormal, fitted jointly, and the hurdle Gamma, fitted
// in two.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/model/v1/value_regression.pb.h"
#include "services/training/learners/shard_sums.h"
#include "services/training/learners/value_regression/labels.h"

namespace clientele::training {

// The labels must suit the family (see CheckLabels). Errors of `sums`. Cost: O(n (H d)^2) an iteration, H = 3 for the
// lognormal and 1 for either part of the hurdle.
absl::StatusOr<model::v1::ValueRegressionModel> TrainTwoPart(const ShardSums& sums,
                                                             const model::v1::ValueRegressionParameters& parameters,
                                                             const ValueLabels& labels,
                                                             const LearnerProgress& progress);

}  // namespace clientele::training
