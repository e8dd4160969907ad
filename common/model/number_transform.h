// What happens to a number between imputation and scaling; the fit and the encoder share it.
#pragma once

#include <algorithm>
#include <cmath>

#include "common/model/portable_math.h"

namespace clientele::model {

inline double CutAndLog(double value, double lower, double upper, bool log1p) {
  value = std::clamp(value, lower, upper);
  return log1p ? std::copysign(Log1p(std::abs(value)), value) : value;
}

}  // namespace clientele::model
