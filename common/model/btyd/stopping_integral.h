// The integral that Pareto/NBD is made of: what the chance of having stopped in a quiet stretch of time amounts to,
//   I = integral over v in [0, length] of (1 + v / rate)^-shape (1 + v / scale)^-(s + 1) dv / scale.
// Of a customer with rate = alpha + t_x, scale = beta + t_x, shape = r + x, length = T - t_x,
//   I rate^-shape scale^-s = A_0 / (r + s + x),
// A_0 being the difference of two Gauss hypergeometric functions in Fader and Hardie's note (2005). That difference has
// no digits left where the two are alike; the integral's terms are positive, and none are lost.
//
// Method: v = c (e^w - 1), c the smaller of rate and scale. In w the nearest singularity is a distance of pi from the
// real line, whatever the parameters, and the integrand falls, at first nearly exponentially. Gauss and Legendre's 10
// points on panels of length at most 2 in w over each of which it falls by e^6 or less leave an error of a few 1e-15.
#pragma once

namespace clientele::btyd {

inline constexpr double kLongestPanel = 2, kDeepestPanel = 6;  // In w; in powers of e.
inline constexpr double kNegligibleDepth = 40;  // What is left beyond so many powers of e does not count.

struct StoppingIntegral {
  double value = 0;
  double by_shape = 0, by_rate = 0, by_s = 0, by_scale = 0;  // Slopes.
};

// How far the integrand must be followed, and in how many panels. Beyond `end` less than e^-40 of the integral is left.
struct StoppingPanels {
  double end = 0;
  double width = 0;  // Of a panel, in w.
  int count = 0;
};

StoppingPanels PlanStoppingPanels(double shape, double rate, double s, double scale, double length);

// shape, rate, scale > 0; s, length >= 0. Cost: 10 points for most customers, 70 where the purchases are many and the
// quiet is long; a point takes three logarithms and exponentials.
StoppingIntegral IntegrateStopping(double shape, double rate, double s, double scale, double length);

}  // namespace clientele::btyd
