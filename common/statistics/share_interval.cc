#include "common/statistics/share_interval.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/normal.h"

namespace clientele::statistics {

ShareInterval IntervalOfShare(double count, double rows) {
  if (rows == 0) return {};
  const double share = count / rows, z2 = kNormalQuantile * kNormalQuantile;
  const double centre = (share + z2 / (2 * rows)) / (1 + z2 / rows);
  const double spread =
      kNormalQuantile / (1 + z2 / rows) * std::sqrt(share * (1 - share) / rows + z2 / (4 * rows * rows));
  return {std::max(0.0, centre - spread), std::min(1.0, centre + spread)};
}

}  // namespace clientele::statistics
