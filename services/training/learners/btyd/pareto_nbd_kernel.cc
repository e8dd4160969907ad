#include "services/training/learners/btyd/pareto_nbd_kernel.h"

#include "common/model/btyd/gauss_legendre.h"
#include "common/model/btyd/stopping_integral.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/btyd/pareto_nbd_kernel.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.

#include "services/training/learners/btyd/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::training::btyd {
namespace HWY_NAMESPACE {

// One row a lane. rate = alpha + t_x, scale = beta + t_x, shape = r + x, quiet = T - t_x; l_rate = log(1 + quiet /
// rate), l_scale alike.
struct ParetoVector {
  Vector shape, s, alpha, beta, age, rate, scale, quiet, l_rate, l_scale;
};

// The integral of stopping_integral.h, and means under its integrand of four numbers and their products (upper
// triangle, row by row): l = log(1 + v / rate), u = v / (rate + v), and the same of the scale.
struct StoppingMoments {
  Vector integral;
  Vector first[4];
  Vector second[10];
};

struct Panels {
  Vector count, width;
};

// As PlanStoppingPanels. Most integrals are followed to their ends, whose logarithms are at hand.
HWY_INLINE Panels Plan(const ParetoVector& at) {
  using clientele::btyd::kNegligibleDepth;
  const Doubles tag;
  const Vector negligible = Of(kNegligibleDepth), shape_less_one = hn::Sub(at.shape, Of(1));
  Vector l_rate = at.l_rate, l_scale = at.l_scale;
  const auto cut =
      hn::Or(hn::Gt(hn::Mul(shape_less_one, l_rate), negligible), hn::Gt(hn::Mul(at.s, l_scale), negligible));
  if (!hn::AllFalse(tag, cut)) {
    // Where (1 + v / scale)^-power is negligible; far where the power is not above 0.
    const auto reach = [&](Vector power, Vector scale) {
      const Vector log_reach = hn::IfThenElse(hn::Gt(power, hn::Zero(tag)), hn::Div(negligible, power), Of(700));
      return hn::Mul(scale, hn::Expm1(tag, hn::Min(log_reach, Of(700))));
    };
    const Vector end = hn::Min(reach(shape_less_one, at.rate), reach(at.s, at.scale));
    l_rate = hn::IfThenElse(cut, LogOnePlus(hn::Div(end, at.rate)), l_rate);
    l_scale = hn::IfThenElse(cut, LogOnePlus(hn::Div(end, at.scale)), l_scale);
  }
  const Vector span = hn::Max(l_rate, l_scale), depth = hn::MulAdd(at.shape, l_rate, hn::Mul(at.s, l_scale));
  const Vector needed = hn::Max(hn::Mul(span, Of(1 / clientele::btyd::kLongestPanel)),
                                hn::Mul(depth, Of(1 / clientele::btyd::kDeepestPanel)));
  const Vector count = hn::Max(Of(1), hn::Ceil(needed));
  return {count, hn::Div(span, count)};
}

// kMoments: the means are wanted too.
template <bool kMoments>
HWY_INLINE StoppingMoments Integrate(const ParetoVector& at) {
  const Doubles tag;
  const Vector zero = hn::Zero(tag), one = Of(1);
  const auto by_rate = hn::Le(at.rate, at.scale);
  const Vector smaller = hn::Min(at.rate, at.scale), ratio = hn::Div(smaller, hn::Max(at.rate, at.scale));
  const Panels panels = Plan(at);
  const double most = hn::GetLane(hn::MaxOfLanes(tag, panels.count));
  Vector sum = zero, first[4] = {zero, zero, zero, zero};
  Vector second[10] = {zero, zero, zero, zero, zero, zero, zero, zero, zero, zero};
  for (double panel = 0; panel < most; ++panel) {
    const auto active = hn::Lt(Of(panel), panels.count);
    for (size_t i = 0; i < clientele::btyd::kGaussPoints.size(); ++i) {
      const Vector w = hn::Mul(Of(panel + clientele::btyd::kGaussPoints[i]), panels.width);
      const Vector rise = hn::Expm1(tag, w), other_rise = hn::Mul(rise, ratio), other = LogOnePlus(other_rise);
      const Vector l_rate = hn::IfThenElse(by_rate, w, other), l_scale = hn::IfThenElse(by_rate, other, w);
      const Vector grown = hn::Add(one, rise);
      const Vector fall = hn::MulAdd(at.shape, l_rate, hn::MulAdd(at.s, l_scale, l_scale));
      const Vector term = hn::IfThenElseZero(
          active, hn::Mul(hn::Mul(Of(clientele::btyd::kGaussWeights[i]), grown), hn::Exp(tag, hn::Neg(fall))));
      sum = hn::Add(sum, term);
      if constexpr (kMoments) {
        const Vector own_share = hn::Div(rise, grown), other_share = hn::Div(other_rise, hn::Add(one, other_rise));
        const Vector numbers[4] = {l_rate, hn::IfThenElse(by_rate, own_share, other_share), l_scale,
                                   hn::IfThenElse(by_rate, other_share, own_share)};
        for (int j = 0, k = 0; j < 4; ++j) {
          const Vector weighted = hn::Mul(term, numbers[j]);
          first[j] = hn::Add(first[j], weighted);
          for (int other_number = j; other_number < 4; ++other_number, ++k) {
            second[k] = hn::MulAdd(weighted, numbers[other_number], second[k]);
          }
        }
      }
    }
  }
  StoppingMoments moments;
  moments.integral = hn::Mul(sum, hn::Mul(panels.width, hn::Div(smaller, at.scale)));
  if constexpr (kMoments) {
    const Vector inverse = hn::Div(one, sum);
    for (int j = 0; j < 4; ++j) moments.first[j] = hn::Mul(first[j], inverse);
    for (int k = 0; k < 10; ++k) moments.second[k] = hn::Mul(second[k], inverse);
  }
  return moments;
}

// Derivatives in log r, log alpha, log s, log beta.
struct Derivatives {
  Vector slopes[4];
  Vector curvatures[10];
};

// Of the odds' logarithm: the mean of the integrand's slopes; the mean of its curvatures, and the covariance of its
// slopes, which are linear in the four numbers. a_x = alpha / (alpha + t_x), a_T, b_x, b_T alike.
HWY_INLINE Derivatives OddsDerivatives(const ParetoVector& at, const StoppingMoments& moments, Vector r) {
  const Vector one = Of(1), zero = hn::Zero(Doubles()), two = Of(2);
  const Vector a_x = hn::Div(at.alpha, at.rate), a_t = hn::Div(at.alpha, hn::Add(at.alpha, at.age));
  const Vector b_x = hn::Div(at.beta, at.scale), b_t = hn::Div(at.beta, hn::Add(at.beta, at.age));
  const Vector s_plus = hn::Add(at.s, one);
  // d slope / d number.
  const Vector factors[4] = {hn::Neg(r), hn::Mul(at.shape, a_x), hn::Neg(at.s), hn::Mul(s_plus, b_x)};
  const Vector at_start[4] = {hn::Mul(r, at.l_rate), hn::Mul(at.shape, hn::Sub(a_t, a_x)),
                              hn::MulAdd(at.s, at.l_scale, one), hn::NegMulAdd(s_plus, b_x, hn::Mul(at.s, b_t))};
  Derivatives result;
  for (int j = 0; j < 4; ++j) result.slopes[j] = hn::MulAdd(factors[j], moments.first[j], at_start[j]);
  for (int j = 0, k = 0; j < 4; ++j) {
    for (int i = j; i < 4; ++i, ++k) {
      const Vector covariance = hn::NegMulAdd(moments.first[j], moments.first[i], moments.second[k]);
      result.curvatures[k] = hn::Mul(hn::Mul(factors[j], factors[i]), covariance);
    }
  }
  // Means of a and of a (1 - a), a = a_x (1 - u).
  const auto mean = [&](Vector start, Vector share) { return hn::NegMulAdd(start, share, start); };
  const auto mean_spread = [&](Vector start, Vector share, Vector square) {
    const Vector of_square = hn::Mul(hn::Mul(start, start), hn::Add(hn::NegMulAdd(two, share, one), square));
    return hn::Sub(mean(start, share), of_square);
  };
  const auto spread = [&](Vector x) { return hn::NegMulAdd(x, x, x); };
  const Vector a = mean(a_x, moments.first[1]), b = mean(b_x, moments.first[3]);
  const Vector aa = hn::Mul(at.shape, hn::Sub(spread(a_t), mean_spread(a_x, moments.first[1], moments.second[4])));
  const Vector bb =
      hn::NegMulAdd(s_plus, mean_spread(b_x, moments.first[3], moments.second[9]), hn::Mul(at.s, spread(b_t)));
  const Vector means[10] = {result.slopes[0],
                            hn::Mul(r, hn::Sub(a_t, a)),
                            zero,
                            zero,
                            aa,
                            zero,
                            zero,
                            hn::Sub(result.slopes[2], one),
                            hn::Mul(at.s, hn::Sub(b_t, b)),
                            bb};
  for (int k = 0; k < 10; ++k) result.curvatures[k] = hn::Add(result.curvatures[k], means[k]);
  return result;
}

// Of the likelihood of one who is still there, log Gamma(r + x) / Gamma(r) included.
HWY_INLINE Derivatives AliveDerivatives(const PurchaseCount& count, const ParetoVector& at, Vector growth,
                                        Vector ageing) {
  const Vector r = Of(count.r), x = Of(count.x), zero = hn::Zero(Doubles());
  const Vector to_t = hn::Add(at.alpha, at.age), u = hn::Div(at.alpha, to_t), v = hn::Div(at.age, to_t);
  const Vector end = hn::Add(at.beta, at.age), u_beta = hn::Div(at.beta, end), v_beta = hn::Div(at.age, end);
  const Vector r_growth = hn::Mul(r, growth), s_ageing = hn::Neg(hn::Mul(at.s, ageing)), sv = hn::Mul(at.s, v_beta);
  return {{hn::Sub(Of(count.slope), r_growth), hn::Sub(hn::Mul(r, v), hn::Mul(x, u)), s_ageing, sv},
          {hn::Sub(Of(count.curvature), r_growth), hn::Mul(r, v), zero, zero, hn::Neg(hn::Mul(at.shape, hn::Mul(u, v))),
           zero, zero, s_ageing, sv, hn::Neg(hn::Mul(sv, u_beta))}};
}

template <bool kDerivatives>
HWY_INLINE void ParetoOf(const PurchaseCount& count, const ParetoVector& at, int rows, const RunResult& result) {
  const Doubles tag;
  const Vector growth = LogOnePlus(hn::Div(at.age, at.alpha)), ageing = LogOnePlus(hn::Div(at.age, at.beta));
  const StoppingMoments moments = Integrate<kDerivatives>(at);
  // Who bought just now has not stopped.
  const Vector log_integral =
      hn::IfThenElse(hn::Gt(moments.integral, hn::Zero(tag)), hn::Log(tag, moments.integral), Of(-1e5));
  const Vector odds =
      hn::MulAdd(at.shape, at.l_rate, hn::MulAdd(at.s, at.l_scale, hn::Add(log_integral, hn::Log(tag, at.s))));
  Vector stopped;
  Vector value = hn::Add(Of(count.value), Softplus(odds, stopped));
  value = hn::Sub(value, hn::MulAdd(at.shape, growth, hn::Mul(Of(count.x), hn::Log(tag, at.alpha))));
  StoreRows<1>({hn::NegMulAdd(at.s, ageing, value)}, rows, result.values);
  if constexpr (kDerivatives) {
    Derivatives total = AliveDerivatives(count, at, growth, ageing);
    const Derivatives of_odds = OddsDerivatives(at, moments, Of(count.r));
    const auto seen = hn::Gt(at.quiet, hn::Zero(tag));
    const Vector spread = hn::NegMulAdd(stopped, stopped, stopped);
    for (int j = 0, k = 0; j < 4; ++j) {
      total.slopes[j] = hn::Add(total.slopes[j], hn::IfThenElseZero(seen, hn::Mul(stopped, of_odds.slopes[j])));
      for (int i = j; i < 4; ++i, ++k) {
        const Vector more =
            hn::MulAdd(hn::Mul(spread, of_odds.slopes[j]), of_odds.slopes[i], hn::Mul(stopped, of_odds.curvatures[k]));
        total.curvatures[k] = hn::Add(total.curvatures[k], hn::IfThenElseZero(seen, more));
      }
    }
    StoreRows<4>(total.slopes, rows, result.slopes);
    if (result.curvatures != nullptr) StoreRows<10>(total.curvatures, rows, result.curvatures);
  }
}

void ParetoRunOf(const PurchaseCount& count, const ParetoRows& rows, int size, const RunResult& result) {
  const int lanes = static_cast<int>(hn::Lanes(Doubles()));
  for (int row = 0; row < size; row += lanes) {
    const int left = size - row;
    ParetoVector at;
    const Vector t_x = LoadRows(rows.recency + row, left);
    at.age = LoadRows(rows.age + row, left);
    at.alpha = LoadRows(rows.alpha + row, left);
    at.s = LoadRows(rows.s + row, left);
    at.beta = LoadRows(rows.beta + row, left);
    at.shape = Of(count.r + count.x);
    at.rate = hn::Add(at.alpha, t_x);
    at.scale = hn::Add(at.beta, t_x);
    at.quiet = hn::Max(hn::Sub(at.age, t_x), hn::Zero(Doubles()));
    at.l_rate = LogOnePlus(hn::Div(at.quiet, at.rate));
    at.l_scale = LogOnePlus(hn::Div(at.quiet, at.scale));
    const RunResult to = From(result, row, 4);
    if (result.slopes != nullptr) {
      ParetoOf<true>(count, at, std::min(left, lanes), to);
    } else {
      ParetoOf<false>(count, at, std::min(left, lanes), to);
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training::btyd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training::btyd {

HWY_EXPORT(ParetoRunOf);

void ParetoRun(const PurchaseCount& count, const ParetoRows& rows, int size, const RunResult& result) {
  HWY_DYNAMIC_DISPATCH(ParetoRunOf)(count, rows, size, result);
}

}  // namespace clientele::training::btyd
#endif  // HWY_ONCE
