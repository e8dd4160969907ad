#include "common/model/survival/weibull.h"

#include <algorithm>

#include "common/model/btyd/special_functions.h"
#include "common/model/portable_math.h"

namespace clientele::model {
namespace {

double CutExp(double x) { return Exp(std::clamp(x, -kLargestLogTime, kLargestLogTime)); }

}  // namespace

Weibull::Weibull(double log_scale, double shape)
    : log_scale_(std::clamp(log_scale, -kLargestLogTime, kLargestLogTime)), shape_(shape) {}

double Weibull::LogHazard(double time) const { return shape_ * (Log(time) - log_scale_); }

double Weibull::Hazard(double time) const { return time > 0 ? CutExp(LogHazard(time)) : 0; }

double Weibull::TimeOfRise(double from, double rise) const {
  return CutExp(log_scale_ + Log(Hazard(from) + rise) / shape_);
}

double Weibull::MeanRemaining(double from) const {
  const double start = Hazard(from), power = 1 / shape_;
  if (start == 0) return CutExp(log_scale_ + btyd::LogGamma(1 + power));
  if (shape_ == 1) return CutExp(log_scale_);
  // scale x integral over v > 0 of ((start + v)^power - start^power) exp(-v), v being what the hazard has risen by. In
  // y = log v the integrand is analytic and falls off doubly exponentially, so that the trapezoidal rule of this step
  // is exact to rounding.
  constexpr double kFrom = -38, kTo = 6.75, kStep = 0.25;
  const double log_start = Log(start);
  double sum = 0;
  for (double y = kFrom; y <= kTo; y += kStep) {
    const double v = Exp(y);
    const double growth = btyd::Expm1(std::min(power * Log1p(v / start), 2 * kLargestLogTime));
    sum += growth * Exp(y - v);
  }
  return CutExp(log_scale_ + power * log_start + Log(kStep * sum));
}

}  // namespace clientele::model
