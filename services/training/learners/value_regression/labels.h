// What the values to be learnt are like, and whether a family can learn them.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/model/value_regression/family.h"
#include "services/training/learners/shard_sums.h"

namespace clientele::training {

// Over all rows of a weight above 0.
struct ValueLabels {
  int64_t rows = 0;
  int64_t negative = 0;  // Rows.
  int64_t zero = 0;
  double weight = 0;          // Sum of weights.
  double mean = 0;            // Of the values,
  double mean_size = 0;       // and without their signs.
  double rate = 0;            // Sum of values / sum of exposures.
  double negative_share = 0;  // What is below 0, of the sum of what is above; without weights.
  double positive_weight = 0;  // Of the values above 0.
  // Of the same, where logarithms were asked for.
  double log_mean = 0;
  double log_deviation = 0;  // Population.

  int64_t positive() const { return rows - negative - zero; }
};

// Errors: those of `sums`. Cost: O(n).
absl::StatusOr<ValueLabels> DescribeLabels(const ShardSums& sums, bool logarithms);

// Returns can exceed purchases. Families that know no value below 0 count it as 0, as long as that changes the whole by
// less than this share.
inline constexpr double kMostNegativeShare = 0.01;
inline double NotNegative(double label) { return label > 0 ? label : 0; }

// FAILED_PRECONDITION with DATA_NOT_READY where the family cannot learn such values, and what to do.
absl::Status CheckLabels(const ValueLabels& labels, model::ValueFamily family);

}  // namespace clientele::training
