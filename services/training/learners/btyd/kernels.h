// The inner loops of the likelihoods, over rows of the same count x, in vectors of the widest instruction set there is.
// What depends on x and the parameters alone, gamma functions above all, comes in once for all of them.
#pragma once

namespace clientele::training::btyd {

// Slopes and curvatures below are with regard to log parameters.

// log [Gamma(r + x) / Gamma(r)] and log [B(a, b + s) / B(a, b)], s chances to stop, with their derivatives.
struct DropoutCount {
  double x = 0, r = 0;
  bool may_have_stopped = false;  // s > 0.
  double value = 0;               // The sum of both.
  double r_slope = 0, a_slope = 0, b_slope = 0;
  double rr = 0, aa = 0, ab = 0, bb = 0;
  double log_odds = 0;  // log [a / (b + s - 1)].
  double b_share = 0;   // b / (b + s - 1).
};

// What slopes and curvatures of a run of rows go into; null: not wanted.
struct RunResult {
  double* values;      // [rows]
  double* slopes;      // [rows x p]
  double* curvatures;  // [rows x p(p+1)/2]
};

// Rows of times [rows each] and their own alpha and log alpha.
void DropoutRun(const DropoutCount& count, const double* recency, const double* age, const double* alpha,
                const double* log_alpha, int rows, const RunResult& result);

// log Gamma(px + q) - log Gamma(px) - log Gamma(q) with its derivatives.
struct SpendCount {
  double x = 0, p = 0, q = 0;
  double value = 0;
  double p_slope = 0, q_slope = 0;
  double pp = 0, pq = 0, qq = 0;
};

void SpendRun(const SpendCount& count, const double* mean_spend, const double* gamma, int rows,
              const RunResult& result);

}  // namespace clientele::training::btyd
