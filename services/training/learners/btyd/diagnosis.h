// What a maximum of the likelihood tells of the parameters, and what it does not: variances, intervals, limits, words.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/objective.h"
#include "services/training/learners/btyd/trust_region.h"

namespace clientele::training::btyd {

// A limit of the model beside the maximum.
struct LimitGap {
  const ModelLimit* limit = nullptr;
  double gap = 0;           // The maximum's log-likelihood less the limit's, not below 0.
  bool is_maximum = false;  // The limit is the maximum, but for what no data could tell.
  std::vector<double> far;  // [D]: then, where on the way back from it the data speak against it at 95 %; or empty.
};

// The log-likelihood a limit may fall short by and yet not be told from the maximum: 95 % of a likelihood ratio with
// one parameter at its bound (Self and Liang 1987), 2.706 / 2.
inline constexpr double kToldApart = 1.353;

// Of one unknown, all others at their best; not above 0 where the maximum is none in it.
double ProfileVariance(const ObjectiveValue& at, int unknown);

// All fields of `fit` but the counts. The covariance is minus the Hessian's inverse over the eigenvectors along which
// the standard error, of a log parameter's size, is not above 5 (a factor of e^10 within 95 %). Coefficients are scaled
// to the parameters' curvature for this.
//
// At a limit the parameter that runs away is known, and v v' is added: with u = exp(-t), t the way along the limit, all
// that is predicted is nearly linear in u near 0, so that a step of v in the slopes at the maximum, 1.96 times, is that
// to the parameters `far`.
void Diagnose(const Maximum& maximum, absl::Span<const absl::string_view> names, const std::optional<LimitGap>& nearest,
              BtydFit& fit);

}  // namespace clientele::training::btyd
