#include "common/model/linear_kernel.h"

#include <cstddef>

#include "common/model/portable_math.h"
#include "common/model/sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "common/model/linear_kernel.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/highway.h>

#include "common/model/portable_math-inl.h"
#include "common/model/sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::model {
namespace HWY_NAMESPACE {

// Rows whose sums are in flight together: as many additions as hide the time that one takes.
inline constexpr int kRowsTogether = 8;

void LinearFitsOf(const double* coefficients, size_t d, double intercept, const double* rows, double* fits, size_t n) {
  const auto product = [](auto x, auto y) HWY_ATTR { return hn::Mul(x, y); };
  size_t r = 0;
  for (; r + kRowsTogether <= n; r += kRowsTogether) {
    PartialSums<kRowsTogether>(coefficients, 0, rows + r * d, d, d, product, fits + r);
  }
  for (; r < n; ++r) fits[r] = DotProduct(coefficients, rows + r * d, d);
  for (size_t i = 0; i < n; ++i) fits[i] = intercept + fits[i];
}

// values[i] = function(values[i]); what does not fill a vector one by one.
template <class Function, class OfOne>
HWY_INLINE void ForEach(double* values, size_t n, Function function, OfOne of_one) {
  const hn::ScalableTag<double> tag;
  const size_t lanes = hn::Lanes(tag);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(function(tag, hn::LoadU(tag, values + i)), tag, values + i);
  for (; i < n; ++i) values[i] = of_one(values[i]);
}

void ExpEachOf(double* values, size_t n) {
  ForEach(values, n, [](auto tag, auto x) HWY_ATTR { return PortableExp(tag, x); }, &Exp);
}

void SigmoidEachOf(double* values, size_t n) {
  ForEach(values, n, [](auto tag, auto x) HWY_ATTR { return PortableSigmoid(tag, x); }, &Sigmoid);
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::model
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::model {

HWY_EXPORT(LinearFitsOf);
HWY_EXPORT(ExpEachOf);
HWY_EXPORT(SigmoidEachOf);

void LinearFits(absl::Span<const double> coefficients, double intercept, const double* rows, absl::Span<double> fits) {
  HWY_DYNAMIC_DISPATCH(LinearFitsOf)
  (coefficients.data(), coefficients.size(), intercept, rows, fits.data(), fits.size());
}

void ExpEach(absl::Span<double> values) { HWY_DYNAMIC_DISPATCH(ExpEachOf)(values.data(), values.size()); }

void SigmoidEach(absl::Span<double> values) { HWY_DYNAMIC_DISPATCH(SigmoidEachOf)(values.data(), values.size()); }

}  // namespace clientele::model
#endif  // HWY_ONCE
