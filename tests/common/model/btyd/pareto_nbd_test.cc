#include "common/model/btyd/pareto_nbd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "common/model/btyd/stopping_integral.h"

namespace clientele::btyd {
namespace {

// The tables are printed by high_precision.py.
struct Integral {
  double shape, rate, s, scale, length, value;
};
constexpr Integral kIntegrals[] = {
    {0.553, 10.578, 0.606, 11.669, 38.86, 0.6906410246958501035},
    {2.553, 41.008, 0.606, 42.099, 8.43, 0.13798071488518697943},
    {0.01, 0.003, 0.5, 250.0, 100.0, 0.2822539427787000722},
    {0.25, 300.0, 3.0, 0.001, 52.0, 0.33333319444502085972},
    {1.0, 5.0, 1.0, 5.0, 30.0, 0.48979591836734693878},
    {1.5, 5.0, 0.25, 5.000001, 30.0, 0.55245968569664383554},
    {300.5, 20.0, 0.6, 12.0, 50.0, 0.0055158263827483869045},
    {1000.25, 39.0, 0.01, 3.0, 0.5, 0.012842923322873126144},
    {40.0, 2.0, 8.0, 100.0, 1e-09, 9.9999998995500013122e-12},
    {20.0, 0.01, 0.1, 60.0, 400.0, 8.7718404826710794179e-6},
    {3.0, 100.0, 0.001, 0.01, 2000.0, 7.6821480975162110602},
    {7.5, 1000000.0, 20000.0, 1000000.0, 40.0, 0.000027529607631452288032},
    {100000.0, 50.0, 1e-06, 20.0, 100.0, 0.000024999625014374146942},
};

TEST(StoppingIntegralTest, HasTheDigitsOfTheHypergeometricFunctions) {
  for (const Integral& at : kIntegrals) {
    SCOPED_TRACE(at.value);
    const double value = IntegrateStopping(at.shape, at.rate, at.s, at.scale, at.length).value;
    EXPECT_NEAR(value / at.value, 1, 1e-14);
  }
}

TEST(StoppingIntegralTest, SlopesAreThoseOfCentralDifferences) {
  for (const Integral& at : kIntegrals) {
    SCOPED_TRACE(at.value);
    const StoppingIntegral integral = IntegrateStopping(at.shape, at.rate, at.s, at.scale, at.length);
    const auto expect_slope = [&](double slope, double Integral::*argument) {
      const double h = 1e-5 * at.*argument;
      Integral above = at, below = at;
      above.*argument += h;
      below.*argument -= h;
      const double rise = IntegrateStopping(above.shape, above.rate, above.s, above.scale, above.length).value -
                          IntegrateStopping(below.shape, below.rate, below.s, below.scale, below.length).value;
      EXPECT_NEAR(slope * at.*argument, rise / (2 * h) * at.*argument,
                  2e-6 * std::abs(slope * at.*argument) + 1e-9 * at.value);
    };
    expect_slope(integral.by_shape, &Integral::shape);
    expect_slope(integral.by_rate, &Integral::rate);
    expect_slope(integral.by_s, &Integral::s);
    expect_slope(integral.by_scale, &Integral::scale);
  }
}

struct Prediction {
  std::array<double, 4> parameters;
  PurchaseHistory history;
  double time, alive, purchases;
};
constexpr Prediction kPredictions[] = {
    {{0.5532754601, 10.5776115, 0.6062137308, 11.66791681},
     {2, 30.43, 38.86},
     39,
     0.86911870068850551386,
     1.6742395171410653509},
    {{0.5532754601, 10.5776115, 0.6062137308, 11.66791681},
     {0, 0, 38.86},
     39,
     0.29509716477079758786,
     0.36279502687404718943},
    {{0.5532754601, 10.5776115, 0.6062137308, 11.66791681},
     {26, 25, 38.86},
     39,
     0.0060634700331051133162,
     17.411573400345283288},
    {{2.5, 8.0, 1.0, 30.0}, {3, 20, 52}, 26, 0.086726508678486864511, 2.0701800486140821244},
    {{2.5, 8.0, 1.0000001, 30.0}, {3, 20, 52}, 26, 0.086726497615900336744, 2.0701800201064630766},
    {{0.1, 0.02, 4.0, 50.0}, {1, 3, 90}, 10, 0.0017526404598029766181, 0.1066144423324309281},
    {{3.0, 20.0, 1e-09, 10.0}, {4, 10, 80}, 500, 0.99999907564242208977, 34.999999957343078641},
    {{1.0, 12.0, 2.0, 12.0}, {5, 30, 30}, 12, 1.0, 1.3333333333333333333},
    {{0.5, 5.0, 0.7, 0.01}, {4, 10, 50}, 39, 0.0052294874584795268826, 2.5752764394064765069},
};

TEST(ParetoNbdTest, PredictionsHaveTheDigitsOfHighPrecision) {
  for (const Prediction& at : kPredictions) {
    SCOPED_TRACE(at.alive);
    const ParetoNbd model(at.parameters);
    EXPECT_NEAR(model.ProbabilityAlive(at.history).value / at.alive, 1, 3e-14);
    EXPECT_NEAR(model.PurchasesIfAlive(at.history, at.time).value / at.purchases, 1, 3e-14);
  }
}

void ExpectSlopes(absl::Span<const double> parameters, auto&& ask) {
  const Estimate estimate = ask(ParetoNbd(parameters));
  for (int i = 0; i < 4; ++i) {
    constexpr double kStep = 1e-5;
    std::vector<double> above(parameters.begin(), parameters.end()), below = above;
    above[i] *= std::exp(kStep);
    below[i] *= std::exp(-kStep);
    const double slope = (ask(ParetoNbd(above)).value - ask(ParetoNbd(below)).value) / (2 * kStep);
    EXPECT_NEAR(estimate.slopes[i], slope, 1e-6 * std::abs(slope) + 1e-9 * estimate.value) << i;
  }
}

TEST(ParetoNbdTest, SlopesAreThoseOfCentralDifferences) {
  for (const Prediction& at : kPredictions) {
    SCOPED_TRACE(at.alive);
    ExpectSlopes(at.parameters, [&](const ParetoNbd& model) { return model.ProbabilityAlive(at.history); });
    ExpectSlopes(at.parameters, [&](const ParetoNbd& model) { return model.PurchasesIfAlive(at.history, at.time); });
    ExpectSlopes(at.parameters, [&](const ParetoNbd& model) { return model.ExpectedPurchases(at.time); });
    ExpectSlopes(at.parameters, [&](const ParetoNbd& model) { return model.MedianTimeToNext(at.history); });
  }
}

struct CountProbability {
  std::array<double, 4> parameters;
  double time;
  int count;
  double probability;
};
constexpr CountProbability kCounts[] = {
    {{0.553, 10.578, 0.606, 11.669}, 39.0, 0, 0.59362503160238382969},
    {{0.553, 10.578, 0.606, 11.669}, 39.0, 1, 0.16556294727717548405},
    {{0.553, 10.578, 0.606, 11.669}, 39.0, 7, 0.01070775073351457423},
    {{0.553, 10.578, 0.606, 11.669}, 39.0, 40, 1.4882291290852057657e-6},
    {{3.0, 0.5, 0.2, 40.0}, 30.0, 0, 0.0012365795891216607898},
    {{3.0, 0.5, 0.2, 40.0}, 30.0, 1, 0.0012278391806043317567},
    {{3.0, 0.5, 0.2, 40.0}, 30.0, 7, 0.0012558799236599472297},
    {{3.0, 0.5, 0.2, 40.0}, 30.0, 40, 0.0025397554189342648112},
    {{0.75, 20.0, 2.0, 1.5}, 52.0, 0, 0.95592754479773071967},
    {{0.75, 20.0, 2.0, 1.5}, 52.0, 1, 0.037342278766343285318},
    {{0.75, 20.0, 2.0, 1.5}, 52.0, 7, 0.000052793249857437969598},
    {{0.75, 20.0, 2.0, 1.5}, 52.0, 40, 2.6072867272731528546e-10},
};

TEST(ParetoNbdTest, CountProbabilitiesHaveTheDigitsOfHighPrecision) {
  for (const CountProbability& at : kCounts) {
    const double probability = ParetoNbd(at.parameters).CountProbabilities(at.time, 50)[at.count];
    EXPECT_NEAR(probability / at.probability, 1, 1e-12) << at.count;
  }
}

TEST(ParetoNbdTest, CountProbabilitiesMakeTheExpectation) {
  const ParetoNbd model({0.8, 6.0, 0.5, 9.0});
  const std::vector<double> probabilities = model.CountProbabilities(30, 600);
  EXPECT_NEAR(std::accumulate(probabilities.begin(), probabilities.end(), 0.0), 1, 1e-12);
  double mean = 0;
  for (size_t k = 0; k < probabilities.size(); ++k) mean += k * probabilities[k];
  EXPECT_NEAR(mean, model.ExpectedPurchases(30).value, 1e-11);
}

TEST(ParetoNbdTest, ACustomerWhoJustBoughtIsThereAndOneLongQuietIsNot) {
  const ParetoNbd model({0.55, 10.6, 0.6, 11.7});
  EXPECT_EQ(model.ProbabilityAlive({5, 30, 30}).value, 1);
  EXPECT_EQ(model.ProbabilityAlive({0, 0, 0}).value, 1);
  const Estimate gone = model.ProbabilityAlive({2000, 10, 300});
  EXPECT_EQ(gone.value, 0);
  for (const double slope : gone.slopes) EXPECT_EQ(slope, 0);
}

// s and beta grow together: all customers' lifetimes have one exponential distribution, here of mean 50.
TEST(ParetoNbdTest, AlikeLifetimesAreALimitAndNotATrap) {
  const ParetoNbd model({0.5, 10.0, 2e9, 1e11});
  const double mean = 0.5 / 10 * 50 * (1 - std::exp(-39.0 / 50));
  EXPECT_NEAR(model.ExpectedPurchases(39).value, mean, 1e-8);
  const double alive = model.ProbabilityAlive({2, 10, 39}).value;
  EXPECT_NEAR(alive, ParetoNbd({0.5, 10.0, 2e6, 1e8}).ProbabilityAlive({2, 10, 39}).value, 1e-6);
}

}  // namespace
}  // namespace clientele::btyd
