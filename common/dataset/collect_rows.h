// All rows of a dataset that lies in parts, in one place: for what cannot be worked out from sums.
#pragma once

#include "absl/status/statusor.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"

namespace clientele::dataset {

// With the first part; elsewhere a dataset without rows. The parts number categories alike. Cost: the other parts' rows
// over the network once, and all rows in the first one's memory, (4 (p + c) + 8 l + id) bytes each of p numbers, c
// categories and l labels. Errors: those of `parts`; INTERNAL where the parts do not fit together.
absl::StatusOr<Dataset> CollectRows(const Dataset& part, Parts& parts);

}  // namespace clientele::dataset
