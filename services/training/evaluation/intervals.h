// Prediction intervals that hold whatever the model: split conformal (Lei et al. 2018), within bands of the prediction,
// the Mondrian form of Vovk, Gammerman and Shafer (2005), as errors grow with the value.
//
// The rows were not trained on. A new customer's error is then as likely to take any of the n + 1 places among a band's
// n errors, so that it lies between the k-th lowest and the k-th highest of them with probability 1 - 2 k / (n + 1) or
// more: k = floor((n + 1) (1 - coverage) / 2) on either side gives the coverage asked for, for any distribution of the
// errors. Where values are never below 0 and k or more of a band's are 0, its intervals begin at 0, from where nothing
// is left out, and all of what may be missed is above: k = floor((n + 1) (1 - coverage)).
#pragma once

#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"
#include "clientele/model/v1/value_regression.pb.h"

namespace clientele::training {

// Of n predictions and what came, in row order. At most ten bands, of about equally many rows: 50 and what it takes to
// be that sure, at the least. Equal predictions are in one band. No band, nor a coverage, where n is less than that.
// `coverage` is in (0, 1). Without `allow_negative` no actual value is below 0. Pure. Cost: O(n log n).
model::v1::PredictionIntervals ConformalIntervals(absl::Span<const double> predictions,
                                                  absl::Span<const double> actuals, double coverage,
                                                  bool allow_negative);

// Adds which share of the actual values lies in its interval, and how wide these are. Nothing where there is no band.
void AddIntervalMeasures(const model::v1::PredictionIntervals& intervals, bool allow_negative,
                         absl::Span<const double> predictions, absl::Span<const double> actuals,
                         model::v1::ValueEvaluation& evaluation);

}  // namespace clientele::training
