#include "common/dataset/dataset.h"

#include "common/dataset/digest.h"
#include "common/dataset/parts.h"

namespace clientele::dataset {

int64_t Dataset::rows() const {
  int64_t sum = 0;
  for (const Shard& shard : shards) sum += shard.rows;
  return sum;
}

int Dataset::FindColumn(absl::string_view feature) const {
  for (int column = 0; column < header.columns_size(); ++column) {
    if (header.columns(column).feature().name() == feature) return column;
  }
  return -1;
}

std::string Dataset::Digest() const {
  // Alone it has nobody to wait for.
  return DigestOf(*this, /*threads=*/1, OnlyPart()).value_or("");
}

}  // namespace clientele::dataset
