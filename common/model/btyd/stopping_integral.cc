#include "common/model/btyd/stopping_integral.h"

#include <algorithm>
#include <cmath>

#include "common/model/btyd/gauss_legendre.h"
#include "common/model/btyd/special_functions.h"

namespace clientele::btyd {
namespace {

// Where (1 + v / scale)^-power reaches e^-40.
double Reach(double power, double scale) { return power > 0 ? scale * Expm1(kNegligibleDepth / power) : HUGE_VAL; }

}  // namespace

// The part of the integral beyond v is at most (1 + v / rate)^(1 - shape) of the whole, and at most (1 + v / scale)^-s.
StoppingPanels PlanStoppingPanels(double shape, double rate, double s, double scale, double length) {
  StoppingPanels panels;
  panels.end = std::min({length, Reach(shape - 1, rate), Reach(s, scale)});
  const double span = Log1p(panels.end / std::min(rate, scale));
  const double depth = shape * Log1p(panels.end / rate) + s * Log1p(panels.end / scale);
  panels.count = std::max(1, static_cast<int>(std::ceil(std::max(span / kLongestPanel, depth / kDeepestPanel))));
  panels.width = span / panels.count;
  return panels;
}

// With c the rate, log(1 + v / rate) is w itself, and likewise with the scale.
StoppingIntegral IntegrateStopping(double shape, double rate, double s, double scale, double length) {
  const StoppingPanels panels = PlanStoppingPanels(shape, rate, s, scale, length);
  const bool by_rate = rate <= scale;
  const double ratio = by_rate ? rate / scale : scale / rate;
  StoppingIntegral integral;
  for (int panel = 0; panel < panels.count; ++panel) {
    for (size_t i = 0; i < kGaussPoints.size(); ++i) {
      const double w = (panel + kGaussPoints[i]) * panels.width;
      const double rise = Expm1(w), other_rise = rise * ratio;
      const double log_other = Log1p(other_rise);
      const double log_rate = by_rate ? w : log_other, log_scale = by_rate ? log_other : w;
      const double term = kGaussWeights[i] * (1 + rise) * Exp(-(shape * log_rate + (s + 1) * log_scale));
      const double own_share = rise / (1 + rise), other_share = other_rise / (1 + other_rise);
      integral.value += term;
      integral.by_shape -= term * log_rate;
      integral.by_rate += term * (by_rate ? own_share : other_share);
      integral.by_s -= term * log_scale;
      integral.by_scale += term * ((s + 1) * (by_rate ? other_share : own_share) - 1);
    }
  }
  const double unit = panels.width * (by_rate ? ratio : 1);
  integral.value *= unit;
  integral.by_shape *= unit;
  integral.by_rate *= unit * shape / rate;
  integral.by_s *= unit;
  integral.by_scale *= unit / scale;
  return integral;
}

}  // namespace clientele::btyd
