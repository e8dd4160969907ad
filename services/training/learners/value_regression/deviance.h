// What is measured of a generalised linear model with log link once it has been fitted.
//
// Notation: a family is its variance function mean^power: 0 Gaussian, 1 Poisson, in between 1 and 2 Tweedie, 2 Gamma.
#pragma once

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

inline constexpr double kGammaPower = 2;

// Weighted sums over rows.
struct Deviance {
  double pearson = 0;    // Squares of residuals over the variance function.
  // What the losses of the engine's families leave out of half the deviances: it depends on the labels alone.
  double of_labels = 0;

  // Pearson's, of rows that weigh `weight` together and as many parameters as `parameters`.
  double Dispersion(double weight, int parameters) const {
    return pearson / (weight > parameters ? weight - parameters : weight);
  }
};

// Of the fit with `parameters` [D]. Labels below 0 count as 0 but for Gaussian, and Gamma leaves out those that are not
// above 0. Errors of `sums`. Cost: O(n d).
absl::StatusOr<Deviance> SumDeviance(const ShardSums& sums, absl::Span<const double> parameters, double power);

}  // namespace clientele::training
