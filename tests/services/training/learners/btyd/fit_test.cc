// What a fit promises whatever the data: threads, weights, units.
#include "services/training/learners/btyd/fit.h"

#include <gtest/gtest.h>

#include <cmath>

#include "services/training/learners/btyd/bg_nbd_likelihood.h"
#include "services/training/learners/btyd/rows.h"
#include "tests/services/training/learners/btyd/simulated_customers.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training::btyd {
namespace {

using testutil::SimulatedCustomers;

SimulatedCustomers Customers(int n) {
  return testutil::SimulateBgNbd(n, 5, [](int) { return std::vector<double>{0.6, 8, 0.8, 2.5}; });
}

BtydFit Fit(const LikelihoodRows& rows, const std::vector<double>& weights, int threads = 1) {
  BtydFitOptions options;
  options.threads = threads;
  const auto fit =
      FitBtyd(BgNbdLikelihood(), GeometricDropoutTraits(rows, weights), rows, weights, {}, options, StopToken());
  EXPECT_OK(fit.status());
  return fit.value();
}

TEST(FitBtydTest, ThreadsDoNotChangeABit) {
  const SimulatedCustomers customers = Customers(30000);
  const std::vector<double> ones(customers.x.size(), 1.0);
  const CollapsedRows rows = CollapseRows({customers.x, customers.t_x, customers.T}, ones, 1);
  const BtydFit one = Fit(rows.rows(), rows.weights, 1);
  for (const int threads : {2, 3, 8}) {
    const BtydFit many = Fit(rows.rows(), rows.weights, threads);
    EXPECT_EQ(one.log_likelihood, many.log_likelihood);
    EXPECT_EQ(one.covariance, many.covariance);
    for (int j = 0; j < 4; ++j) EXPECT_EQ(one.parameters[j].value, many.parameters[j].value);
  }
}

TEST(FitBtydTest, AWeightIsSoManyRows) {
  const SimulatedCustomers customers = Customers(3000);
  std::vector<double> weights, x, t_x, age;
  for (size_t i = 0; i < customers.x.size(); ++i) {
    weights.push_back(static_cast<double>(i % 3));
    for (size_t copy = 0; copy < i % 3; ++copy) {
      x.push_back(customers.x[i]);
      t_x.push_back(customers.t_x[i]);
      age.push_back(customers.T[i]);
    }
  }
  const std::vector<double> ones(x.size(), 1.0);
  const CollapsedRows repeated = CollapseRows({x, t_x, age}, ones, 1);
  const BtydFit weighted = Fit({customers.x, customers.t_x, customers.T}, weights);
  const BtydFit collapsed = Fit(repeated.rows(), repeated.weights);
  EXPECT_EQ(weighted.weight, collapsed.weight);
  EXPECT_LT(collapsed.distinct_rows, weighted.distinct_rows);
  EXPECT_NEAR(weighted.log_likelihood, collapsed.log_likelihood, 1e-8 * std::abs(weighted.log_likelihood));
  for (int j = 0; j < 4; ++j) {
    EXPECT_NEAR(weighted.parameters[j].value, collapsed.parameters[j].value, 1e-5 * weighted.parameters[j].value);
    EXPECT_NEAR(weighted.parameters[j].standard_error, collapsed.parameters[j].standard_error,
                1e-4 * weighted.parameters[j].standard_error);
  }
}

TEST(FitBtydTest, DaysAndYearsAreAsGoodAsWeeks) {
  const SimulatedCustomers customers = Customers(3000);
  const std::vector<double> ones(customers.x.size(), 1.0);
  const BtydFit weeks = Fit({customers.x, customers.t_x, customers.T}, ones);
  for (const double unit : {7.0, 7 / 365.25, 604800.0, 1e-9}) {
    std::vector<double> t_x = customers.t_x, age = customers.T;
    for (double& time : t_x) time *= unit;
    for (double& time : age) time *= unit;
    const BtydFit other = Fit({customers.x, t_x, age}, ones);
    const double scale[] = {1, unit, 1, 1};
    for (int j = 0; j < 4; ++j) {
      EXPECT_NEAR(other.parameters[j].value, weeks.parameters[j].value * scale[j], 1e-5 * other.parameters[j].value);
    }
    EXPECT_EQ(other.optimum, Optimum::kInterior);
  }
}

// 40 fits of customers drawn anew: intervals of 95 % hold the truth nearly always.
TEST(FitBtydTest, IntervalsHoldTheTruthThatManyTimes) {
  const double truth[] = {0.6, 8, 0.8, 2.5};
  int held = 0;
  for (uint32_t seed = 100; seed < 140; ++seed) {
    const SimulatedCustomers customers =
        testutil::SimulateBgNbd(2000, seed, [&](int) { return std::vector<double>(truth, truth + 4); });
    const BtydFit fit = Fit({customers.x, customers.t_x, customers.T}, std::vector<double>(2000, 1.0));
    for (int j = 0; j < 4; ++j) held += fit.parameters[j].lower < truth[j] && truth[j] < fit.parameters[j].upper;
  }
  EXPECT_GE(held, 140);  // Of 160; 152 are expected.
}

TEST(FitBtydTest, StopsWhenTold) {
  const SimulatedCustomers customers = Customers(500);
  const std::vector<double> ones(500, 1.0);
  const LikelihoodRows rows{customers.x, customers.t_x, customers.T};
  const auto fit = FitBtyd(BgNbdLikelihood(), GeometricDropoutTraits(rows, ones), rows, ones, {}, {},
                           StopToken(absl::InfinitePast()));
  EXPECT_EQ(fit.status().code(), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace clientele::training::btyd
