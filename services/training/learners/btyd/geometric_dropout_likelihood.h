// The likelihood of BG/NBD and MBG/NBD (common/model/btyd/geometric_dropout.h) of histories (x, t_x, T). With s = x
// chances to stop, or x + 1 where the first purchase has one,
//   log L = log [Gamma(r + x) / Gamma(r)] + log [B(a, b + s) / B(a, b)] + r log alpha - (r + x) log(alpha + T)
//           + [s > 0] log(1 + a / (b + s - 1) ((alpha + T) / (alpha + t_x))^(r + x)).
#pragma once

#include "services/training/learners/btyd/fit.h"
#include "services/training/learners/btyd/likelihood.h"

namespace clientele::training::btyd {

// Cost: what x, r, a and b say alone, once for each run of rows that have them in common: gamma functions of r, of a
// and b steps of a product up to 32 chances to stop; a row takes 4 logarithms and exponentials, in vectors.
class GeometricDropoutLikelihood : public Likelihood {
 public:
  absl::Span<const absl::string_view> parameter_names() const override;
  void Evaluate(const LikelihoodRows& rows, int64_t begin, int64_t end, const double* log_parameters, bool own,
                double* values, double* slopes, double* curvatures) const override;

 protected:
  explicit GeometricDropoutLikelihood(int first_chances) : first_chances_(first_chances) {}

 private:
  int first_chances_;
};

// Starts and limits of either model. `weights` as in FitBtyd.
ModelTraits GeometricDropoutTraits(const LikelihoodRows& rows, absl::Span<const double> weights);

}  // namespace clientele::training::btyd
