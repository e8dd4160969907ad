// What is measured of a generalised linear model with log link once it has been fitted.
//
// Notation: a family is its variance function mean^power: 0 Gaussian, 1 Poisson, in between 1 and 2 Tweedie, 2 Gamma.
#pragma once

#include "absl/status/statusor.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

inline constexpr double kGammaPower = 2;

// What the losses of the engine's families leave out of half the deviances: it depends on the labels alone. Weighted,
// over all rows. Labels below 0 count as 0 but for Gaussian, and Gamma leaves out those that are not above 0. Errors of
// `sums`. Cost: O(n).
absl::StatusOr<double> SumLabelDeviance(const ShardSums& sums, double power);

// Pearson's, of a fit to rows that weigh `weight` together: `pearson` is LinearFit's.
inline double Dispersion(double pearson, double weight, int parameters) {
  return pearson / (weight > parameters ? weight - parameters : weight);
}

}  // namespace clientele::training
