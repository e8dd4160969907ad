// BG/BB and the shifted beta-geometric.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "common/model/btyd/beta_geometric.h"
#include "common/model/btyd/bg_bb.h"

namespace clientele::btyd {
namespace {

constexpr std::array<double, 4> kDonations = {1.204, 0.750, 0.657, 2.783};  // Fader, Hardie and Shang (2010).

template <typename Model>
void ExpectSlopes(std::vector<double> parameters, auto&& ask) {
  const Estimate estimate = ask(Model(parameters));
  for (size_t i = 0; i < parameters.size(); ++i) {
    constexpr double kStep = 1e-5;
    const double at = parameters[i];
    parameters[i] = at * std::exp(kStep);
    const double above = ask(Model(parameters)).value;
    parameters[i] = at * std::exp(-kStep);
    const double slope = (above - ask(Model(parameters)).value) / (2 * kStep);
    parameters[i] = at;
    EXPECT_NEAR(estimate.slopes[i], slope, 1e-6 * std::abs(slope) + 1e-9 * estimate.value) << i;
  }
}

TEST(BgBbTest, SlopesAreThoseOfCentralDifferences) {
  const std::vector<double> parameters(kDonations.begin(), kDonations.end());
  for (const PurchaseHistory& history :
       {PurchaseHistory{0, 0, 6}, PurchaseHistory{3, 4, 6}, PurchaseHistory{6, 6, 6}}) {
    ExpectSlopes<BgBb>(parameters, [&](const BgBb& model) { return model.ProbabilityAlive(history); });
    ExpectSlopes<BgBb>(parameters, [&](const BgBb& model) { return model.PurchasesIfAlive(history, 5.25); });
    ExpectSlopes<BgBb>(parameters, [&](const BgBb& model) { return model.MedianTimeToNext(history); });
  }
  ExpectSlopes<BgBb>(parameters, [&](const BgBb& model) { return model.ExpectedPurchases(12); });
}

// Of the paper's table by frequency and recency, its two ends: expected donations in the five years to come.
TEST(BgBbTest, ExpectationsAreThoseOfThePaper) {
  const BgBb model(kDonations);
  const auto expected = [&](double x, double t_x) {
    const PurchaseHistory history{x, t_x, 6};
    return model.ProbabilityAlive(history).value * model.PurchasesIfAlive(history, 5).value;
  };
  EXPECT_NEAR(expected(0, 0), 0.07, 0.005);
  EXPECT_NEAR(expected(6, 6), 3.75, 0.005);
}

// E[X(n)] in closed form: equation 8 of the paper.
TEST(BgBbTest, ExpectedPurchasesAreTheClosedForm) {
  const auto [alpha, beta, gamma, delta] = kDonations;
  const double n = 17;
  const double ratio = std::exp(std::lgamma(gamma + delta) - std::lgamma(gamma + delta + n) +
                                std::lgamma(1 + delta + n) - std::lgamma(1 + delta));
  EXPECT_NEAR(BgBb(kDonations).ExpectedPurchases(n).value, alpha / (alpha + beta) * delta / (gamma - 1) * (1 - ratio),
              1e-12);
  // gamma = 1, where the closed form is 0 / 0: the mean of theirs on both sides.
  const auto at = [a = alpha, b = beta, d = delta, n](double g) {
    return BgBb({a, b, g, d}).ExpectedPurchases(n).value;
  };
  EXPECT_NEAR(at(1), 0.5 * (at(1.001) + at(0.999)), 1e-5);
}

TEST(BgBbTest, CountProbabilitiesMakeTheExpectation) {
  const BgBb model(kDonations);
  const std::vector<double> probabilities = model.CountProbabilities(9, 12);
  EXPECT_NEAR(std::accumulate(probabilities.begin(), probabilities.end(), 0.0), 1, 1e-13);
  EXPECT_EQ(probabilities[10], 0);
  double mean = 0;
  for (size_t k = 0; k < probabilities.size(); ++k) mean += k * probabilities[k];
  EXPECT_NEAR(mean, model.ExpectedPurchases(9).value, 1e-13);
}

TEST(BgBbTest, TheMedianWaitIsTheMedian) {
  const BgBb model({1.0, 1.0, 0.5, 5.0});  // p uniform: half of the customers take more than t, 1 / (1 + t) = 1/2.
  EXPECT_NEAR(model.MedianTimeToNext({}).value, 1, 1e-12);
  EXPECT_EQ(model.ProbabilityAlive({3, 6, 6}).value, 1);
}

TEST(BetaGeometricTest, SlopesAreThoseOfCentralDifferences) {
  for (const std::vector<double>& parameters : {std::vector<double>{0.668, 3.806}, std::vector<double>{2.5, 40}}) {
    for (const double survived : {0.0, 3.0, 50.0}) {
      ExpectSlopes<BetaGeometric>(parameters, [&](const auto& model) { return model.Survival(survived, 4); });
      ExpectSlopes<BetaGeometric>(parameters, [&](const auto& model) { return model.RetentionRate(survived); });
      ExpectSlopes<BetaGeometric>(parameters,
                                  [&](const auto& model) { return model.DiscountedResidualLifetime(survived, 0.1); });
    }
  }
  ExpectSlopes<BetaGeometric>({2.5, 40}, [&](const auto& model) { return model.ExpectedResidualLifetime(2); });
}

TEST(BetaGeometricTest, SurvivalIsTheProductOfRetentionRates) {
  const BetaGeometric model({0.704, 1.182});
  double survival = 1;
  for (int period = 0; period < 30; ++period) {
    EXPECT_NEAR(model.Survival(period).value, survival, 1e-14);
    survival *= model.RetentionRate(period).value;
  }
}

// Against the sum of what each renewal is worth.
TEST(BetaGeometricTest, TheDiscountedLifetimeIsTheSumOfItsRenewals) {
  struct Case {
    double alpha, beta, survived, discount;
  };
  for (const auto& [alpha, beta, survived, discount] :
       {Case{0.668, 3.806, 0, 0.1}, Case{0.704, 1.182, 4, 0.1}, Case{0.05, 0.2, 1, 0.25}, Case{300, 4000, 10, 0.01},
        Case{5, 0.1, 0, 0.02}, Case{1, 1e-3, 0, 3}}) {
    const BetaGeometric model({alpha, beta});
    double sum = 0, survival = 1, worth = 1;
    for (int period = 0; survival * worth > 1e-18; ++period, worth /= 1 + discount) {
      survival *= (beta + survived + period) / (alpha + beta + survived + period);
      sum += survival * worth;
    }
    EXPECT_NEAR(model.DiscountedResidualLifetime(survived, discount).value / sum, 1, 1e-12) << alpha;
  }
}

TEST(BetaGeometricTest, HalfOfThemAreThereUntilTheMedianLifetime) {
  for (const std::vector<double>& parameters : {std::vector<double>{0.668, 3.806}, std::vector<double>{20, 10}}) {
    const BetaGeometric model(parameters);
    for (const double survived : {0.0, 12.0}) {
      const double median = model.MedianResidualLifetime(survived);
      EXPECT_LE(model.Survival(survived, median).value, 0.5);
      EXPECT_GT(model.Survival(survived, median - 1).value, 0.5);
      EXPECT_DOUBLE_EQ(std::exp(model.LogSurvival(survived, median)), model.Survival(survived, median).value);
    }
  }
}

TEST(BetaGeometricTest, ALifetimeWithoutEndIsInfinite) {
  EXPECT_TRUE(std::isinf(BetaGeometric({0.7, 1.2}).ExpectedResidualLifetime(3).value));
  EXPECT_DOUBLE_EQ(BetaGeometric({3.0, 8.0}).ExpectedResidualLifetime(2).value, 5);
  EXPECT_NEAR(BetaGeometric({3.0, 8.0}).DiscountedResidualLifetime(2, 1e-9).value, 5, 1e-6);
}

}  // namespace
}  // namespace clientele::btyd
