#include "common/statistics/chi_squared.h"

#include <algorithm>
#include <cmath>

namespace clientele::statistics {

// With h = x / 2 the tail is Q(k / 2, h), and Q(a + 1, h) = Q(a, h) + h^a exp(-h) / Gamma(a + 1): a sum of positive
// terms from Q(1, h) = exp(-h) or Q(1/2, h) = erfc(sqrt(h)) on.
double ChiSquaredTail(double x, int degrees) {
  if (degrees <= 0 || !(x > 0)) return 1;
  const double h = x / 2;
  double a = degrees % 2 == 0 ? 1 : 0.5;
  double tail = degrees % 2 == 0 ? std::exp(-h) : std::erfc(std::sqrt(h));
  for (; 2 * a < degrees; a += 1) tail += std::exp(a * std::log(h) - h - std::lgamma(a + 1));
  return std::min(tail, 1.0);
}

}  // namespace clientele::statistics
