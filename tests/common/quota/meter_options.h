// Short-hands for tests that meter.
#pragma once

#include <string>
#include <utility>

#include "common/quota/meter.h"

namespace clientele::quota {

// Limits from a file; what is used is forgotten with the meter.
inline MeterOptions LimitsIn(std::string file) {
  MeterOptions options;
  options.file = std::move(file);
  return options;
}

}  // namespace clientele::quota
