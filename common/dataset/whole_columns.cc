#include "common/dataset/whole_columns.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/dataset/columns.h"
#include "common/dataset/part_sums.h"

namespace clientele::dataset {

absl::StatusOr<std::vector<std::string>> WorkOnWholeColumns(
    const Dataset& dataset, const RowSelection& rows, absl::Span<const int> columns, int threads, Parts& parts,
    absl::FunctionRef<std::string(size_t, const std::vector<float>&)> work) {
  const auto ranks = static_cast<size_t>(parts.size()), rank = static_cast<size_t>(parts.rank());
  const size_t batch = std::max(kBatchColumns, ranks);
  std::vector<std::string> results(columns.size());
  for (size_t first = 0; first < columns.size(); first += batch) {
    const size_t count = std::min(batch, columns.size() - first);
    auto values = std::move(ReadColumns(dataset, rows, columns.subspan(first, count), threads).values);
    for (size_t c = 0; c < count && ranks > 1; ++c) {
      const std::string mine = BytesOf(std::exchange(values[c], {}));
      CLIENTELE_ASSIGN_OR_RETURN(const auto all, parts.Gather(static_cast<int>(c % ranks), mine));
      if (c % ranks == rank) values[c] = ValuesOf<float>(all);
    }
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (size_t c = rank; c < count; c += ranks) results[first + c] = work(first + c, values[c]);
    for (size_t c = 0; c < count && ranks > 1; ++c) {
      CLIENTELE_ASSIGN_OR_RETURN(std::vector<std::string> all, parts.AllGather(results[first + c]));
      results[first + c] = std::move(all[c % ranks]);
    }
  }
  return results;
}

}  // namespace clientele::dataset
