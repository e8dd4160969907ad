// Which Tweedie power the data speak for: the one with the highest profile likelihood.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "services/training/learners/linear/fit.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

inline constexpr double kLeastTweediePower = 1.01;
inline constexpr double kMostTweediePower = 1.99;

// Golden section over the power, and inside it over the dispersion, the coefficients fitted for each power; on every
// k-th row of a shard, so that there are at most about 20,000. `start` [D] as of FitLinear, `rows` is n over all ranks.
// Labels are 0 or more, one of them above. Pure: the same for any number of threads and ranks. Errors: those of `sums`.
absl::StatusOr<double> FindTweediePower(const ShardSums& sums, std::vector<double> start, int64_t rows,
                                        const LinearFitOptions& options);

}  // namespace clientele::training
