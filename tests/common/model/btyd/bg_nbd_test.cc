#include "common/model/btyd/bg_nbd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace clientele::btyd {
namespace {

using Number = Dual<4>;

struct Expectation {
  double shape, rate, a, b, time, purchases;
};
// Equation 10 of Fader, Hardie and Lee (2005), with 60 digits.
constexpr Expectation kExpectations[] = {
    {0.25, 4.5, 0.75, 2.5, 39, 1.2501718692342805882671298276829},
    {2.25, 43.375, 0.75, 4.5, 39, 1.7062790223092032462953541116266},
    {0.5, 8, 1.0009765625, 2, 520, 4.5043056637245905794634401522332},
    {0.75, 9.75, 9.313225746154785e-10, 100000, 300, 23.076923076917292230471471091357},
    {0.75, 8, 0.5, 0.25, 8000, 16.287685042494323873108484162446},
    {10000.25, 108, 0.75, 10002.5, 52, 4130.2243758050903060601231902985},
    {3, 5, 1024, 16384, 12, 5.5611794285634495268921786308949},
    {0.25, 4.5, 3, 0.0625, 39, 0.44112035531086567780001716839941},
};

TEST(PurchasesUnderDropoutTest, HasTheDigitsOfHighPrecision) {
  for (const auto& [shape, rate, a, b, time, purchases] : kExpectations) {
    SCOPED_TRACE(purchases);
    EXPECT_NEAR(PurchasesUnderDropout(shape, rate, a, b, time), purchases, 1e-12 * purchases);
    EXPECT_NEAR(PurchasesUnderDropoutByIntegral(shape, rate, a, b, time), purchases, 2e-12 * purchases);
  }
}

TEST(PurchasesUnderDropoutTest, TheSumAndTheIntegralAgreeInTheirSlopesToo) {
  for (const auto& [shape, rate, a, b, time, purchases] : kExpectations) {
    if (time / rate > 1000) continue;  // Too long for the sum.
    const auto at = [](double value, int i) { return Number::Parameter(value, i); };
    const Number sum = PurchasesUnderDropoutBySum(at(shape, 0), at(rate, 1), at(a, 2), at(b, 3), time);
    const Number integral = PurchasesUnderDropoutByIntegral(at(shape, 0), at(rate, 1), at(a, 2), at(b, 3), time);
    for (int i = 0; i < 4; ++i)
      EXPECT_NEAR(sum.slopes[i], integral.slopes[i], 1e-9 * purchases) << purchases << " " << i;
  }
}

// The published form divides by a - 1.
TEST(PurchasesUnderDropoutTest, NothingHappensAtAEqualToOne) {
  const double at_one = PurchasesUnderDropout(0.25, 4.5, 1.0, 2.5, 39);
  for (const double off : {1e-15, 1e-12, 1e-9, 1e-6}) {
    EXPECT_NEAR(PurchasesUnderDropout(0.25, 4.5, 1 + off, 2.5, 39), at_one, at_one * off + 1e-15);
    EXPECT_NEAR(PurchasesUnderDropout(0.25, 4.5, 1 - off, 2.5, 39), at_one, at_one * off + 1e-15);
  }
}

TEST(PurchasesUnderDropoutTest, WithoutDropoutTheRateGoesOn) {
  EXPECT_NEAR(PurchasesUnderDropout(2.25, 43.0, 1e-14, 3.5, 39), 2.25 * 39 / 43, 1e-12);
  EXPECT_NEAR(PurchasesUnderDropout(2.25, 43.0, 0.7, 1e14, 39), 2.25 * 39 / 43, 1e-12);
  EXPECT_NEAR(PurchasesUnderDropout(0.7, 1.0, 1e-12, 1.0, 1e6), 0.7e6, 1e-3);
  EXPECT_EQ(PurchasesUnderDropout(2.25, 43.0, 0.7, 3.5, 0), 0);
}

const std::vector<double> kCdnow = {0.243, 4.414, 0.793, 2.426};

// Slopes in log parameters against central differences of the same answer.
void ExpectSlopes(const std::vector<double>& parameters, const std::function<Estimate(const BgNbd&)>& answer) {
  constexpr double kStep = 1e-5;
  const Estimate at = answer(BgNbd(parameters));
  for (int i = 0; i < 4; ++i) {
    std::vector<double> above = parameters, below = parameters;
    above[i] *= std::exp(kStep);
    below[i] *= std::exp(-kStep);
    const double expected = (answer(BgNbd(above)).value - answer(BgNbd(below)).value) / (2 * kStep);
    EXPECT_NEAR(at.slopes[i], expected, 1e-8 * (1 + std::abs(at.value))) << i;
  }
}

TEST(BgNbdTest, SlopesAreThoseOfDifferences) {
  for (const PurchaseHistory& history :
       {PurchaseHistory{2, 30.43, 38.86}, PurchaseHistory{0, 0, 38.86}, PurchaseHistory{7, 38, 38},
        PurchaseHistory{1.5, 4, 0.5 + 4}, PurchaseHistory{0.25, 3, 9}}) {
    ExpectSlopes(kCdnow, [&](const BgNbd& model) { return model.ProbabilityAlive(history); });
    ExpectSlopes(kCdnow, [&](const BgNbd& model) { return model.PurchasesIfAlive(history, 39); });
    ExpectSlopes(kCdnow, [&](const BgNbd& model) { return model.MedianTimeToNext(history); });
  }
  ExpectSlopes(kCdnow, [](const BgNbd& model) { return model.ExpectedPurchases(52); });
}

TEST(BgNbdTest, ACustomerIsSurelyThereAtFirstAndLessAndLessInSilence) {
  const BgNbd model(kCdnow);
  EXPECT_EQ(model.ProbabilityAlive({0, 0, 38}).value, 1);
  double last = model.ProbabilityAlive({3, 20, 20}).value;
  EXPECT_NEAR(last, 1 / (1 + 0.793 / (2.426 + 2)), 1e-15);
  for (double age = 21; age < 1e6; age *= 1.5) {
    const double alive = model.ProbabilityAlive({3, 20, age}).value;
    EXPECT_LT(alive, last);
    last = alive;
  }
  EXPECT_GT(last, 0);
  const Estimate long_gone = model.ProbabilityAlive({10000, 1, 1e6});
  EXPECT_EQ(long_gone.value, 0);
  for (const double slope : long_gone.slopes) EXPECT_TRUE(std::isfinite(slope));
}

// Explanations walk from one history to another, through counts that no customer has.
TEST(BgNbdTest, AnswersAreContinuousInTheCount) {
  const BgNbd model(std::vector<double>{0.243, 4.414, 0.793, 0.2});
  for (double x = 0; x < 3; x += 0.001) {
    const double step = model.ProbabilityAlive({x + 0.001, 20, 30}).value - model.ProbabilityAlive({x, 20, 30}).value;
    EXPECT_LT(std::abs(step), 0.01) << x;
  }
}

TEST(BgNbdTest, CountProbabilitiesAddUpToOneAndToTheExpectation) {
  const BgNbd model(kCdnow);
  const std::vector<double> probabilities = model.CountProbabilities(39, 3000);
  double sum = 0, mean = 0;
  for (size_t k = 0; k < probabilities.size(); ++k) {
    EXPECT_GE(probabilities[k], 0);
    sum += probabilities[k];
    mean += static_cast<double>(k) * probabilities[k];
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_NEAR(mean, model.ExpectedPurchases(39).value, 1e-10);
  EXPECT_NEAR(probabilities[0], std::pow(4.414 / (4.414 + 39), 0.243), 1e-14);
  EXPECT_EQ(model.CountProbabilities(0, 2), (std::vector<double>{1, 0, 0}));
}

TEST(BgNbdTest, HalfOfThoseStillThereHaveBoughtByTheMedian) {
  const BgNbd model(kCdnow);
  const PurchaseHistory history{2, 30.43, 38.86};
  const double wait = model.MedianTimeToNext(history).value;
  EXPECT_NEAR(std::pow((4.414 + 38.86) / (4.414 + 38.86 + wait), 2.243), 0.5, 1e-14);
}

TEST(BgNbdTest, ThousandsOfPurchasesAndNoTimeAtAllAreFine) {
  const BgNbd model(kCdnow);
  const double busy = model.PurchasesIfAlive({10000, 100, 100}, 52).value;
  EXPECT_GT(busy, 2000);
  EXPECT_LT(busy, 10000.243 * 52 / 104.414);
  EXPECT_GT(model.PurchasesIfAlive({0, 0, 0}, 260).value, model.PurchasesIfAlive({0, 0, 20}, 260).value);
}

}  // namespace
}  // namespace clientele::btyd
