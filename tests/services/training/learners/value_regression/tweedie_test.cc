#include <gtest/gtest.h>

#include <cmath>

#include "services/training/learners/value_regression/tweedie_density.h"
#include "services/training/learners/value_regression/tweedie_power.h"
#include "tests/services/training/learners/value_regression/sample.h"

namespace clientele::training {
namespace {

TEST(LogGammaTest, IsThatOfTheLibrary) {
  for (const double x : {1e-3, 0.1, 0.5, 1.0, 1.5, 2.0, 7.3, 12.0, 150.0, 1e6}) {
    EXPECT_NEAR(LogGamma(x), std::lgamma(x), 1e-13 * (1 + std::abs(std::lgamma(x)))) << x;
  }
}

// By SciPy's poisson and gamma, as a sum over the number of amounts: another formula than the series.
TEST(TweedieDensityTest, IsThatOfAPoissonNumberOfGammaAmounts) {
  struct Case {
    double value, mean, dispersion, power, log;
  };
  const Case cases[] = {{0, 2, 1.5, 1.3, -1.5471474216309},      {1, 2, 1.5, 1.3, -1.4820275415107},
                        {3.7, 2, 1.5, 1.5, -2.4294671950904},    {250, 30, 4, 1.7, -10.711084191333},
                        {0.01, 1, 0.7, 1.95, -1.0225463037157},  {12, 10, 0.05, 1.2, -3.2542697873266},
                        {1000, 900, 0.4, 1.5, -6.0816980106649}, {5, 1, 2, 1.05, -4.286613059459}};
  for (const Case& c : cases) {
    EXPECT_NEAR(TweedieDensity(c.power, c.dispersion).Log(c.value, c.mean), c.log, 1e-11 * std::abs(c.log)) << c.value;
  }
}

TEST(TweedieDensityTest, AllProbabilitiesAddUpToOne) {
  for (const double power : {1.2, 1.5, 1.8}) {
    const TweedieDensity density(power, 2);
    double sum = std::exp(density.Log(0, 3));
    const double step = 0.002;  // Simpson would do no better near 0, where the density may be infinite.
    for (double root = step / 2; root < 12; root += step)
      sum += std::exp(density.Log(root * root, 3)) * 2 * root * step;
    EXPECT_NEAR(sum, 1, 2e-3) << power;
  }
}

TEST(TweedieDensityTest, TheApproximationForManyAmountsJoinsTheSeries) {
  // 299 and 301 likely amounts.
  const double power = 1.5, value = 400, amounts = std::sqrt(value) / 0.5;
  const double series = TweedieDensity(power, amounts / 299).Log(value, 380);
  const double approximation = TweedieDensity(power, amounts / 301).Log(value, 380);
  EXPECT_NEAR(series, approximation, 0.02);
}

testutil::ValueRows TweedieRows(int n, double power, uint64_t seed) {
  testutil::Draws draws(seed);
  testutil::ValueRows data;
  for (int i = 0; i < n; ++i) {
    const double x = draws.Normal();
    data.rows.push_back({x});
    data.labels.push_back(draws.Tweedie(std::exp(2 + 0.6 * x), 3, power));
  }
  return data;
}

TEST(FindTweediePowerTest, FindsThePowerThatMadeTheData) {
  for (const double power : {1.25, 1.5, 1.75}) {
    const auto model = testutil::TrainOn(testutil::MatrixOf(TweedieRows(8000, power, 3)),
                                         testutil::OfFamily(model::v1::ValueRegressionParameters::FAMILY_TWEEDIE, 0));
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_NEAR(model->tweedie_power(), power, 0.03);
    EXPECT_NEAR(model->dispersion(), 3, 0.3);
    EXPECT_NEAR(model->coefficients(0), 0.6, 0.07);
    EXPECT_NEAR(model->intercept(), 2, 0.07);
  }
}

TEST(FindTweediePowerTest, IsTheSameForAnyThreadsAndRanksAlsoOnASample) {
  const TrainingMatrix matrix = testutil::MatrixOf(TweedieRows(41000, 1.5, 5));
  const auto parameters = testutil::OfFamily(model::v1::ValueRegressionParameters::FAMILY_TWEEDIE, 1);
  const auto model = testutil::TrainOn(matrix, parameters, 1);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_NEAR(model->tweedie_power(), 1.5, 0.03);
  EXPECT_EQ(testutil::TrainOn(matrix, parameters, 3)->SerializeAsString(), model->SerializeAsString());
  const auto ranks = testutil::RunOnRanks<model::v1::ValueRegressionModel>(
      matrix, 2, [&](const TrainingMatrix& part, Communicator& c) {
        return TrainValueRegression(part, parameters, c, 1, StopToken(), {});
      });
  for (const auto& result : ranks) EXPECT_EQ(result->SerializeAsString(), model->SerializeAsString());
}

}  // namespace
}  // namespace clientele::training
