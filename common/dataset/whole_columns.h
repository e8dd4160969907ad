// Work that needs a column of numbers as a whole, such as ranks of its values: the columns are dealt out to the parts,
// each works on its own, and all get what comes of it. For a sample of rows (spread_rows.h) where they are many.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"

namespace clientele::dataset {

// Calls `work(i, values)` for each of `columns`, indices among the number columns, with its values of the selected
// rows of all parts, in row order; on one part each, from up to `threads` threads. What each call gave, on every part.
//
// Cost: a pass over the own rows every 16 columns (or as many as there are parts, where those are more); over the
// network, each value once. Memory: so many columns shared out over the parts, 4 bytes a row of all parts each.
absl::StatusOr<std::vector<std::string>> WorkOnWholeColumns(
    const Dataset& dataset, const RowSelection& rows, absl::Span<const int> columns, int threads, Parts& parts,
    absl::FunctionRef<std::string(size_t i, const std::vector<float>& values)> work);

}  // namespace clientele::dataset
