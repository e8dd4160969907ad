#include "common/dataset/part_sums.h"

#include <algorithm>

namespace clientele::dataset {

absl::Status AddCounts(absl::Span<int64_t> counts, Parts& parts) {
  if (parts.size() == 1 || counts.empty()) return absl::OkStatus();
  std::vector<double> sums(counts.size(), 0.0);
  CLIENTELE_RETURN_IF_ERROR(parts.FoldInRankOrder(absl::MakeSpan(sums), [&](absl::Span<double> totals) {
    for (size_t i = 0; i < counts.size(); ++i) totals[i] += static_cast<double>(counts[i]);
  }));
  std::copy(sums.begin(), sums.end(), counts.begin());
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SumCount(int64_t count, Parts& parts) {
  CLIENTELE_RETURN_IF_ERROR(AddCounts(absl::MakeSpan(&count, 1), parts));
  return count;
}

absl::StatusOr<std::vector<double>> SumOverShards(const Dataset& dataset, int64_t width, int threads, Parts& parts,
                                                  absl::FunctionRef<void(int, absl::Span<double>)> compute) {
  const int first = FirstShard(parts.rank(), parts.size()), last = FirstShard(parts.rank() + 1, parts.size());
  std::vector<double> results(static_cast<size_t>(last - first) * width, 0.0);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int s = first; s < last; ++s) {
    if (dataset.shards[s].rows > 0) compute(s, absl::MakeSpan(results.data() + (s - first) * width, width));
  }
  std::vector<double> sums(width, 0.0);
  CLIENTELE_RETURN_IF_ERROR(parts.FoldInRankOrder(absl::MakeSpan(sums), [&](absl::Span<double> totals) {
    for (size_t at = 0; at < results.size(); at += width) {
      for (int64_t i = 0; i < width; ++i) totals[i] += results[at + i];
    }
  }));
  return sums;
}

}  // namespace clientele::dataset
