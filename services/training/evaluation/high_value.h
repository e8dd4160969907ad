// Who is worth most, and how many of them a score finds: what lifetime values are for, and what they are graded by (the
// measure of Dynamics 365).
//
// High-value customers are the fewest who hold 80 % of all value above 0. With K of them, a score finds those that are
// among its K highest; equal scores at the border share what is left of the K places.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "common/dataset/parts.h"

namespace clientele::training {

// Thread-safe: immutable. `scores` and `actuals` of n rows must outlive it. Cost: O(n log n).
class HighValueSearch {
 public:
  HighValueSearch(absl::Span<const double> scores, absl::Span<const double> actuals);

  // The share of the high-value customers that the scores find, of rows of which row i counts weights[i] times, [n].
  // NaN where there is no value. Cost: O(n).
  double ShareFound(absl::Span<const double> weights) const;

 private:
  // Marks the high-value rows and returns how much they weigh.
  double MarkHighValue(absl::Span<const double> weights, std::vector<uint8_t>& marks) const;

  absl::Span<const double> scores_;
  absl::Span<const double> actuals_;
  std::vector<int64_t> by_score_;   // Falling.
  std::vector<int64_t> by_actual_;  // Falling.
};

// The grade of predictions against a simple rule's on n >= 1 holdout rows, see grade.h: A from five points more of the
// high-value customers found. Every part has all rows; `threads` changes the speed alone.
absl::StatusOr<model::v1::Grade> GradeValues(absl::Span<const double> predictions, const std::string& baseline,
                                             absl::Span<const double> baseline_predictions,
                                             absl::Span<const double> actuals, int threads,
                                             dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
