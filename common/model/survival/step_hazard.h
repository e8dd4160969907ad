// A cumulative hazard that rises in steps, at the times of events: the baseline of a Cox model.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "clientele/model/v1/survival.pb.h"

namespace clientele::model {

// Thread-safe: immutable.
class StepHazard {
 public:
  // A valid baseline: see Check.
  explicit StepHazard(const v1::SurvivalModel::Baseline& baseline)
      : times_(baseline.times().begin(), baseline.times().end()),
        hazards_(baseline.cumulative_hazards().begin(), baseline.cumulative_hazards().end()),
        variances_(baseline.variances().begin(), baseline.variances().end()) {}

  // INVALID_ARGUMENT with ARTIFACT_INVALID: lists of different lengths, times or hazards that fall, numbers out of
  // range.
  static absl::Status Check(const v1::SurvivalModel::Baseline& baseline);

  // Cost: O(log times). 0 before the first time, constant after the last one.
  double At(double time) const;
  // Of what the hazard rises by from one time to a later one. Steps are all but independent (Tsiatis 1981).
  double VarianceOfRise(double from, double to) const;
  // The first time after `from` by which the hazard has risen by `rise` or more; infinite: never seen.
  double TimeOfRise(double from, double rise) const;

 private:
  static double Value(const std::vector<double>& values, size_t index) { return index == 0 ? 0 : values[index - 1]; }
  size_t CountTo(double time) const;  // Times that are not after it.

  std::vector<double> times_;
  std::vector<double> hazards_;
  std::vector<double> variances_;
};

}  // namespace clientele::model
