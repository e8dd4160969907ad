// Ridge regression on log1p of the value, brought back with smearing, or on the value itself.
//
// Duan's smearing (1983) is the mean of exp(residual), which one customer far from the line can make anything. Here
// each residual counts by exp(fit), so that the values predicted for the training rows add up to what came: the same
// for errors alike everywhere, and right on the whole for others.
#pragma once

#include "absl/status/statusor.h"
#include "clientele/model/v1/value_regression.pb.h"
#include "services/training/learners/shard_sums.h"
#include "services/training/learners/value_regression/labels.h"

namespace clientele::training {

// With LOG1P a label below 0 counts as 0. Errors of `sums`. Cost: O(n d^2 + d^3).
absl::StatusOr<model::v1::ValueRegressionModel> TrainLeastSquares(
    const ShardSums& sums, const model::v1::ValueRegressionParameters& parameters, const ValueLabels& labels,
    const LearnerProgress& progress);

}  // namespace clientele::training
