// Generalised linear models with log link: mean = exp(offset + x b), variance = dispersion x mean^power. The power is 0
// for Gaussian, 1 for Poisson, in between 1 and 2 for Tweedie and 2 for Gamma (McCullagh and Nelder 1989; Jorgensen
// 1987).
#pragma once

#include "absl/status/statusor.h"
#include "clientele/model/v1/value_regression.pb.h"
#include "services/training/learners/linear/family.h"
#include "services/training/learners/shard_sums.h"
#include "services/training/learners/value_regression/labels.h"

namespace clientele::training {

// The labels must suit the family (see CheckLabels). Errors of `sums`. Cost: O(n d^2) an iteration; where the Tweedie
// power is to be found, about 30 fits of 20,000 rows besides.
absl::StatusOr<model::v1::ValueRegressionModel> TrainLogLink(const ShardSums& sums,
                                                             const model::v1::ValueRegressionParameters& parameters,
                                                             const ValueLabels& labels,
                                                             const LearnerProgress& progress);

}  // namespace clientele::training
