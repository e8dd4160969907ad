// Sums and lists over the rows of all parts of a dataset, to the same bits for any number of parts and threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"

namespace clientele::dataset {

// `counts` of this part become those of all: below 2^53.
absl::Status AddCounts(absl::Span<int64_t> counts, Parts& parts);
absl::StatusOr<int64_t> SumCount(int64_t count, Parts& parts);

// The sum of `width` doubles: `compute` fills the zeroed `result` from the rows of a shard of this part, in row order;
// the shards are added in shard order. It is called from up to `threads` threads, for different shards.
absl::StatusOr<std::vector<double>> SumOverShards(
    const Dataset& dataset, int64_t width, int threads, Parts& parts,
    absl::FunctionRef<void(int shard, absl::Span<double> result)> compute);

template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <typename T>
std::vector<T> ValuesOf(const std::vector<std::string>& parts) {
  static_assert(std::is_trivially_copyable_v<T>);
  size_t bytes = 0;
  for (const std::string& part : parts) bytes += part.size();
  std::vector<T> values(bytes / sizeof(T));
  char* to = reinterpret_cast<char*>(values.data());
  for (const std::string& part : parts) to = std::copy(part.begin(), part.end(), to);
  return values;
}

// What the parts have of their rows, in row order, with every part.
template <typename T>
absl::StatusOr<std::vector<T>> AllGatherRows(std::vector<T> mine, Parts& parts) {
  if (parts.size() == 1) return mine;
  const std::string bytes = BytesOf(mine);
  mine = {};
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<std::string> all, parts.AllGather(bytes));
  return ValuesOf<T>(all);
}

}  // namespace clientele::dataset
