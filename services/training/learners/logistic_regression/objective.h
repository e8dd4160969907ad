// The penalised log loss of a logistic regression, and its derivatives.
//
// Notation: n rows, d columns, D = d + 1 parameters: coefficients, then the intercept.
// f(b) = sum_i w_i log(1 + exp(-s_i x_i b)) + l2 / 2 |coefficients|^2, with s_i = 1 for label 1 and -1 for label 0.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

class LogisticObjective {
 public:
  // `sums` must outlive it.
  LogisticObjective(const ShardSums& sums, double negative_weight, double positive_weight)
      : sums_(sums), d_(sums.matrix().columns), weights_{negative_weight, positive_weight} {}

  struct Value {
    double value = 0;
    std::vector<double> gradient;  // [D]
    std::vector<double> hessian;   // [D x D]
    int64_t misclassified = 0;     // Rows on the wrong side of log odds 0, or on it.
  };

  // Cost: O(n D^2).
  absl::StatusOr<Value> Evaluate(absl::Span<const double> parameters, double l2) const;
  // The value alone. Cost: O(n D).
  absl::StatusOr<double> EvaluateValue(absl::Span<const double> parameters, double l2) const;

  int num_parameters() const { return d_ + 1; }

 private:
  void EvaluateShard(absl::Span<const double> parameters, int s, absl::Span<double> result) const;

  const ShardSums& sums_;
  const int d_;
  const double weights_[2];
};

// Log odds of a row [d].
double LogOdds(const float* row, absl::Span<const double> parameters);

}  // namespace clientele::training
