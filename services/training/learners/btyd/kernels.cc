#include "services/training/learners/btyd/kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "services/training/learners/btyd/kernels.cc"
#include <hwy/foreach_target.h>  // Compiles what follows once for each instruction set.

#include "services/training/learners/btyd/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace clientele::training::btyd {
namespace HWY_NAMESPACE {

// With u = alpha / (alpha + t), v = 1 - u at t = T and t_x; `stopped` is the probability of it, omega its odds in logs,
// whose slopes in r and alpha are w_r and w_alpha, in a 1, in b -b_share.
template <bool kMayHaveStopped>
HWY_INLINE void DropoutVector(const DropoutCount& count, Vector t_x, Vector age, Vector alpha, Vector log_alpha,
                              int rows, const RunResult& result) {
  const Vector one = Of(1), r = Of(count.r), x = Of(count.x), rx = Of(count.r + count.x);
  const Vector growth = LogOnePlus(hn::Div(age, alpha));  // log(1 + T / alpha).
  Vector value = hn::Sub(Of(count.value), hn::Add(hn::Mul(rx, growth), hn::Mul(x, log_alpha)));
  Vector stopped = hn::Zero(Doubles()), quiet_ratio = stopped, quiet = stopped;
  if constexpr (kMayHaveStopped) {
    quiet_ratio = hn::Div(hn::Max(hn::Sub(age, t_x), hn::Zero(Doubles())), hn::Add(alpha, t_x));
    quiet = LogOnePlus(quiet_ratio);  // log [(alpha + T) / (alpha + t_x)].
    value = hn::Add(value, Softplus(hn::MulAdd(rx, quiet, Of(count.log_odds)), stopped));
  }
  StoreRows<1>({value}, rows, result.values);
  if (result.slopes == nullptr) return;

  const Vector inverse = hn::Div(one, hn::Add(alpha, age));
  const Vector u = hn::Mul(alpha, inverse), v = hn::Mul(age, inverse);
  const Vector w_r = hn::Mul(r, quiet), w_alpha = hn::Neg(hn::Mul(rx, hn::Mul(u, quiet_ratio)));
  const Vector r_slope = hn::Sub(hn::Mul(stopped, w_r), hn::Mul(r, growth));
  const Vector a_share = kMayHaveStopped ? stopped : hn::Zero(Doubles());
  StoreRows<4>(
      {hn::Add(Of(count.r_slope), r_slope), hn::MulAdd(stopped, w_alpha, hn::Sub(hn::Mul(r, v), hn::Mul(x, u))),
       hn::Add(Of(count.a_slope), a_share), hn::Sub(Of(count.b_slope), hn::Mul(a_share, Of(count.b_share)))},
      rows, result.slopes);
  if (result.curvatures == nullptr) return;

  const Vector b = Of(count.b_share), spread = hn::Mul(stopped, hn::Sub(one, stopped));
  const Vector by_r = hn::Mul(spread, w_r), by_alpha = hn::Mul(spread, w_alpha);
  const Vector uv = hn::Mul(u, v);
  const Vector u_x = hn::Div(alpha, hn::Add(alpha, t_x)), uv_x = hn::Mul(u_x, hn::Sub(one, u_x));
  const Vector alive = hn::Sub(one, stopped);
  const Vector cross = hn::Neg(hn::Mul(r, hn::Mul(u, quiet_ratio)));  // The slope of w_r in log alpha.
  StoreRows<10>(
      {hn::Add(Of(count.rr), hn::MulAdd(by_r, w_r, r_slope)),
       hn::MulAdd(by_r, w_alpha, hn::MulAdd(stopped, cross, hn::Mul(r, v))), by_r, hn::Neg(hn::Mul(by_r, b)),
       hn::Sub(hn::Mul(by_alpha, w_alpha), hn::Mul(rx, hn::MulAdd(alive, uv, hn::Mul(stopped, uv_x)))), by_alpha,
       hn::Neg(hn::Mul(by_alpha, b)), hn::Add(Of(count.aa), spread), hn::Sub(Of(count.ab), hn::Mul(spread, b)),
       hn::Add(Of(count.bb), hn::Sub(hn::Mul(spread, hn::Mul(b, b)), hn::Mul(stopped, hn::Mul(b, hn::Sub(one, b)))))},
      rows, result.curvatures);
}

void DropoutRunOf(const DropoutCount& count, const double* recency, const double* age, const double* alpha,
                  const double* log_alpha, int rows, const RunResult& result) {
  const int lanes = static_cast<int>(hn::Lanes(Doubles()));
  const auto vector = count.may_have_stopped ? &DropoutVector<true> : &DropoutVector<false>;
  for (int row = 0; row < rows; row += lanes) {
    const int left = rows - row;
    vector(count, LoadRows(recency + row, left), LoadRows(age + row, left), LoadRows(alpha + row, left),
           LoadRows(log_alpha + row, left), std::min(left, lanes), From(result, row, 4));
  }
}

// With u = gamma / (gamma + s), v = 1 - u, s the spend in all.
HWY_INLINE void SpendVector(const SpendCount& count, Vector mean_spend, Vector gamma, int rows,
                            const RunResult& result) {
  const Vector px = Of(count.p * count.x), q = Of(count.q), sum = hn::Mul(Of(count.x), mean_spend);
  const Vector own = hn::Mul(q, LogOnePlus(hn::Div(sum, gamma)));
  const Vector scale = hn::Mul(px, LogOnePlus(hn::Div(gamma, sum)));
  StoreRows<1>({hn::Sub(Of(count.value), hn::Add(hn::Add(own, scale), hn::Log(Doubles(), mean_spend)))}, rows,
               result.values);
  if (result.slopes == nullptr) return;

  const Vector inverse = hn::Div(Of(1), hn::Add(gamma, sum));
  const Vector u = hn::Mul(gamma, inverse), v = hn::Mul(sum, inverse);
  const Vector px_u = hn::Mul(px, u), q_v = hn::Mul(q, v);
  StoreRows<3>({hn::Sub(Of(count.p_slope), scale), hn::Sub(Of(count.q_slope), own), hn::Sub(q_v, px_u)}, rows,
               result.slopes);
  if (result.curvatures == nullptr) return;

  StoreRows<6>({hn::Sub(Of(count.pp), scale), Of(count.pq), hn::Neg(px_u), hn::Sub(Of(count.qq), own), q_v,
                hn::Neg(hn::Mul(hn::Add(px, q), hn::Mul(u, v)))},
               rows, result.curvatures);
}

void SpendRunOf(const SpendCount& count, const double* mean_spend, const double* gamma, int rows,
                const RunResult& result) {
  const int lanes = static_cast<int>(hn::Lanes(Doubles()));
  for (int row = 0; row < rows; row += lanes) {
    const int left = rows - row;
    SpendVector(count, LoadRows(mean_spend + row, left), LoadRows(gamma + row, left), std::min(left, lanes),
                From(result, row, 3));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace clientele::training::btyd
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace clientele::training::btyd {

HWY_EXPORT(DropoutRunOf);
HWY_EXPORT(SpendRunOf);

void DropoutRun(const DropoutCount& count, const double* recency, const double* age, const double* alpha,
                const double* log_alpha, int rows, const RunResult& result) {
  HWY_DYNAMIC_DISPATCH(DropoutRunOf)(count, recency, age, alpha, log_alpha, rows, result);
}

void SpendRun(const SpendCount& count, const double* mean_spend, const double* gamma, int rows,
              const RunResult& result) {
  HWY_DYNAMIC_DISPATCH(SpendRunOf)(count, mean_spend, gamma, rows, result);
}

}  // namespace clientele::training::btyd
#endif  // HWY_ONCE
