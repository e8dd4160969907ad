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
#include "services/training/evaluation/bootstrap.h"

namespace clientele::training {

// The customers by falling value. Thread-safe: immutable. Of n < 2^32 rows. Cost: O(n log n); 12 n bytes.
class CustomersByValue {
 public:
  explicit CustomersByValue(absl::Span<const double> actuals);

  struct HighValue {
    size_t rows = 0;    // So many of the rows by falling value,
    int64_t count = 0;  // which count so often.
  };
  // Of rows that count so often. Cost: O(n).
  HighValue FindHighValue(RowCounts counts) const;
  // Of row i, [n]: how many are before it.
  std::vector<uint32_t> Places() const;

 private:
  std::vector<uint32_t> rows_;   // By falling value,
  std::vector<double> actuals_;  // and the values.
};

// Who is found by falling score. Thread-safe: immutable. Cost: O(n log n); 9 n bytes.
class HighValueSearch {
 public:
  HighValueSearch(absl::Span<const double> scores, const CustomersByValue& customers);

  // The share of the high-value customers that the scores find, of rows that count so often. NaN where there is none.
  // Cost: O(n).
  double ShareFound(RowCounts counts, const CustomersByValue::HighValue& high) const;

 private:
  struct Scored {
    uint32_t row;
    uint32_t place;  // By value.
  };
  std::vector<Scored> by_score_;  // Falling.
  std::vector<uint8_t> last_;     // [n]: the row of by_score_ is the last with its score.
};

// The grade of predictions against a simple rule's on n >= 1 holdout rows, see grade.h: A from five points more of the
// high-value customers found. Every part has all rows; `threads` changes the speed alone.
absl::StatusOr<model::v1::Grade> GradeValues(absl::Span<const double> predictions, const std::string& baseline,
                                             absl::Span<const double> baseline_predictions,
                                             absl::Span<const double> actuals, int threads,
                                             dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
