#include "common/model/value_regression/intervals.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/checks.h"

namespace clientele::model {

using Band = v1::PredictionIntervals::Band;

absl::Status CheckIntervals(const v1::PredictionIntervals& intervals) {
  if (intervals.bands().empty() && intervals.coverage() == 0) return absl::OkStatus();
  if (intervals.bands().empty()) return InvalidArtifact("intervals have a coverage and no bands");
  if (!(intervals.coverage() > 0 && intervals.coverage() < 1)) {
    return InvalidArtifact(absl::StrCat("the coverage of intervals is ", intervals.coverage()));
  }
  const Band* before = nullptr;
  for (const Band& band : intervals.bands()) {
    CLIENTELE_RETURN_IF_ERROR(CheckNumber("a band's lower end", band.lower()));
    CLIENTELE_RETURN_IF_ERROR(CheckNumber("a band's upper end", band.upper()));
    if (band.lower() > band.upper()) return InvalidArtifact("a band's interval ends below its beginning");
    if (&band == &*intervals.bands().rbegin()) break;  // No upper end.
    CLIENTELE_RETURN_IF_ERROR(CheckNumber("a band's end", band.predictions_below()));
    if (before != nullptr && band.predictions_below() <= before->predictions_below()) {
      return InvalidArtifact("the bands of intervals do not rise");
    }
    before = &band;
  }
  return absl::OkStatus();
}

ValueInterval IntervalAt(const v1::PredictionIntervals& intervals, double prediction, bool allow_negative) {
  const auto& bands = intervals.bands();
  const auto band = std::partition_point(bands.begin(), bands.end() - 1, [prediction](const Band& candidate) {
    return candidate.predictions_below() <= prediction;
  });
  ValueInterval interval{prediction + band->lower(), prediction + band->upper()};
  if (!allow_negative) {
    interval.lower = std::max(interval.lower, 0.0);
    interval.upper = std::max(interval.upper, 0.0);
  }
  return interval;
}

}  // namespace clientele::model
