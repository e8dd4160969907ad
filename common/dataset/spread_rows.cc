#include "common/dataset/spread_rows.h"

#include <algorithm>
#include <vector>

#include "common/base/status_macros.h"
#include "common/dataset/part_sums.h"

namespace clientele::dataset {

absl::StatusOr<RowSelection> SpreadRows(RowSelection rows, int64_t most, Parts& parts) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<int64_t> counts, AllGatherRows(std::vector{rows.count()}, parts));
  int64_t all = 0, at = 0;  // Selected rows; those before the next.
  for (int part = 0; part < parts.size(); ++part) {
    all += counts[part];
    if (part < parts.rank()) at += counts[part];
  }
  const int64_t sampled = std::min(all, most);
  if (sampled == all) return rows;
  // As if by steps of all / sampled.
  const auto place = [&](int64_t row) { return static_cast<int64_t>(static_cast<__int128>(row) * sampled / all); };
  int64_t before = place(at);
  for (auto& shard : rows.shards) {
    for (uint8_t& selected : shard) {
      if (selected == 0) continue;
      const int64_t after = place(++at);
      selected = after != before ? 1 : 0;
      before = after;
    }
  }
  return rows;
}

}  // namespace clientele::dataset
