#include "common/statistics/ranks.h"

#include <algorithm>
#include <numeric>

namespace clientele::statistics {

std::vector<int64_t> OrderByScore(absl::Span<const double> scores) {
  std::vector<int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  return order;
}

std::vector<double> MeanRanks(absl::Span<const double> scores) {
  std::vector<int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return scores[a] < scores[b]; });
  std::vector<double> ranks(scores.size());
  for (size_t first = 0, last; first < order.size(); first = last) {
    for (last = first; last < order.size() && scores[order[last]] == scores[order[first]];) ++last;
    const double rank = (static_cast<double>(first + 1) + static_cast<double>(last)) / 2;
    for (size_t i = first; i < last; ++i) ranks[order[i]] = rank;
  }
  return ranks;
}

}  // namespace clientele::statistics
