// Which of several models of value is best for a decision, and whether that is more than noise.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/value_selection.pb.h"
#include "common/dataset/parts.h"
#include "services/training/evaluation/bootstrap.h"

namespace clientele::training {

using ValueDecision = model::v1::ValueSelectionParameters::Decision;

// What somebody says of the n judging rows, in row order.
struct ValuePredictions {
  std::string name;
  std::vector<double> values;
  bool can_be_chosen = true;  // Rules cannot.
};

// How well the predictions serve the decision, of n rows that count so often: the mean absolute error (CUSTOMER), the
// normalised Gini (RANKING), predicted / actual (TOTAL). NaN where the rows cannot tell.
//
// Thread-compatible. Cost: O(n log n) once, then O(n) a call.
class DecisionMeasure {
 public:
  // All must outlive it.
  DecisionMeasure(ValueDecision decision, absl::Span<const double> predictions, absl::Span<const double> actuals);

  double operator()(RowCounts counts) const;
  // The smaller, the better: the error, the Gini below 0, how far the logarithm of the ratio is from 0.
  double Loss(RowCounts counts) const;

 private:
  ValueDecision decision_;
  absl::Span<const double> predictions_;
  absl::Span<const double> actuals_;
  std::vector<int64_t> by_prediction_;  // RANKING: rows by falling prediction, by falling actual.
  std::vector<int64_t> by_actual_;
};

// The best that can be chosen, of at least one; the first of equals. The explanation has its measure, that of the next
// best and the 95 % interval of their difference by the paired bootstrap (see bootstrap.h), and says where a rule does
// better. The same for any number of threads and parts, each of which has all rows. Cost: O(n log n) a candidate, and
// kResamples times O(n).
absl::StatusOr<model::v1::ValueSelection::Recommendation> Recommend(ValueDecision decision,
                                                                    const std::vector<ValuePredictions>& all,
                                                                    absl::Span<const double> actuals, int threads,
                                                                    dataset::Parts& parts = dataset::OnlyPart());

}  // namespace clientele::training
