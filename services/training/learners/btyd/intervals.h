// 95 % intervals of fitted parameters by their profile likelihoods (profile.h). Where the data tell a parameter well
// they are those of the standard error, in the logarithm, and need no search: the two differ by the skewness of the
// likelihood, which falls with the standard error.
#pragma once

#include "absl/status/status.h"
#include "common/base/stop_token.h"
#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/objective.h"
#include "services/training/learners/btyd/trust_region.h"

namespace clientele::training::btyd {

// By how much a profile of the log-likelihood falls at the ends of an interval of 95 %: half of 3.841, the quantile of
// chi-squared with one degree of freedom.
inline constexpr double kFallOf95 = 1.920729410347062;

// Whether the standard error says too little: it is more than 10 % of the value, or the maximum is not an interior one.
bool NeedsProfile(const FittedParameter& parameter, Optimum optimum);

// Sets the intervals of the parameters that need it, and finds words for ends that are not there: 0 below, infinity
// above. Errors: those of `stop`. Cost: profile.h, two bounds a parameter.
absl::Status AddProfileIntervals(FitObjective& objective, const Maximum& best,
                                 absl::Span<const absl::string_view> names, int max_iterations, const StopToken& stop,
                                 BtydFit& fit);

}  // namespace clientele::training::btyd
