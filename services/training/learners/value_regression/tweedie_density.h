// The density of the Tweedie distribution with power in (1, 2): a Poisson number of Gamma amounts, so that 0 has a
// probability of its own. By the series of Dunn and Smyth (Statistics and Computing 15, 2005), summed around its
// largest term until nothing more counts in float64; where a value is made of more than 300 amounts, by the saddlepoint
// approximation, which is within 1e-3 of it there.
#pragma once

#include <vector>

namespace clientele::training {

// Thread-safe: immutable.
class TweedieDensity {
 public:
  // `power` p in (1, 2), `dispersion` > 0.
  TweedieDensity(double power, double dispersion);

  // log f(value; mean), or at 0 the logarithm of its probability. `value` >= 0, `mean` > 0. Cost: O(sqrt(j) + 1), j
  // about value^(2 - p) / (dispersion (2 - p)), the likely number of amounts, and constant from 300 on.
  double Log(double value, double mean) const;

 private:
  // Of the series: the term of j amounts.
  double LogTerm(int j, double log_value) const;
  // log of the density of `value` > 0 at a mean of `value`: what does not depend on the mean.
  double LogAtOwnMean(double value) const;

  // (value theta - kappa) / dispersion: what depends on the mean.
  double Exponent(double value, double mean) const;

  double power_;
  double dispersion_;
  double shape_;                    // Of an amount: (2 - p) / (p - 1).
  double constant_;                 // Of the logarithm of a term, times j.
  std::vector<double> log_gammas_;  // [j]: what a term is divided by.
};

// log Gamma(x) for x > 0, within 1e-13 or so; unlike the C library's it may be called from many threads.
double LogGamma(double x);

}  // namespace clientele::training
