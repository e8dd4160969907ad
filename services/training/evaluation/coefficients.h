// What the coefficients of a linear model say, one by one: estimate, normal-theory test and interval (95 %), effect.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/model/v1/evaluation.pb.h"

namespace clientele::training {

// One linear predictor with m coefficients; usually its intercept is the last, under kInterceptName.
struct LinearEstimates {
  absl::Span<const std::string> names;       // [m]
  absl::Span<const double> estimates;        // [m]
  absl::Span<const double> standard_errors;  // [m]; 0 where there is none: no test then, and no width of the interval.
  bool log_scale = false;                    // The predictor is a logarithm: effect = exp(estimate).
  absl::string_view part = "";               // Where a model has several predictors: "occurrence", a class.
};

inline constexpr absl::string_view kInterceptName = "(intercept)";

// Adds m coefficients to the evaluation, in their order. Pure. Cost: O(m).
void AddCoefficients(const LinearEstimates& estimates, model::v1::Evaluation& evaluation);

}  // namespace clientele::training
