#include "services/training/learners/linear/families.h"

#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/linear/families.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace clientele::training {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::ScalableTag<double>;
using Vec = hn::Vec<Tag>;

// A vector of rows. With `over`, the square of the slope over it is Pearson's; else the family is not dispersed.
struct Point {
  Vec loss, slope, curvature;
};
struct DispersedPoint : Point {
  Vec over;
};

// exp without overflow to infinity: a mean of 1e304 is far enough.
HWY_INLINE Vec SafeExp(Vec x) {
  const Tag tag;
  return hn::Exp(tag, hn::Min(x, hn::Set(tag, 700.0)));
}

// Calls point(fit, label) for all rows; null slopes: the losses alone.
template <typename PointFn>
HWY_INLINE void ForRows(const FamilyRows& rows, PointFn point) {
  const Tag tag;
  const int lanes = static_cast<int>(hn::Lanes(tag));
  for (int r = 0; r < rows.rows; r += lanes) {
    const auto at = point(hn::LoadU(tag, rows.fits + r), hn::LoadU(tag, rows.labels + r));
    hn::StoreU(at.loss, tag, rows.losses + r);
    if (rows.slopes == nullptr) continue;
    hn::StoreU(at.slope, tag, rows.slopes + r);
    hn::StoreU(at.curvature, tag, rows.curvatures + r);
    if constexpr (std::is_same_v<decltype(at), const DispersedPoint>) {
      if (rows.pearson == nullptr) continue;
      const auto over = hn::Max(at.over, hn::Set(tag, std::numeric_limits<double>::min()));  // A mean of 0 is no variance.
      hn::StoreU(hn::Div(hn::Mul(at.slope, at.slope), over), tag, rows.pearson + r);
    }
  }
}

void Logistic(const FamilyRows& rows) {
  const Tag tag;
  const auto one = hn::Set(tag, 1.0), zero = hn::Zero(tag);
  ForRows(rows, [&](Vec fit, Vec label) HWY_ATTR {
    const auto e = hn::Exp(tag, hn::Neg(hn::Abs(fit)));  // In (0, 1].
    const auto inverse = hn::Div(one, hn::Add(one, e));
    const auto small = hn::Mul(e, inverse);  // The smaller of the two probabilities.
    const auto probability = hn::IfThenElse(hn::Ge(fit, zero), inverse, small);
    const auto loss = hn::Sub(hn::Add(hn::Log1p(tag, e), hn::Max(fit, zero)), hn::Mul(label, fit));
    return Point{loss, hn::Sub(probability, label), hn::Mul(small, inverse)};
  });
}

void LeastSquares(const FamilyRows& rows) {
  const Tag tag;
  const auto half = hn::Set(tag, 0.5), one = hn::Set(tag, 1.0);
  ForRows(rows, [&](Vec fit, Vec label) HWY_ATTR {
    const auto residual = hn::Sub(fit, label);
    return Point{hn::Mul(half, hn::Mul(residual, residual)), residual, one};
  });
}

void Gaussian(const FamilyRows& rows) {
  const Tag tag;
  const auto half = hn::Set(tag, 0.5);
  ForRows(rows, [&](Vec fit, Vec label) HWY_ATTR {
    const auto mean = SafeExp(fit);
    const auto residual = hn::Sub(mean, label);
    return DispersedPoint{{hn::Mul(half, hn::Mul(residual, residual)), hn::Mul(residual, mean),
                           hn::Mul(hn::Add(residual, mean), mean)},
                          hn::Mul(mean, mean)};
  });
}

void Poisson(const FamilyRows& rows) {
  ForRows(rows, [&](Vec fit, Vec label) HWY_ATTR {
    const auto mean = SafeExp(fit);
    return DispersedPoint{{hn::Sub(mean, hn::Mul(label, fit)), hn::Sub(mean, label), mean}, mean};
  });
}

void Gamma(const FamilyRows& rows) {
  const Tag tag;
  const auto one = hn::Set(tag, 1.0);
  ForRows(rows, [&](Vec fit, Vec label) HWY_ATTR {
    const auto share = hn::Mul(label, SafeExp(hn::Neg(fit)));
    return DispersedPoint{{hn::Add(share, fit), hn::Sub(one, share), share}, one};
  });
}

void Tweedie(const FamilyRows& rows, double power) {
  const Tag tag;
  const auto a = hn::Set(tag, 2 - power), b = hn::Set(tag, power - 1);
  const auto over_a = hn::Set(tag, 1 / (2 - power)), over_b = hn::Set(tag, 1 / (power - 1));
  ForRows(rows, [&](Vec fit, Vec label) HWY_ATTR {
    const auto up = SafeExp(hn::Mul(a, fit));
    const auto down = hn::Mul(label, SafeExp(hn::Neg(hn::Mul(b, fit))));
    return DispersedPoint{{hn::Add(hn::Mul(up, over_a), hn::Mul(down, over_b)), hn::Sub(up, down),
                           hn::Add(hn::Mul(a, up), hn::Mul(b, down))},
                          up};
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training {
namespace {

HWY_EXPORT(Logistic);
HWY_EXPORT(LeastSquares);
HWY_EXPORT(Gaussian);
HWY_EXPORT(Poisson);
HWY_EXPORT(Gamma);
HWY_EXPORT(Tweedie);

}  // namespace

void LogisticFamily::Evaluate(const FamilyRows& rows) const { HWY_DYNAMIC_DISPATCH(Logistic)(rows); }
void LeastSquaresFamily::Evaluate(const FamilyRows& rows) const { HWY_DYNAMIC_DISPATCH(LeastSquares)(rows); }
void GaussianFamily::Evaluate(const FamilyRows& rows) const { HWY_DYNAMIC_DISPATCH(Gaussian)(rows); }
void PoissonFamily::Evaluate(const FamilyRows& rows) const { HWY_DYNAMIC_DISPATCH(Poisson)(rows); }
void GammaFamily::Evaluate(const FamilyRows& rows) const { HWY_DYNAMIC_DISPATCH(Gamma)(rows); }
void TweedieFamily::Evaluate(const FamilyRows& rows) const { HWY_DYNAMIC_DISPATCH(Tweedie)(rows, power_); }

}  // namespace clientele::training
#endif  // HWY_ONCE
