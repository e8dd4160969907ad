// exp and log1p of a vector, each lane with the bits that portable_math.h gives for its number: the same additions,
// multiplications and divisions in the same order, and a choice where that has a branch. Included once for each
// instruction set, by files that are compiled through hwy/foreach_target.h.
#if defined(CLIENTELE_PORTABLE_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef CLIENTELE_PORTABLE_MATH_INL_H_
#undef CLIENTELE_PORTABLE_MATH_INL_H_
#else
#define CLIENTELE_PORTABLE_MATH_INL_H_
#endif

#include <hwy/highway.h>

#include <cstdint>
#include <limits>

#include "common/model/portable_math_constants.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::model {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 2^k for a normal result.
template <class D>
HWY_INLINE hn::Vec<D> PowerOf2(D tag, hn::Vec<hn::RebindToSigned<D>> k) {
  const hn::RebindToSigned<D> ints;
  return hn::BitCast(tag, hn::ShiftLeft<52>(hn::Add(k, hn::Set(ints, int64_t{1023}))));
}

template <class D>
HWY_INLINE hn::Vec<D> PortableExp(D tag, hn::Vec<D> x) {
  namespace pm = portable_math;
  const hn::RebindToSigned<D> ints;
  const auto over = hn::Set(tag, pm::kOverflow), under = hn::Set(tag, pm::kUnderflow);
  const auto in_range = hn::Min(hn::Max(x, under), over);
  const auto k = hn::Floor(hn::Add(hn::Mul(in_range, hn::Set(tag, pm::kLog2E)), hn::Set(tag, 0.5)));
  const auto r = hn::Sub(hn::Sub(in_range, hn::Mul(k, hn::Set(tag, pm::kLn2High))),
                         hn::Mul(k, hn::Set(tag, pm::kLn2Low)));
  auto series = hn::Set(tag, pm::kInverseFactorials[pm::kExpTerms]);
#pragma GCC unroll 16
  for (int n = pm::kExpTerms - 1; n >= 2; --n) {
    series = hn::Add(hn::Mul(series, r), hn::Set(tag, pm::kInverseFactorials[n]));
  }
  const auto mantissa = hn::Add(hn::Set(tag, 1.0), hn::Add(r, hn::Mul(hn::Mul(r, r), series)));
  // Times 2^k in two steps, of which the second alone can round: what ldexp gives down to the smallest numbers.
  const auto exponent = hn::ConvertTo(ints, k);
  const auto half = hn::ShiftRight<1>(exponent);
  auto result = hn::Mul(hn::Mul(mantissa, PowerOf2(tag, half)), PowerOf2(tag, hn::Sub(exponent, half)));
  result = hn::IfThenElse(hn::Gt(x, over), hn::Set(tag, std::numeric_limits<double>::infinity()), result);
  result = hn::IfThenElse(hn::Lt(x, under), hn::Zero(tag), result);
  return hn::IfThenElse(hn::IsNaN(x), x, result);
}

template <class D>
HWY_INLINE hn::Vec<D> PortableSigmoid(D tag, hn::Vec<D> x) {
  const auto one = hn::Set(tag, 1.0);
  const auto e = PortableExp(tag, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Ge(x, hn::Zero(tag)), one, e), hn::Add(one, e));
}

// LogOfReduced(f, e) of portable_math.cc.
template <class D>
HWY_INLINE hn::Vec<D> LogOfReduced(D tag, hn::Vec<D> f, hn::Vec<D> e) {
  namespace pm = portable_math;
  const auto s = hn::Div(f, hn::Add(hn::Set(tag, 2.0), f));
  const auto z = hn::Mul(s, s);
  auto series = hn::Zero(tag);
#pragma GCC unroll 16
  for (int term = pm::kLogTerms; term >= 1; --term) {
    series = hn::Mul(z, hn::Add(hn::Set(tag, 2.0 / (2 * term + 1)), series));
  }
  const auto half_square = hn::Mul(hn::Mul(hn::Set(tag, 0.5), f), f);
  const auto rest = hn::Mul(s, hn::Add(half_square, series));
  const auto without = hn::Sub(f, hn::Sub(half_square, rest));
  const auto low = hn::Mul(e, hn::Set(tag, pm::kLn2Low));
  const auto with = hn::Sub(hn::Mul(e, hn::Set(tag, pm::kLn2High)),
                            hn::Sub(hn::Sub(half_square, hn::Add(rest, low)), f));
  return hn::IfThenElse(hn::Eq(e, hn::Zero(tag)), without, with);
}

// log(1 + x) for finite x >= 0.
template <class D>
HWY_INLINE hn::Vec<D> PortableLog1p(D tag, hn::Vec<D> x) {
  namespace pm = portable_math;
  const hn::RebindToSigned<D> ints;
  const auto one = hn::Set(tag, 1.0), zero = hn::Zero(tag);
  const auto u = hn::Add(one, x);
  const auto lost = hn::IfThenElse(hn::Ge(x, one), hn::Sub(one, hn::Sub(u, x)), hn::Sub(x, hn::Sub(u, one)));
  // u as mantissa x 2^exponent, the mantissa in [1/2, 1), and then in [sqrt(1/2), sqrt(2)). u is normal.
  const auto bits = hn::BitCast(ints, u);
  auto exponent = hn::ConvertTo(tag, hn::Sub(hn::ShiftRight<52>(bits), hn::Set(ints, int64_t{1022})));
  auto mantissa = hn::BitCast(tag, hn::Or(hn::And(bits, hn::Set(ints, (int64_t{1} << 52) - 1)),
                                          hn::Set(ints, int64_t{1022} << 52)));
  const auto low = hn::Lt(mantissa, hn::Set(tag, pm::kSqrtHalf));
  mantissa = hn::IfThenElse(low, hn::Add(mantissa, mantissa), mantissa);
  exponent = hn::IfThenElse(low, hn::Sub(exponent, one), exponent);
  const auto small = hn::Lt(x, hn::Set(tag, pm::kMostReduced));
  const auto log = LogOfReduced(tag, hn::IfThenElse(small, x, hn::Sub(mantissa, one)),
                                hn::IfThenElse(small, zero, exponent));
  return hn::IfThenElse(small, log, hn::Add(log, hn::Div(lost, u)));
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::model
HWY_AFTER_NAMESPACE();

#endif  // CLIENTELE_PORTABLE_MATH_INL_H_
