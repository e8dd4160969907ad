// What is said of customers' values without a model: the rules that a model has to beat.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"

namespace clientele::training {

struct ValueRule {
  std::string name;
  std::vector<double> predictions;  // One a judging row of all parts, in row order.
};

// "training mean": the same for everybody. And "past spend rate": all spend so far over the days since the first
// purchase (at least one), for `horizon_days`; where the dataset has both columns, by their definitions, and there is a
// horizon. A customer without purchases has 0 there, and so has one whose returns exceed what was bought. O(n).
absl::StatusOr<std::vector<ValueRule>> SimpleValueRules(const dataset::Dataset& dataset,
                                                        const dataset::RowSelection& judging, double train_mean,
                                                        int horizon_days, dataset::Parts& parts);

// The rule's measures on the same rows as the model. Cost: O(n log n).
model::v1::ValueEvaluation::Baseline JudgeRule(const ValueRule& rule, absl::Span<const double> actuals);

}  // namespace clientele::training
