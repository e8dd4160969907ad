// The simulators against the models' closed forms: means within 4.5 of their standard errors, from fixed seeds.
#include "common/model/btyd/simulate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "common/model/btyd/beta_geometric.h"
#include "common/model/btyd/bg_bb.h"
#include "common/model/btyd/bg_nbd.h"
#include "common/model/btyd/gamma_gamma.h"
#include "common/model/btyd/modified_bg_nbd.h"
#include "common/model/btyd/pareto_nbd.h"

namespace clientele::btyd {
namespace {

constexpr int kCustomers = 40000;

void ExpectMean(double expected, const std::function<double(Draws&)>& draw) {
  double sum = 0, squares = 0;
  for (uint64_t i = 0; i < kCustomers; ++i) {
    Draws draws(11, i);
    const double value = draw(draws);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kCustomers, variance = squares / kCustomers - mean * mean;
  EXPECT_NEAR(mean, expected, 4.5 * std::sqrt(variance / kCustomers));
}

TEST(DrawsTest, DistributionsHaveTheirMeansAndVariances) {
  ExpectMean(0.5, [](Draws& draws) { return draws.Uniform(); });
  ExpectMean(0, [](Draws& draws) { return draws.Normal(); });
  ExpectMean(1, [](Draws& draws) { return std::pow(draws.Normal(), 2); });
  ExpectMean(2.5, [](Draws& draws) { return draws.Exponential(0.4); });
  for (const double shape : {0.01, 0.3, 1.0, 7.5, 4000.0}) {
    ExpectMean(shape / 2, [&](Draws& draws) { return draws.Gamma(shape, 2); });
    ExpectMean(shape / 4, [&](Draws& draws) { return std::pow(draws.Gamma(shape, 2) - shape / 2, 2); });
    // The logarithm's mean is the digamma function, however small the variate.
    ExpectMean(Digamma(shape), [&](Draws& draws) { return draws.LogGammaVariate(shape); });
  }
  ExpectMean(0.2, [](Draws& draws) { return draws.Beta(0.05, 0.2); });
  ExpectMean(2.0 / 3 / 3 / 4, [](Draws& draws) { return std::pow(draws.Beta(2, 1) - 2.0 / 3, 2); });
}

TEST(DrawsTest, AStreamIsTheSameEveryTimeAndUnlikeAnother) {
  Draws one(3, 4), same(3, 4), other(3, 5);
  const double first = one.Uniform();
  EXPECT_EQ(first, same.Uniform());
  EXPECT_NE(first, other.Uniform());
}

using Simulator = SimulatedCustomer (*)(absl::Span<const double>, double, Draws&);

// Purchases, those without, and who of a kind is still there.
void ExpectModel(const PurchaseModel& model, const std::vector<double>& parameters, Simulator simulate,
                 double duration) {
  ExpectMean(model.ExpectedPurchases(duration).value,
             [&](Draws& draws) { return static_cast<double>(simulate(parameters, duration, draws).purchases.size()); });
  const std::vector<double> probabilities = model.CountProbabilities(duration, 2);
  for (size_t k = 0; k <= 2; ++k) {
    ExpectMean(probabilities[k],
               [&](Draws& draws) { return simulate(parameters, duration, draws).purchases.size() == k; });
  }
  ExpectMean(0, [&](Draws& draws) {
    const SimulatedCustomer customer = simulate(parameters, duration, draws);
    const double alive = model.ProbabilityAlive(HistoryAt(customer, duration)).value;
    return (customer.stopped > duration) - alive;
  });
  // What the first half of the time says of the second.
  ExpectMean(0, [&](Draws& draws) {
    const SimulatedCustomer customer = simulate(parameters, duration, draws);
    const PurchaseHistory half = HistoryAt(customer, duration / 2);
    return customer.purchases.size() - half.frequency -
           model.ProbabilityAlive(half).value * model.PurchasesIfAlive(half, duration / 2).value;
  });
}

TEST(SimulateTest, CustomersAreWhatTheirModelsSay) {
  const std::vector<double> dropout = {0.6, 5.0, 0.8, 2.4}, pareto = {0.6, 5.0, 0.7, 12.0},
                            discrete = {1.2, 0.75, 0.66, 2.8};
  ExpectModel(BgNbd(dropout), dropout, &SimulateBgNbd, 40);
  ExpectModel(ModifiedBgNbd(dropout), dropout, &SimulateModifiedBgNbd, 40);
  ExpectModel(ParetoNbd(pareto), pareto, &SimulateParetoNbd, 40);
  ExpectModel(BgBb(discrete), discrete, &SimulateBgBb, 12);
}

TEST(SimulateTest, SpendHasTheMeanOfGammaGamma) {
  const std::vector<double> parameters = {6.25, 4.74, 15.44};
  ExpectMean(GammaGamma(parameters).PopulationMean().value,
             [&](Draws& draws) { return SimulateSpend(parameters, 1, draws)[0]; });
  // A second purchase is as the first one lets expect.
  ExpectMean(0, [&](Draws& draws) {
    const std::vector<double> amounts = SimulateSpend(parameters, 2, draws);
    return amounts[1] - GammaGamma(parameters).ConditionalMean(1, amounts[0]).value;
  });
}

TEST(SimulateTest, TenuresSurviveAsTheBetaGeometricSays) {
  const std::vector<double> parameters = {0.7, 2.4};
  for (const int most : {1, 5, 12}) {
    ExpectMean(BetaGeometric(parameters).Survival(most).value, [&](Draws& draws) {
      const SimulatedTenure tenure = SimulateBetaGeometric(parameters, most, draws);
      EXPECT_TRUE(tenure.left || tenure.periods == most);
      return !tenure.left;
    });
  }
}

TEST(SimulateTest, AHistoryEndsWhereItIsAsked) {
  const SimulatedCustomer customer{{1, 4, 9}, 9};
  EXPECT_EQ(HistoryAt(customer, 4).frequency, 2);
  EXPECT_EQ(HistoryAt(customer, 4).recency, 4);
  EXPECT_EQ(HistoryAt(customer, 0.5).recency, 0);
  EXPECT_EQ(HistoryAt(customer, 20).age, 20);
}

}  // namespace
}  // namespace clientele::btyd
