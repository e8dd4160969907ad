// What the maximum-likelihood engine asks of a model of the "buy till you die" kind: the log-likelihood of many rows with
// its first and second derivatives in the logarithms of the parameters.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace clientele::training::btyd {

// n distinct rows, one array a number; what the three mean is the model's: x, t_x, T of a purchase model; x and the mean
// spend of a spend model (the third empty).
struct LikelihoodRows {
  absl::Span<const double> first, second, third;
};

// p parameters, all positive. Thread-safe: immutable.
class Likelihood {
 public:
  virtual ~Likelihood() = default;

  virtual absl::Span<const absl::string_view> parameter_names() const = 0;  // p.

  // For rows [begin, end), k of them: log-likelihood values [k], slopes [k x p] and curvatures [k x p(p+1)/2] (the upper
  // triangle, row by row) with regard to the log parameters. `slopes` and `curvatures` may be null: not wanted.
  // `log_parameters` is [p], the same for all, or [k x p] where `own`, each row's.
  virtual void Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end, const double* log_parameters, bool own,
                        double* values, double* slopes, double* curvatures) const = 0;
};

}  // namespace clientele::training::btyd
