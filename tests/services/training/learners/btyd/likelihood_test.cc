// The likelihoods against the formulas as published, and their derivatives against differences.
#include <gtest/gtest.h>

#include <cmath>

#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/gamma_gamma_likelihood.h"
#include "services/training/learners/btyd/modified_bg_nbd_likelihood.h"
#include "tests/services/training/learners/btyd/derivatives.h"

namespace clientele::training::btyd {
namespace {

// Few chances to stop are a product, many gamma functions: from 33.
const std::vector<double> kCount = {0, 0, 1, 1, 2, 2.5, 7, 7, 7, 31, 32, 33, 300, 10000};
const std::vector<double> kRecency = {0, 0, 1.7, 30, 0, 12, 38, 20.5, 38.9, 80, 80, 80, 90, 100};
const std::vector<double> kAge = {0, 38.9, 38.9, 30, 38.9, 12.25, 38.9, 38.9, 38.9, 104, 104, 104, 104, 104};

double Lgamma(double x) { return std::lgamma(x); }

// Fader, Hardie and Lee (2005), equation 6 and its like for MBG/NBD, in the plainest form.
double PublishedDropout(double x, double t_x, double T, double r, double alpha, double a, double b, int first) {
  const double s = x + first;
  const double common =
      Lgamma(r + x) - Lgamma(r) + r * std::log(alpha) + Lgamma(b + s) + Lgamma(a + b) - Lgamma(b) - Lgamma(a + b + s);
  const double alive = std::pow((alpha + t_x) / (alpha + T), r + x);
  const double stopped = s > 0 ? a / (b + s - 1) : 0;
  return common - (r + x) * std::log(alpha + t_x) + std::log(alive + stopped);
}

TEST(LikelihoodTest, DropoutLikelihoodsAreThePublishedOnes) {
  const LikelihoodRows rows{kCount, kRecency, kAge};
  const std::vector<double> logs = {std::log(0.24), std::log(4.4), std::log(0.79), std::log(2.4)};
  const Derivatives bg = Evaluate(BgNbdLikelihood(), rows, logs, false);
  const Derivatives mbg = Evaluate(ModifiedBgNbdLikelihood(), rows, logs, false);
  for (size_t i = 0; i < kCount.size(); ++i) {
    const double plain = PublishedDropout(kCount[i], kRecency[i], kAge[i], 0.24, 4.4, 0.79, 2.4, 0);
    const double modified = PublishedDropout(kCount[i], kRecency[i], kAge[i], 0.24, 4.4, 0.79, 2.4, 1);
    EXPECT_NEAR(bg.values[i], plain, 1e-11 * (10 + std::abs(plain))) << i;
    EXPECT_NEAR(mbg.values[i], modified, 1e-11 * (10 + std::abs(modified))) << i;
  }
}

TEST(LikelihoodTest, DropoutDerivativesAreThoseOfDifferences) {
  const LikelihoodRows rows{kCount, kRecency, kAge};
  for (const std::vector<double>& logs : {std::vector<double>{-1.4, 1.5, -0.2, 0.9}, std::vector<double>{0.3, 2, 4, 1},
                                          std::vector<double>{-0.2, 2.3, -9, 5}}) {
    ExpectDerivativesOfDifferences(BgNbdLikelihood(), rows, logs);
    ExpectDerivativesOfDifferences(ModifiedBgNbdLikelihood(), rows, logs);
  }
}

TEST(LikelihoodTest, GammaGammaIsThePublishedOneWithItsDerivatives) {
  const std::vector<double> x = {1, 1, 1, 2, 2, 9, 500}, spend = {0.01, 12, 35, 35, 22.35, 1e4, 48};
  const LikelihoodRows rows{x, spend, {}};
  const double p = 6.25, q = 3.74, gamma = 15.44;
  const std::vector<double> logs = {std::log(p), std::log(q), std::log(gamma)};
  const Derivatives at = Evaluate(GammaGammaLikelihood(), rows, logs, false);
  for (size_t i = 0; i < x.size(); ++i) {
    const double expected = Lgamma(p * x[i] + q) - Lgamma(p * x[i]) - Lgamma(q) + q * std::log(gamma) +
                            (p * x[i] - 1) * std::log(spend[i]) + p * x[i] * std::log(x[i]) -
                            (p * x[i] + q) * std::log(gamma + x[i] * spend[i]);
    EXPECT_NEAR(at.values[i], expected, 1e-10 * (1 + std::abs(expected)));
  }
  ExpectDerivativesOfDifferences(GammaGammaLikelihood(), rows, logs);
}

TEST(LikelihoodTest, ParametersOfTheirOwnThatAreTheSameChangeNothing) {
  const LikelihoodRows rows{kCount, kRecency, kAge};
  const std::vector<double> logs = {-1.4, 1.5, -0.2, 0.9};
  std::vector<double> own;
  for (size_t i = 0; i < kCount.size(); ++i) own.insert(own.end(), logs.begin(), logs.end());
  const Derivatives shared = Evaluate(BgNbdLikelihood(), rows, logs, false);
  const Derivatives each = Evaluate(BgNbdLikelihood(), rows, own, true);
  EXPECT_EQ(shared.values, each.values);
  EXPECT_EQ(shared.curvatures, each.curvatures);
}

// At b = 1e9 the gamma functions' logarithms are 2e10, and their difference here 4e-7.
TEST(LikelihoodTest, NearTheLimitOfNoDropoutNoDigitIsLost) {
  const std::vector<double> x = {4}, recency = {30}, age = {30};
  const std::vector<double> logs = {-0.3, 2.3, std::log(100.0), std::log(1e9)};
  const Derivatives at = Evaluate(BgNbdLikelihood(), {x, recency, age}, logs, false);
  EXPECT_NEAR(at.slopes[2], -4e-7 + 1e-7, 1e-12);
  EXPECT_NEAR(at.slopes[3], 4e-7 - 1e-7, 1e-12);
}

}  // namespace
}  // namespace clientele::training::btyd
