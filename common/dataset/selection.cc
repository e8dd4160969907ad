#include "common/dataset/selection.h"

#include <algorithm>

namespace clientele::dataset {
namespace {

RowSelection Every(const Dataset& dataset, uint8_t value) {
  RowSelection selection;
  for (int s = 0; s < kShardCount; ++s) selection.shards[s].assign(dataset.shards[s].rows, value);
  return selection;
}

}  // namespace

RowSelection RowSelection::All(const Dataset& dataset) { return Every(dataset, 1); }

RowSelection RowSelection::None(const Dataset& dataset) { return Every(dataset, 0); }

RowSelection RowSelection::Complement() const {
  RowSelection selection = *this;
  for (auto& shard : selection.shards) {
    for (uint8_t& selected : shard) selected = 1 - selected;
  }
  return selection;
}

int64_t RowSelection::count(int shard) const { return std::count(shards[shard].begin(), shards[shard].end(), 1); }

int64_t RowSelection::count() const {
  int64_t sum = 0;
  for (int s = 0; s < kShardCount; ++s) sum += count(s);
  return sum;
}

}  // namespace clientele::dataset
