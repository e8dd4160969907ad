// How far apart two histograms over the same bins are.
#pragma once

#include <cstdint>

#include "absl/types/span.h"

namespace clientele::statistics {

// Both [b]; 0 where one of them is empty. Sum of (p - q) ln(p / q) over the bins' shares; a bin that only one of them
// has counts half a row there.
double PopulationStabilityIndex(absl::Span<const int64_t> before, absl::Span<const int64_t> now);
// Base 2: 0 where the shares are equal, 1 where no bin has both.
double JensenShannonDivergence(absl::Span<const int64_t> before, absl::Span<const int64_t> now);

}  // namespace clientele::statistics
