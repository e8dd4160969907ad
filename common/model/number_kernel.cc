#include "common/model/number_kernel.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/model/number_kernel.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

#include "common/model/portable_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::model {
namespace HWY_NAMESPACE {

using Tag = hn::CappedTag<double, 8>;  // No more lanes than NumberParameters has neutral ones.
using Vec = hn::Vec<Tag>;
inline constexpr size_t kLanes = hn::MaxLanes(Tag());

// std::clamp: of equal zeros `value` itself.
HWY_INLINE Vec Clamp(Vec value, Vec lower, Vec upper) {
  return hn::IfThenElse(hn::Lt(value, lower), lower, hn::IfThenElse(hn::Lt(upper, value), upper, value));
}

// To float32 and back; what lies beyond is cut. Of what is not a number anything.
HWY_INLINE Vec Rounded(Vec value) {
  const Tag tag;
  const hn::Rebind<float, Tag> floats;
  const auto most = hn::Set(tag, std::numeric_limits<float>::max());
  return hn::PromoteTo(tag, hn::DemoteTo(floats, hn::Min(hn::Max(value, hn::Neg(most)), most)));
}

HWY_INLINE Vec SignedLog1p(Vec value) {
  const Tag tag;
  return hn::CopySign(PortableLog1p(tag, hn::Abs(value)), value);
}

// What happens to as many features as a vector has lanes.
struct FeatureVector {
  FeatureVector(const NumberParameters& parameters, size_t j)
      : imputed(hn::Load(Tag(), parameters.imputed.data() + j)),
        lower(hn::Load(Tag(), parameters.lower.data() + j)),
        upper(hn::Load(Tag(), parameters.upper.data() + j)),
        wants_log1p(hn::Ne(hn::Load(Tag(), parameters.log1p.data() + j), hn::Zero(Tag()))),
        mean(hn::Load(Tag(), parameters.mean.data() + j)),
        scale(hn::Load(Tag(), parameters.scale.data() + j)) {}

  // Of values that are numbers of float32, or, where `absent`, anything.
  template <bool kAnyCut, bool kAnyLog1p>
  HWY_INLINE Vec Encode(Vec values, hn::Mask<Tag> absent) const {
    Vec value = hn::IfThenElse(absent, imputed, values);
    if constexpr (kAnyCut) value = Clamp(value, lower, upper);
    if constexpr (kAnyLog1p) {
      if (!hn::AllFalse(Tag(), wants_log1p)) value = hn::IfThenElse(wants_log1p, SignedLog1p(value), value);
    }
    return hn::Mul(hn::Sub(value, mean), scale);
  }

  Vec imputed, lower, upper;
  hn::Mask<Tag> wants_log1p;
  Vec mean, scale;
};

// The features from j on of one row, whose values are `values`. `missing` gathers lanes that were.
template <bool kAnyLog1p>
HWY_INLINE Vec EncodeVector(const NumberParameters& parameters, size_t j, Vec values, hn::Mask<Tag>& missing) {
  const auto absent = hn::IsNaN(values);
  missing = hn::Or(missing, absent);
  return FeatureVector(parameters, j).Encode</*kAnyCut=*/true, kAnyLog1p>(Rounded(values), absent);
}

template <bool kAnyLog1p>
HWY_INLINE void EncodeRow(const NumberParameters& parameters, double* values, uint8_t& incomplete) {
  const Tag tag;
  auto missing = hn::FirstN(tag, 0);
  size_t j = 0;
  for (; j + kLanes <= parameters.size(); j += kLanes) {
    hn::StoreU(EncodeVector<kAnyLog1p>(parameters, j, hn::LoadU(tag, values + j), missing), tag, values + j);
  }
  if (j < parameters.size()) {
    HWY_ALIGN double rest[kLanes] = {};
    std::copy(values + j, values + parameters.size(), rest);
    hn::Store(EncodeVector<kAnyLog1p>(parameters, j, hn::Load(tag, rest), missing), tag, rest);
    std::copy(rest, rest + (parameters.size() - j), values + j);
  }
  if (!hn::AllFalse(tag, missing)) incomplete = 1;
}

void EncodeRows(const NumberParameters& parameters, int rows, double* values, uint8_t* incomplete) {
  const size_t m = parameters.size();
  if (parameters.any_log1p()) {
    for (int r = 0; r < rows; ++r) EncodeRow<true>(parameters, values + r * m, incomplete[r]);
  } else {
    for (int r = 0; r < rows; ++r) EncodeRow<false>(parameters, values + r * m, incomplete[r]);
  }
}

HWY_INLINE void StoreAs(Vec value, double* to) { hn::StoreU(value, Tag(), to); }
HWY_INLINE void StoreAs(Vec value, float* to) {
  const hn::Rebind<float, Tag> floats;
  hn::StoreU(hn::DemoteTo(floats, value), floats, to);
}

inline constexpr int kRowsTogether = 4;  // They share the loads of what happens to a feature.
// Asked for before they are needed, for which rows are chosen nobody else knows: so far ahead that memory is never
// idle.
inline constexpr int kRowsAhead = 128;

// Into the second cache: the first has no room for so many.
HWY_INLINE void PrefetchRow(const float* row, size_t m) {
  constexpr size_t kLineFloats = kCacheLineBytes / sizeof(float);
  const float* const last = row + m - 1;
  for (; row < last; row += kLineFloats) __builtin_prefetch(row, /*rw=*/0, /*locality=*/2);
  __builtin_prefetch(last, 0, 2);
}

// `count` rows, at most kRowsTogether.
template <bool kAnyCut, bool kAnyLog1p, typename T>
HWY_INLINE void EncodeFewRows(const NumberParameters& parameters, const float* const* rows, int count, size_t stride,
                              T* encoded) {
  const Tag tag;
  const hn::Rebind<float, Tag> floats;
  const size_t m = parameters.size();
  size_t j = 0;
  for (; j + kLanes <= m; j += kLanes) {
    const FeatureVector features(parameters, j);
    for (int r = 0; r < count; ++r) {
      const auto values = hn::PromoteTo(tag, hn::LoadU(floats, rows[r] + j));
      StoreAs(features.Encode<kAnyCut, kAnyLog1p>(values, hn::IsNaN(values)), encoded + r * stride + j);
    }
  }
  if (j == m) return;
  const FeatureVector features(parameters, j);
  for (int r = 0; r < count; ++r) {
    HWY_ALIGN float from[kLanes] = {};
    HWY_ALIGN T to[kLanes];
    std::copy(rows[r] + j, rows[r] + m, from);
    const auto values = hn::PromoteTo(tag, hn::Load(floats, from));
    StoreAs(features.Encode<kAnyCut, kAnyLog1p>(values, hn::IsNaN(values)), to);
    std::copy(to, to + (m - j), encoded + r * stride + j);
  }
}

template <bool kAnyCut, bool kAnyLog1p, typename T>
HWY_INLINE void EncodeFloatRows(const NumberParameters& parameters, const float* const* rows, int n, size_t stride,
                                T* encoded) {
  // Rows that come later than these are likely to lie as far apart.
  const int64_t apart = n > 1 ? (rows[n - 1] - rows[0]) / (n - 1) : 0;
  int r = 0;
  for (; r + kRowsTogether <= n; r += kRowsTogether) {
    for (int next = r + kRowsAhead; next < r + kRowsAhead + kRowsTogether; ++next) {
      PrefetchRow(next < n ? rows[next] : rows[n - 1] + (next - n + 1) * apart, parameters.size());
    }
    EncodeFewRows<kAnyCut, kAnyLog1p>(parameters, rows + r, kRowsTogether, stride, encoded + r * stride);
  }
  EncodeFewRows<kAnyCut, kAnyLog1p>(parameters, rows + r, n - r, stride, encoded + r * stride);
}

template <typename T>
HWY_INLINE void EncodeFloats(const NumberParameters& parameters, const float* const* rows, int n, size_t stride,
                             T* encoded) {
  if (parameters.any_log1p()) return EncodeFloatRows<true, true>(parameters, rows, n, stride, encoded);
  if (parameters.any_cut()) return EncodeFloatRows<true, false>(parameters, rows, n, stride, encoded);
  EncodeFloatRows<false, false>(parameters, rows, n, stride, encoded);
}

void EncodeFloatsToFloats(const NumberParameters& parameters, const float* const* rows, int n, size_t stride,
                          float* encoded) {
  EncodeFloats(parameters, rows, n, stride, encoded);
}

void EncodeFloatsToDoubles(const NumberParameters& parameters, const float* const* rows, int n, size_t stride,
                           double* encoded) {
  EncodeFloats(parameters, rows, n, stride, encoded);
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::model {

HWY_EXPORT(EncodeRows);
HWY_EXPORT(EncodeFloatsToFloats);
HWY_EXPORT(EncodeFloatsToDoubles);

void EncodeNumbers(const NumberParameters& parameters, int rows, double* values, uint8_t* incomplete) {
  HWY_DYNAMIC_DISPATCH(EncodeRows)(parameters, rows, values, incomplete);
}

void EncodeNumbers(const NumberParameters& parameters, const float* const* rows, int n, size_t stride,
                   float* encoded) {
  HWY_DYNAMIC_DISPATCH(EncodeFloatsToFloats)(parameters, rows, n, stride, encoded);
}

void EncodeNumbers(const NumberParameters& parameters, const float* const* rows, int n, size_t stride,
                   double* encoded) {
  HWY_DYNAMIC_DISPATCH(EncodeFloatsToDoubles)(parameters, rows, n, stride, encoded);
}

}  // namespace clientele::model
#endif  // HWY_ONCE
