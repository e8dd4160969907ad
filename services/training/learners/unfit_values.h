// Finds the numbers that nothing can be learnt from.
#pragma once

#include <cstdint>

#include "absl/status/status.h"

namespace clientele::training {

// Values and labels beyond this are a mistake upstream rather than data: their squares would leave nothing of the
// others.
inline constexpr double kLargestValue = 1e18;

// How many of `values` [count] are not finite or beyond kLargestValue.
int64_t CountUnfit(const float* values, int64_t count);

// OK for none; else INVALID_ARGUMENT, which says how many, over all ranks, and what to do.
absl::Status UnfitValues(double count);

}  // namespace clientele::training
