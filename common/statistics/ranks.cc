#include "common/statistics/ranks.h"

#include <hwy/contrib/sort/vqsort.h>

#include "common/base/ordered_bits.h"

namespace clientele::statistics {
namespace {

// A score as an integer (hi) and its row (lo). Sorted by both, so that equal scores are in row order.
using Place = hwy::uint128_t;

std::vector<Place> Sorted(absl::Span<const double> scores, bool falling) {
  std::vector<Place> places(scores.size());
  for (size_t i = 0; i < scores.size(); ++i) {
    const uint64_t rising = ToOrderedBits(scores[i] + 0.0);  // -0 is 0.
    places[i].hi = falling ? ~rising : rising;
    places[i].lo = i;
  }
  hwy::Sorter()(places.data(), places.size(), hwy::SortAscending());
  return places;
}

}  // namespace

std::vector<int64_t> OrderByScore(absl::Span<const double> scores) {
  std::vector<int64_t> order;
  order.reserve(scores.size());
  for (const Place& place : Sorted(scores, /*falling=*/true)) order.push_back(static_cast<int64_t>(place.lo));
  return order;
}

std::vector<double> MeanRanks(absl::Span<const double> scores) {
  const std::vector<Place> places = Sorted(scores, /*falling=*/false);
  std::vector<double> ranks(scores.size());
  for (size_t first = 0, last; first < places.size(); first = last) {
    for (last = first; last < places.size() && places[last].hi == places[first].hi;) ++last;
    const double rank = (static_cast<double>(first + 1) + static_cast<double>(last)) / 2;
    for (size_t i = first; i < last; ++i) ranks[places[i].lo] = rank;
  }
  return ranks;
}

}  // namespace clientele::statistics
