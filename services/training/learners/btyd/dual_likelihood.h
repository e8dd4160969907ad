// A likelihood from its formula alone, its derivatives by Dual numbers (common/model/btyd/dual.h): for models with few
// distinct rows. A row costs some ten times the formula with plain numbers.
#pragma once

#include <array>
#include <cmath>

#include "common/model/btyd/dual.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

// formula(parameters, row) of parameters std::array<T, p>: T a double or a Dual. The rest as Likelihood::Evaluate.
template <int p, typename Formula>
void EvaluateByDuals(const Formula& formula, int64_t begin, int64_t end, const double* log_parameters, bool own,
                     double* values, double* slopes, double* curvatures) {
  using Slopes = clientele::btyd::Dual<p>;
  using Curvatures = clientele::btyd::Dual<p, Slopes>;
  for (int64_t row = begin; row < end; ++row) {
    std::array<double, p> plain;
    for (int j = 0; j < p; ++j) plain[j] = std::exp(log_parameters[(own ? p * (row - begin) : 0) + j]);
    if (slopes == nullptr) {
      *values++ = formula(plain, row);
      continue;
    }
    std::array<Curvatures, p> parameters;
    for (int j = 0; j < p; ++j) parameters[j] = Curvatures::Parameter(Slopes::Parameter(plain[j], j), j);
    const Curvatures result = formula(parameters, row);
    *values++ = result.value.value;
    for (int i = 0; i < p; ++i) *slopes++ = result.slopes[i].value;
    for (int i = 0; curvatures != nullptr && i < p; ++i) {
      for (int j = i; j < p; ++j) *curvatures++ = result.slopes[i].slopes[j];
    }
  }
}

}  // namespace clientele::training::btyd
