// The normal distribution, as far as intervals need it.
#pragma once

namespace clientele::statistics {

// 97.5 %: so many standard errors on either side make a 95 % interval.
inline constexpr double kNormalQuantile = 1.959963984540054;

}  // namespace clientele::statistics
