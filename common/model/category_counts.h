// How often each category of a column occurs among selected rows.
#pragma once

#include <cstdint>
#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"
#include "common/dataset/selection.h"

namespace clientele::model {

struct CategoryCounts {
  std::map<absl::string_view, int64_t> by_text;  // In byte order; none with 0. The texts live in the dataset.
  int64_t missing = 0;
  int64_t rows = 0;  // All of them, missing ones too.
};

// Over all parts, which number categories alike. `index` is among the category columns.
absl::StatusOr<CategoryCounts> CountCategories(const dataset::Dataset& dataset, const dataset::RowSelection& selection,
                                               int index, dataset::Parts& parts);

}  // namespace clientele::model
