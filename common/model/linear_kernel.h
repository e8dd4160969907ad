// Linear predictors of many rows at once, and the links behind them. The bits are those of one row: a row's sum is
// taken in the order of DotProduct (sums.h), whose four partial sums are the lanes of a vector; multiplications and
// additions are apart, not fused. The same on every instruction set.
#pragma once

#include "absl/types/span.h"

namespace clientele::model {

// fits[r] = intercept + DotProduct(coefficients, row r), for rows [n x d], n = fits.size(), d = coefficients.size().
void LinearFits(absl::Span<const double> coefficients, double intercept, const double* rows, absl::Span<double> fits);

// Exp and Sigmoid of portable_math.h, in place.
void ExpEach(absl::Span<double> values);
void SigmoidEach(absl::Span<double> values);

}  // namespace clientele::model
