// How many values of a column lie in each bin of its histogram.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace clientele::model {

// Bin b of the rising `edges` holds [edges[b], edges[b + 1]); what lies before the first edge is in the first bin, what
// lies after the last in the last one. At least two edges; no value is NaN. Cost: O(values x bins), as many values at
// once as a vector has.
std::vector<int64_t> CountInBins(absl::Span<const float> values, absl::Span<const float> edges);

}  // namespace clientele::model
