// A sample of rows that is the same for any number of parts.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"

namespace clientele::dataset {

// At most `most` of the selected rows of all parts, evenly spread over them in row order: those of this part.
absl::StatusOr<RowSelection> SpreadRows(RowSelection rows, int64_t most, Parts& parts);

}  // namespace clientele::dataset
