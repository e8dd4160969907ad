#include "common/model/category_counts.h"

#include <vector>

#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"

namespace clientele::model {

absl::StatusOr<CategoryCounts> CountCategories(const dataset::Dataset& dataset, const dataset::RowSelection& selection,
                                               int index, dataset::Parts& parts) {
  const std::vector<std::string>& dictionary = dataset.dictionaries[index];
  std::vector<int64_t> by_code(dictionary.size() + 1);
  for (int s = 0; s < kShardCount; ++s) {
    const dataset::Shard& shard = dataset.shards[s];
    for (int64_t row = 0; row < shard.rows; ++row) {
      if (selection.Has(s, row)) ++by_code[shard.categories[row * dataset.category_columns + index]];
    }
  }
  CLIENTELE_RETURN_IF_ERROR(dataset::AddCounts(absl::MakeSpan(by_code), parts));
  CategoryCounts counts;
  counts.missing = counts.rows = by_code[dataset::kMissingCategory];
  for (size_t i = 0; i < dictionary.size(); ++i) {
    if (by_code[i + 1] == 0) continue;
    counts.by_text[dictionary[i]] += by_code[i + 1];  // A text may have two codes.
    counts.rows += by_code[i + 1];
  }
  return counts;
}

}  // namespace clientele::model
