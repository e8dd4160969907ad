// Which rows of a dataset are meant: those that train, those that judge.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/base/ids.h"
#include "common/dataset/dataset.h"

namespace clientele::dataset {

// One byte a row, so that threads may fill different rows at once. Thread-compatible.
struct RowSelection {
  std::array<std::vector<uint8_t>, kShardCount> shards;  // n of them a shard; 1 where selected, else 0.

  static RowSelection All(const Dataset& dataset);
  static RowSelection None(const Dataset& dataset);
  // Those that `*this` does not hold.
  RowSelection Complement() const;

  bool Has(int shard, int64_t row) const { return shards[shard][row] != 0; }
  int64_t count(int shard) const;
  int64_t count() const;
};

}  // namespace clientele::dataset
