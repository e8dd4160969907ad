#include "services/training/learners/kmeans/row_moments.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/kmeans/row_moments.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// A vector of columns at a time, whose moments stay in registers over all rows.
void AddMomentsTo(const float* rows, int64_t n, int d, const double* weights, const float* shift,
                  const ColumnMoments& moments) {
  const hn::ScalableTag<double> tag;
  const hn::Rebind<float, decltype(tag)> floats;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  const auto one = hn::Set(tag, 1.0);
  int j = 0;
  for (; j + lanes <= d; j += lanes) {
    auto sums = hn::LoadU(tag, moments.sums + j), squares = hn::LoadU(tag, moments.squares + j);
    auto largest = hn::LoadU(tag, moments.largest + j);
    const auto from = hn::PromoteTo(tag, hn::LoadU(floats, shift + j));
    for (int64_t i = 0; i < n; ++i) {
      const float* at = rows + i * d + j;
      hwy::Prefetch(at + n * d);
      const auto x = hn::Sub(hn::PromoteTo(tag, hn::LoadU(floats, at)), from);
      const auto wx = hn::Mul(x, weights == nullptr ? one : hn::Set(tag, weights[i]));
      sums = hn::Add(sums, wx);
      squares = hn::Add(squares, hn::Mul(wx, x));
      largest = hn::Max(largest, hn::Abs(wx));
    }
    hn::StoreU(sums, tag, moments.sums + j);
    hn::StoreU(squares, tag, moments.squares + j);
    hn::StoreU(largest, tag, moments.largest + j);
  }
  for (; j < d; ++j) {
    for (int64_t i = 0; i < n; ++i) {
      const double x = double{rows[i * d + j]} - double{shift[j]};
      const double wx = weights == nullptr ? x : x * weights[i];
      moments.sums[j] += wx;
      moments.squares[j] += wx * x;
      moments.largest[j] = std::max(moments.largest[j], std::abs(wx));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {

HWY_EXPORT(AddMomentsTo);

void AddMoments(const float* rows, int64_t n, int d, const double* weights, const float* shift,
                const ColumnMoments& moments) {
  HWY_DYNAMIC_DISPATCH(AddMomentsTo)(rows, n, d, weights, shift, moments);
}

}  // namespace clientele::training
#endif  // HWY_ONCE
