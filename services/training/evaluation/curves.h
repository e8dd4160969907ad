// What a classifier's threshold trades: the ROC and the precision-recall curve.
#pragma once

#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"

namespace clientele::training {

inline constexpr int kMostCurvePoints = 200;

// Sets the evaluation's roc_curve, precision_recall_curve and average_precision from `labels` (0 or 1) and scores of n
// rows. Rows of equal score are called together. Curves of more than kMostCurvePoints points are thinned to points of
// about equal distance along them, the ends kept; the average precision is that of all. Without a row of each class
// there is no ROC curve, without a positive one no precision-recall curve. Pure. Cost: O(n log n).
void AddCurves(absl::Span<const double> scores, absl::Span<const double> labels,
               model::v1::ClassifierEvaluation& evaluation);

}  // namespace clientele::training
