#include "common/model/survival/step_hazard.h"

#include <algorithm>
#include <limits>

#include "common/base/status_macros.h"
#include "common/model/checks.h"

namespace clientele::model {

absl::Status StepHazard::Check(const v1::SurvivalModel::Baseline& baseline, int columns) {
  const int size = baseline.times_size();
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("a baseline's times", baseline.times(), size));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("a baseline's cumulative_hazards", baseline.cumulative_hazards(), size));
  CLIENTELE_RETURN_IF_ERROR(CheckNumbers("a baseline's variances", baseline.variances(), size));
  if (!baseline.mean_shifts().empty()) {
    CLIENTELE_RETURN_IF_ERROR(
        CheckNumbers("a baseline's mean_shifts", baseline.mean_shifts(), static_cast<int64_t>(size) * columns));
  }
  for (int i = 0; i < size; ++i) {
    const bool rises = i == 0 ? baseline.times(i) > 0 && baseline.cumulative_hazards(i) >= 0
                              : baseline.times(i) > baseline.times(i - 1) &&
                                    baseline.cumulative_hazards(i) >= baseline.cumulative_hazards(i - 1);
    if (!rises || baseline.variances(i) < 0) return InvalidArtifact("a baseline falls, or has a variance below 0");
  }
  return absl::OkStatus();
}

size_t StepHazard::CountTo(double time) const {
  return std::upper_bound(times_.begin(), times_.end(), time) - times_.begin();
}

double StepHazard::At(double time) const { return Value(hazards_, CountTo(time)); }

double StepHazard::VarianceOfRise(double from, double to) const {
  return std::max(Value(variances_, CountTo(to)) - Value(variances_, CountTo(from)), 0.0);
}

void StepHazard::SubtractMeanShift(double from, double to, absl::Span<double> shift) const {
  if (mean_shifts_.empty()) return;
  const size_t first = CountTo(from), last = CountTo(to), d = shift.size();
  for (size_t j = 0; j < d; ++j) {
    if (last > 0) shift[j] -= mean_shifts_[(last - 1) * d + j];
    if (first > 0) shift[j] += mean_shifts_[(first - 1) * d + j];
  }
}

double StepHazard::TimeOfRise(double from, double rise) const {
  const size_t first = CountTo(from);
  const double level = Value(hazards_, first) + rise;
  const auto found = std::lower_bound(hazards_.begin() + static_cast<std::ptrdiff_t>(first), hazards_.end(), level);
  if (found == hazards_.end()) return std::numeric_limits<double>::infinity();
  return times_[found - hazards_.begin()];
}

}  // namespace clientele::model
