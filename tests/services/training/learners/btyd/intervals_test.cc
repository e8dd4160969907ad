// Intervals by profile likelihood: where their ends are, where there is none, and what the covariance says at a limit.
#include "services/training/learners/btyd/intervals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/model/btyd/draws.h"
#include "common/model/btyd/pareto_nbd.h"
#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/pareto_nbd_likelihood.h"
#include "services/training/learners/btyd/profile.h"
#include "tests/services/training/learners/btyd/simulated_customers.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training::btyd {
namespace {

using testutil::SimulatedCustomers;

// One cohort, fitted.
template <typename Model>
struct Fitted {
  Fitted(ModelTraits (*traits)(const LikelihoodRows&, absl::Span<const double>), SimulatedCustomers drawn,
         BtydFitOptions with = {})
      : customers(std::move(drawn)),
        ones(customers.x.size(), 1.0),
        rows{customers.x, customers.t_x, customers.T},
        objective(likelihood, rows, ones, {}, {}) {
    const auto found = FitBtyd(likelihood, traits(rows, ones), rows, ones, {}, with, StopToken());
    EXPECT_OK(found.status());
    fit = *found;
  }
  std::vector<double> Logs() const {
    std::vector<double> logs;
    for (const FittedParameter& parameter : fit.parameters) logs.push_back(std::log(parameter.value));
    return logs;
  }
  // The likelihood with one parameter held, by a search of its own.
  Maximum With(int parameter, double value) {
    std::vector<double> start = Logs();
    std::vector<bool> free(start.size(), true);
    start[parameter] = std::log(value);
    free[parameter] = false;
    return Maximise(objective, start, free, {}, StopToken()).value();
  }
  double Deviance(int parameter, double value) { return 2 * (fit.log_likelihood - With(parameter, value).at.value); }

  Model likelihood;
  SimulatedCustomers customers;
  std::vector<double> ones;
  LikelihoodRows rows;
  FitObjective objective;
  BtydFit fit;
};

SimulatedCustomers Skewed(int n) {
  return testutil::SimulateBgNbd(n, 11, [](int) { return std::vector<double>{0.6, 8, 0.8, 2.5}; });
}

// Everybody buys at 1 / 8 a week and stays 40 weeks in the mean: there are no differences in drop-out.
SimulatedCustomers AllStopAlike(int n) {
  SimulatedCustomers customers;
  for (int i = 0; i < n; ++i) {
    clientele::btyd::Draws draws(4, i);
    const double age = 78 - 52 * draws.Uniform(), leaves = std::min(age, draws.Exponential(1.0 / 40));
    const double rate = draws.Gamma(0.8, 6);
    double x = 0, t_x = 0;
    for (double time = draws.Exponential(rate); time < leaves; time += draws.Exponential(rate), ++x) t_x = time;
    customers.x.push_back(x);
    customers.t_x.push_back(t_x);
    customers.T.push_back(age);
  }
  return customers;
}

TEST(ProfileIntervalsTest, EndWhereTheDevianceIsTheQuantile) {
  Fitted<BgNbdLikelihood> fitted(GeometricDropoutTraits, Skewed(500));
  for (const int j : {1, 2, 3}) {  // r is told too well to need it.
    const FittedParameter& parameter = fitted.fit.parameters[j];
    ASSERT_TRUE(NeedsProfile(parameter, fitted.fit.optimum)) << j;
    EXPECT_NEAR(fitted.Deviance(j, parameter.lower), 3.841, 0.03) << j;
    EXPECT_NEAR(fitted.Deviance(j, parameter.upper), 3.841, 0.03) << j;
  }
}

TEST(ProfileIntervalsTest, ReachFartherToWhereTheLikelihoodIsFlatter) {
  BtydFitOptions wald;
  wald.profile_intervals = false;
  const FittedParameter by_profile = Fitted<BgNbdLikelihood>(GeometricDropoutTraits, Skewed(500)).fit.parameters[3];
  const FittedParameter by_error = Fitted<BgNbdLikelihood>(GeometricDropoutTraits, Skewed(500), wald).fit.parameters[3];
  EXPECT_EQ(by_profile.value, by_error.value);
  EXPECT_GT(by_profile.upper, 1.1 * by_error.upper);
  EXPECT_GT(by_profile.lower, by_error.lower);
}

// Of 60,000 customers the two are the same, and no passes are spent on it.
TEST(ProfileIntervalsTest, AreThoseOfTheStandardErrorWhereTheDataTellAll) {
  BtydFitOptions wald;
  wald.profile_intervals = false;
  const BtydFit fit = Fitted<BgNbdLikelihood>(GeometricDropoutTraits, Skewed(60000)).fit;
  const BtydFit plain = Fitted<BgNbdLikelihood>(GeometricDropoutTraits, Skewed(60000), wald).fit;
  EXPECT_EQ(fit.evaluations, plain.evaluations);
  for (int j = 0; j < 4; ++j) EXPECT_EQ(fit.parameters[j].upper, plain.parameters[j].upper);
}

TEST(ProfileIntervalsTest, WhatIsDoubtfulIsALargeErrorOrNoInteriorMaximum) {
  const FittedParameter well = {.value = 2, .standard_error = 0.1};
  EXPECT_FALSE(NeedsProfile(well, Optimum::kInterior));
  EXPECT_TRUE(NeedsProfile(well, Optimum::kRidge));
  EXPECT_TRUE(NeedsProfile({.value = 2, .standard_error = 0.3}, Optimum::kInterior));
  EXPECT_TRUE(NeedsProfile({.value = 2, .identified = false}, Optimum::kInterior));
}

TEST(ProfileIntervalsTest, HaveNoEndWhereTheDataSetNoneAndSaySo) {
  Fitted<ParetoNbdLikelihood> fitted(ParetoNbdTraits, AllStopAlike(1500));
  const BtydFit& fit = fitted.fit;
  ASSERT_EQ(fit.optimum, Optimum::kHomogeneous);
  EXPECT_TRUE(std::isinf(fit.parameters[2].upper));
  EXPECT_GT(fit.parameters[2].lower, 0.2);
  EXPECT_LT(fit.parameters[2].lower, 20);
  EXPECT_NEAR(fitted.Deviance(2, fit.parameters[2].lower), 3.841, 0.05);
  EXPECT_THAT(fit.findings, testing::Contains("the data set no upper bound for s, beta"));
}

// At a limit nothing has a slope. All the same the delta method says how far the total may be off: as far as at the
// parameters the data only just allow.
TEST(ProfileIntervalsTest, TheCovarianceAtALimitReachesAsFarAsTheLikelihood) {
  Fitted<ParetoNbdLikelihood> fitted(ParetoNbdTraits, AllStopAlike(1500));
  const auto total = [&](const std::vector<double>& logs) {
    std::vector<double> parameters;
    for (const double log : logs) parameters.push_back(std::exp(log));
    const clientele::btyd::ParetoNbd model(parameters);
    clientele::btyd::Estimate sum;
    for (size_t i = 0; i < fitted.customers.x.size(); ++i) {
      const clientele::btyd::PurchaseHistory history{fitted.customers.x[i], fitted.customers.t_x[i],
                                                     fitted.customers.T[i]};
      const auto alive = model.ProbabilityAlive(history), ahead = model.PurchasesIfAlive(history, 52);
      sum.value += alive.value * ahead.value;
      for (int j = 0; j < 4; ++j) sum.slopes[j] += alive.slopes[j] * ahead.value + alive.value * ahead.slopes[j];
    }
    return sum;
  };
  const auto here = total(fitted.Logs()), there = total(fitted.With(2, fitted.fit.parameters[2].lower).eta);
  double variance = 0;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) variance += here.slopes[i] * fitted.fit.covariance[i * 4 + j] * here.slopes[j];
  }
  const double reach = 1.96 * std::sqrt(variance);
  EXPECT_GT(std::abs(there.value - here.value), 0.03 * here.value);
  EXPECT_GT(reach, 0.5 * std::abs(there.value - here.value));
  EXPECT_LT(reach, 3 * std::abs(there.value - here.value));
}

}  // namespace
}  // namespace clientele::training::btyd
