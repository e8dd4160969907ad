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

// The features from j on of one row, whose values are `values`. `missing` gathers lanes that were.
template <bool kAnyLog1p>
HWY_INLINE Vec EncodeVector(const NumberParameters& parameters, size_t j, Vec values, hn::Mask<Tag>& missing) {
  const Tag tag;
  const auto absent = hn::IsNaN(values);
  missing = hn::Or(missing, absent);
  Vec value = hn::IfThenElse(absent, hn::Load(tag, parameters.imputed.data() + j), Rounded(values));
  value = Clamp(value, hn::Load(tag, parameters.lower.data() + j), hn::Load(tag, parameters.upper.data() + j));
  if constexpr (kAnyLog1p) {
    const auto wanted = hn::Ne(hn::Load(tag, parameters.log1p.data() + j), hn::Zero(tag));
    if (!hn::AllFalse(tag, wanted)) value = hn::IfThenElse(wanted, SignedLog1p(value), value);
  }
  return hn::Mul(hn::Sub(value, hn::Load(tag, parameters.mean.data() + j)),
                 hn::Load(tag, parameters.scale.data() + j));
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

}  // namespace HWY_NAMESPACE
}  // namespace clientele::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::model {

HWY_EXPORT(EncodeRows);

void EncodeNumbers(const NumberParameters& parameters, int rows, double* values, uint8_t* incomplete) {
  HWY_DYNAMIC_DISPATCH(EncodeRows)(parameters, rows, values, incomplete);
}

}  // namespace clientele::model
#endif  // HWY_ONCE
