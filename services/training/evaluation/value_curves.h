// Where predicted values stand: customers by falling prediction, against what came.
#pragma once

#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"

namespace clientele::training {

// At most so many points make a curve: more than a picture shows.
inline constexpr int kCurvePoints = 200;

// Ten equal parts, the highest predictions first, equal ones in row order; the mean of what came with its 95 % interval
// by the standard error. Sets top_decile_share too, which is of one row at the least. n >= 1 rows. Cost: O(n log n).
void AddValueDeciles(absl::Span<const double> predictions, absl::Span<const double> actuals,
                     model::v1::ValueEvaluation& evaluation);

// From (0, 0) to (1, 1): the share of all value that is held by the share of customers with the highest predictions.
// Customers with equal predictions share what came of them. No point where there is no value. Cost: O(n log n).
void AddGainsCurve(absl::Span<const double> predictions, absl::Span<const double> actuals,
                   model::v1::ValueEvaluation& evaluation);

}  // namespace clientele::training
