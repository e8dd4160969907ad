#include "common/model/bin_counts.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/model/bin_counts.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::model {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// How many of `count` values are not below the edge.
int64_t CountNotBelow(const float* values, int64_t count, float edge) {
  const hn::ScalableTag<float> tag;
  const hn::RebindToSigned<decltype(tag)> ints;
  const auto lanes = static_cast<int64_t>(hn::Lanes(tag));
  const auto edges = hn::Set(tag, edge);
  auto matches = hn::Zero(ints);  // Below 0: a true lane is -1.
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    matches = hn::Add(matches, hn::BitCast(ints, hn::VecFromMask(tag, hn::Ge(hn::LoadU(tag, values + i), edges))));
  }
  int64_t not_below = -int64_t{hn::GetLane(hn::SumOfLanes(ints, matches))};
  for (; i < count; ++i) not_below += values[i] >= edge ? 1 : 0;
  return not_below;
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::model {
namespace {

HWY_EXPORT(CountNotBelow);

constexpr size_t kBlock = 4096;  // Values that stay in the first cache while every edge goes over them.

}  // namespace

std::vector<int64_t> CountInBins(absl::Span<const float> values, absl::Span<const float> edges) {
  const size_t bins = edges.size() - 1;
  std::vector<int64_t> counts(bins + 1, 0);  // Of values not below each edge; all are beyond the first, none the last.
  counts[0] = static_cast<int64_t>(values.size());
  for (size_t first = 0; first < values.size(); first += kBlock) {
    const auto block = values.subspan(first, kBlock);
    for (size_t b = 1; b < bins; ++b) {
      counts[b] += HWY_DYNAMIC_DISPATCH(CountNotBelow)(block.data(), static_cast<int64_t>(block.size()), edges[b]);
    }
  }
  for (size_t b = 0; b < bins; ++b) counts[b] -= counts[b + 1];
  counts.pop_back();
  return counts;
}

}  // namespace clientele::model
#endif  // HWY_ONCE
