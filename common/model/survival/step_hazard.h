// A cumulative hazard that rises in steps, at the times of events: the baseline of a Cox model.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "clientele/model/v1/survival.pb.h"

namespace clientele::model {

// Thread-safe: immutable.
class StepHazard {
 public:
  // A valid baseline: see Check.
  explicit StepHazard(const v1::SurvivalModel::Baseline& baseline)
      : times_(baseline.times().begin(), baseline.times().end()),
        hazards_(baseline.cumulative_hazards().begin(), baseline.cumulative_hazards().end()),
        variances_(baseline.variances().begin(), baseline.variances().end()),
        mean_shifts_(baseline.mean_shifts().begin(), baseline.mean_shifts().end()) {}

  // INVALID_ARGUMENT with ARTIFACT_INVALID: lists that do not fit together and to `columns`, times or hazards that
  // fall, numbers out of range.
  static absl::Status Check(const v1::SurvivalModel::Baseline& baseline, int columns);

  // Cost: O(log times). 0 before the first time, constant after the last one.
  double At(double time) const;
  // Of what the hazard rises by from one time to a later one, were the coefficients known: steps are then independent.
  double VarianceOfRise(double from, double to) const;
  // Takes off `shift`, one number a column, what the mean columns of those at risk add up to over that rise.
  void SubtractMeanShift(double from, double to, absl::Span<double> shift) const;
  // The first time after `from` by which the hazard has risen by `rise` or more; infinite: never seen.
  double TimeOfRise(double from, double rise) const;

 private:
  static double Value(const std::vector<double>& values, size_t index) { return index == 0 ? 0 : values[index - 1]; }
  size_t CountTo(double time) const;  // Times that are not after it.

  std::vector<double> times_;
  std::vector<double> hazards_;
  std::vector<double> variances_;
  std::vector<float> mean_shifts_;  // [times x columns]; empty: 0.
};

}  // namespace clientele::model
