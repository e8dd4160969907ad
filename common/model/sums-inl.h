// The sums of sums.h, a row's four partial sums in the lanes of one vector (or of several narrower ones), to the same
// bits. Included once for each instruction set, by files that are compiled through hwy/foreach_target.h.
#if defined(CLIENTELE_SUMS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CLIENTELE_SUMS_INL_H_
#undef CLIENTELE_SUMS_INL_H_
#else
#define CLIENTELE_SUMS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace clientele::model {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Partial = hn::CappedTag<double, 4>;
inline constexpr int kPartialLanes = static_cast<int>(hn::MaxLanes(Partial()));
inline constexpr int kPartialVectors = 4 / kPartialLanes;

// (p0 + p1) + (p2 + p3) of two rows' partial sums.
template <int kVectors>
HWY_INLINE void SumPair(const hn::Vec<Partial> (&a)[kVectors], const hn::Vec<Partial> (&b)[kVectors], double* sums) {
#if HWY_TARGET == HWY_SCALAR
  sums[0] = hn::GetLane(hn::Add(hn::Add(a[0], a[1]), hn::Add(a[2], a[3])));
  sums[1] = hn::GetLane(hn::Add(hn::Add(b[0], b[1]), hn::Add(b[2], b[3])));
#else
  const Partial tag;
  const auto low = hn::Add(hn::InterleaveLower(tag, a[0], b[0]), hn::InterleaveUpper(tag, a[0], b[0]));
  if constexpr (kVectors == 1) {
    const hn::Half<Partial> half;
    hn::StoreU(hn::Add(hn::LowerHalf(half, low), hn::UpperHalf(half, low)), half, sums);
  } else {
    const auto high = hn::Add(hn::InterleaveLower(tag, a[1], b[1]), hn::InterleaveUpper(tag, a[1], b[1]));
    hn::StoreU(hn::Add(low, high), tag, sums);
  }
#endif
}

// Adds term(a[j], b[j]) of the four j from `a` and `b` on.
template <class Term>
HWY_INLINE void AddFour(const double* a, const double* b, Term term, hn::Vec<Partial> (&partial)[kPartialVectors]) {
  const Partial tag;
#pragma GCC unroll 4
  for (int v = 0; v < kPartialVectors; ++v) {
    const auto x = hn::LoadU(tag, a + v * kPartialLanes), y = hn::LoadU(tag, b + v * kPartialLanes);
    partial[v] = hn::Add(partial[v], term(x, y));
  }
}

// sums[r] of term(x, y) for kRows rows at once, an even number: x the n elements of a + r * a_stride, y those of
// b + r * b_stride. term(0, 0) is 0, which changes no sum: so the last n % 4 may be filled up.
template <int kRows, class Term>
HWY_INLINE void PartialSums(const double* a, size_t a_stride, const double* b, size_t b_stride, size_t n, Term term,
                            double* sums) {
  hn::Vec<Partial> partial[kRows][kPartialVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kPartialVectors; ++v) partial[r][v] = hn::Zero(Partial());
  }
  size_t j = 0;
  for (; j + 4 <= n; j += 4) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) AddFour(a + r * a_stride + j, b + r * b_stride + j, term, partial[r]);
  }
  if (j < n) {
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      double x[4] = {}, y[4] = {};
      for (size_t rest = j; rest < n; ++rest) {
        x[rest - j] = a[r * a_stride + rest];
        y[rest - j] = b[r * b_stride + rest];
      }
      AddFour(x, y, term, partial[r]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; r += 2) SumPair(partial[r], partial[r + 1], sums + r);
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::model
HWY_AFTER_NAMESPACE();

#endif  // CLIENTELE_SUMS_INL_H_
