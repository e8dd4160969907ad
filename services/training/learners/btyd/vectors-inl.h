// What the kernels share: vectors of doubles, from rows and back to rows. Included inside foreach_target, once for each
// instruction set.
#if defined(CLIENTELE_TRAINING_BTYD_VECTORS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CLIENTELE_TRAINING_BTYD_VECTORS_INL_H_
#undef CLIENTELE_TRAINING_BTYD_VECTORS_INL_H_
#else
#define CLIENTELE_TRAINING_BTYD_VECTORS_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <algorithm>

#include "services/training/learners/btyd/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::training::btyd {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
using Vector = hn::Vec<Doubles>;
constexpr int kMaxLanes = HWY_MAX_BYTES / sizeof(double);

HWY_INLINE Vector Of(double x) { return hn::Set(Doubles(), x); }
HWY_INLINE Vector LogOnePlus(Vector x) { return hn::Log1p(Doubles(), x); }

// Vectors of numbers to [rows x width].
template <int kWidth>
HWY_INLINE void StoreRows(const Vector (&numbers)[kWidth], int rows, double* to) {
  HWY_ALIGN double lanes[kWidth][kMaxLanes];
  for (int j = 0; j < kWidth; ++j) hn::Store(numbers[j], Doubles(), lanes[j]);
  for (int r = 0; r < rows; ++r) {
    for (int j = 0; j < kWidth; ++j) to[r * kWidth + j] = lanes[j][r];
  }
}

// As many rows as a vector has lanes, of `rows` that are left; the last one again beyond them.
HWY_INLINE Vector LoadRows(const double* from, int rows) {
  const Doubles tag;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  if (rows >= lanes) return hn::LoadU(tag, from);
  HWY_ALIGN double padded[kMaxLanes];
  for (int r = 0; r < lanes; ++r) padded[r] = from[std::min(r, rows - 1)];
  return hn::Load(tag, padded);
}

// The probability of having stopped is 1 / (1 + exp(-odds)), odds in logs: it, and log(1 + exp(odds)).
HWY_INLINE Vector Softplus(Vector odds, Vector& probability) {
  const Vector one = Of(1), small = hn::Exp(Doubles(), hn::Neg(hn::Abs(odds)));
  const Vector larger = hn::Div(one, hn::Add(one, small));
  probability = hn::IfThenElse(hn::Ge(odds, hn::Zero(Doubles())), larger, hn::Mul(small, larger));
  return hn::Add(hn::Max(odds, hn::Zero(Doubles())), LogOnePlus(small));
}

inline RunResult From(const RunResult& result, int row, int p) {
  const int triangle = p * (p + 1) / 2;
  return {result.values + row, result.slopes == nullptr ? nullptr : result.slopes + row * p,
          result.curvatures == nullptr ? nullptr : result.curvatures + row * triangle};
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training::btyd
HWY_AFTER_NAMESPACE();
#endif
