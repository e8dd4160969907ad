#include "common/model/percentile.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/model/percentile.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::model {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// How many of the rising `values` [size], size a multiple of kBlock, are lower than `score`.
HWY_INLINE size_t CountBelow(const double* values, size_t size, double score) {
  const hn::CappedTag<double, Percentiles::kBlock> tag;
  const auto limit = hn::Set(tag, score);
  size_t count = 0;
  for (size_t i = 0; i < size; i += hn::Lanes(tag)) {
    count += hn::CountTrue(tag, hn::Lt(hn::Load(tag, values + i), limit));
  }
  return count;
}

// below[i]: how many quantiles are lower than scores[i]. First the block is found, then the place in it: no branch that
// could be guessed wrong.
void CountQuantiles(const double* quantiles, const double* lasts, size_t lasts_size, const double* scores, size_t n,
                    size_t* below) {
  for (size_t i = 0; i < n; ++i) {
    const size_t block = CountBelow(lasts, lasts_size, scores[i]) * Percentiles::kBlock;
    below[i] = block + CountBelow(quantiles + block, Percentiles::kBlock, scores[i]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::model {
namespace {

HWY_EXPORT(CountQuantiles);

constexpr double kInfinity = std::numeric_limits<double>::infinity();

size_t WholeBlocks(size_t count) {
  return (count + Percentiles::kBlock - 1) / Percentiles::kBlock * Percentiles::kBlock;
}

}  // namespace

Percentiles::Percentiles(absl::Span<const double> quantiles)
    : count_(quantiles.size()), quantiles_(quantiles.begin(), quantiles.end()) {
  quantiles_.resize(WholeBlocks(count_ + 1), kInfinity);  // One infinity at the least, which no score lies above.
  for (size_t last = kBlock - 1; last < quantiles_.size(); last += kBlock) lasts_.push_back(quantiles_[last]);
  lasts_.resize(WholeBlocks(lasts_.size()), kInfinity);
}

double Percentiles::At(size_t below, double score) const {
  if (below >= count_) return 100;
  const double* const first = quantiles_.data() + below;
  if (*first == score) {
    const double* const last = std::upper_bound(first, quantiles_.data() + count_, score);
    return static_cast<double>(below + (last - quantiles_.data()) - 1) / 2;
  }
  if (below == 0) return 0;
  return static_cast<double>(below) - 1 + (score - first[-1]) / (*first - first[-1]);
}

double Percentiles::Of(double score) const {
  OfEach(absl::MakeSpan(&score, 1));
  return score;
}

void Percentiles::OfEach(absl::Span<double> scores) const {
  constexpr size_t kSome = 64;
  size_t below[kSome];
  for (size_t begin = 0; begin < scores.size(); begin += kSome) {
    const auto some = scores.subspan(begin, kSome);
    if (empty()) {
      std::fill(some.begin(), some.end(), 0);
      continue;
    }
    HWY_DYNAMIC_DISPATCH(CountQuantiles)
    (quantiles_.data(), lasts_.data(), lasts_.size(), some.data(), some.size(), below);
    for (size_t i = 0; i < some.size(); ++i) some[i] = At(below[i], some[i]);
  }
}

}  // namespace clientele::model
#endif  // HWY_ONCE
