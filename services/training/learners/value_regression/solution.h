// From a fit of the engine to the messages of a model, and what people are told on the way.
#pragma once

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "clientele/model/v1/value_regression.pb.h"
#include "services/training/learners/linear/fit.h"

namespace clientele::training {

// One head's parameters [D] and their standard errors [D]: coefficients, then the intercept. `message` is a
// ValueRegressionModel or a LinearPredictor.
template <typename Message>
void SetLinearPredictor(absl::Span<const double> parameters, absl::Span<const double> errors, Message& message) {
  const size_t d = parameters.size() - 1;
  message.mutable_coefficients()->Assign(parameters.begin(), parameters.begin() + d);
  message.mutable_standard_errors()->Assign(errors.begin(), errors.begin() + d);
  message.set_intercept(parameters[d]);
  message.set_intercept_standard_error(errors[d]);
}

// How it ended. Of a model that is fitted in two parts, the one that went worse counts.
inline void AddConvergence(const LinearFit& fit, model::v1::ValueRegressionModel& model) {
  model.set_iterations(std::max(model.iterations(), fit.iterations));
  model.set_gradient_norm(std::max(model.gradient_norm(), fit.gradient_norm));
}

// Tells each iteration as a part [begin, end] of the whole.
class IterationProgress {
 public:
  IterationProgress(const LearnerProgress& progress, double begin, double end)
      : progress_(progress), begin_(begin), end_(end) {}

  bool operator()(const LinearFit& at) const {
    const double done = 1 - 1 / (1.0 + at.iterations);  // Nobody knows how many there will be.
    Tell(progress_, begin_ + (end_ - begin_) * done,
         absl::StrCat("iteration ", at.iterations, ", objective ", at.objective));
    return true;
  }

 private:
  const LearnerProgress& progress_;
  const double begin_;
  const double end_;
};

// Parameters [heads x (d + 1)] that are 0 but for the intercepts: where a fit starts.
inline std::vector<double> StartAt(int columns, std::initializer_list<double> intercepts) {
  std::vector<double> start;
  for (const double intercept : intercepts) {
    start.resize(start.size() + columns, 0.0);
    start.push_back(intercept);
  }
  return start;
}

}  // namespace clientele::training
