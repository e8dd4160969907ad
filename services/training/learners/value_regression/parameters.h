// What a value regression is asked for: checked, and with its defaults.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/model/v1/value_regression.pb.h"
#include "services/training/learners/linear/fit.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range, or that does not go with the family, as
// `field`.l2_penalty.
absl::Status ValidateValueRegression(const model::v1::ValueRegressionParameters& parameters, absl::string_view field);

// `slope_scale`: how large slopes of the loss are, so that tolerance means the same in any currency.
LinearFitOptions FitOptionsOf(const model::v1::ValueRegressionParameters& parameters, double slope_scale);

// Of the intervals.
double CoverageOf(const model::v1::ValueRegressionParameters& parameters);

}  // namespace clientele::training
