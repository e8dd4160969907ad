// Simulated customers: every family finds what made them, its errors say how well, and its predictions add up.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "common/model/value_regression/family.h"
#include "tests/services/training/learners/value_regression/sample.h"

namespace clientele::training {
namespace {

using testutil::Draws;
using testutil::MatrixOf;
using testutil::OfFamily;
using testutil::TrainOn;
using testutil::ValueRegressionModel;
using testutil::ValueRegressionParameters;
using testutil::ValueRows;
using P = ValueRegressionParameters;

// Means exp(1.5 + 0.5 a - 0.3 b); any value with log odds 0.3 + 0.8 a + 0.2 b; log deviation -0.4 + 0.2 a - 0.1 b.
constexpr double kMean[] = {0.5, -0.3, 1.5}, kOccurrence[] = {0.8, 0.2, 0.3}, kSpread[] = {0.2, -0.1, -0.4};

double At(const double (&parameters)[3], const std::vector<double>& row) {
  return parameters[0] * row[0] + parameters[1] * row[1] + parameters[2];
}

using Draw = std::function<double(const std::vector<double>& row, Draws& draws)>;

struct Case {
  model::ValueFamily family;
  double power;
  Draw draw;
};

bool Occurs(const std::vector<double>& row, Draws& draws) {
  return draws.Uniform() < 1 / (1 + std::exp(-At(kOccurrence, row)));
}

std::vector<Case> Cases() {
  const auto mean = [](const std::vector<double>& row) { return std::exp(At(kMean, row)); };
  return {{P::FAMILY_GAUSSIAN, 0, [mean](const auto& row, Draws& draws) { return mean(row) + draws.Normal(); }},
          {P::FAMILY_POISSON, 0, [mean](const auto& row, Draws& draws) { return 1.0 * draws.Poisson(mean(row)); }},
          {P::FAMILY_GAMMA, 0, [mean](const auto& row, Draws& draws) { return mean(row) / 2 * draws.Gamma(2); }},
          {P::FAMILY_TWEEDIE, 1.6, [mean](const auto& row, Draws& draws) { return draws.Tweedie(mean(row), 2, 1.6); }},
          {P::FAMILY_HURDLE_GAMMA, 0,
           [mean](const auto& row, Draws& draws) { return Occurs(row, draws) ? mean(row) / 2 * draws.Gamma(2) : 0; }},
          {P::FAMILY_ZERO_INFLATED_LOGNORMAL, 0, [](const auto& row, Draws& draws) {
             return Occurs(row, draws) ? std::exp(At(kMean, row) + std::exp(At(kSpread, row)) * draws.Normal()) : 0;
           }}};
}

ValueRows Simulate(const Case& from, int n, uint64_t seed) {
  Draws draws(seed);
  ValueRows data;
  for (int i = 0; i < n; ++i) {
    data.rows.push_back({static_cast<float>(draws.Normal()), static_cast<float>(draws.Normal())});
    data.labels.push_back(from.draw(data.rows.back(), draws));
  }
  return data;
}

template <typename Part>
double FitOf(const Part& part, const std::vector<double>& row) {
  return part.coefficients(0) * row[0] + part.coefficients(1) * row[1] + part.intercept();
}

double Predict(const ValueRegressionModel& model, const std::vector<double>& row) {
  double fit = FitOf(model, row);
  if (model.has_spread()) fit += std::exp(2 * FitOf(model.spread(), row)) / 2;
  return std::exp(fit) * (model.has_occurrence() ? 1 / (1 + std::exp(-FitOf(model.occurrence(), row))) : 1);
}

// Deviations, in standard errors, of the three estimates from the truth.
template <typename Part>
std::vector<double> Misses(const Part& part, const double (&truth)[3]) {
  return {(part.coefficients(0) - truth[0]) / part.standard_errors(0),
          (part.coefficients(1) - truth[1]) / part.standard_errors(1),
          (part.intercept() - truth[2]) / part.intercept_standard_error()};
}

std::vector<double> AllMisses(const ValueRegressionModel& model) {
  std::vector<double> misses = Misses(model, kMean);
  const auto add = [&](const std::vector<double>& more) { misses.insert(misses.end(), more.begin(), more.end()); };
  if (model.has_occurrence()) add(Misses(model.occurrence(), kOccurrence));
  if (model.has_spread()) add(Misses(model.spread(), kSpread));
  return misses;
}

TEST(RecoveryTest, EveryFamilyFindsWhatMadeTheData) {
  for (const Case& from : Cases()) {
    SCOPED_TRACE(P::Family_Name(from.family));
    const auto model = TrainOn(MatrixOf(Simulate(from, 20000, 7)), OfFamily(from.family, 0, from.power));
    ASSERT_TRUE(model.ok()) << model.status();
    for (const double miss : AllMisses(*model)) EXPECT_LT(std::abs(miss), 4);
    for (const double error : model->standard_errors()) EXPECT_LT(error, 0.03);
  }
}

TEST(RecoveryTest, StandardErrorsAreTheDeviationsOverSamples) {
  for (const Case& from : Cases()) {
    double squares = 0;
    size_t count = 0;
    for (int sample = 0; sample < 150; ++sample) {
      const auto model = TrainOn(MatrixOf(Simulate(from, 400, 100 + sample)), OfFamily(from.family, 0, from.power));
      ASSERT_TRUE(model.ok()) << model.status();
      for (const double miss : AllMisses(*model)) squares += miss * miss;
      count += AllMisses(*model).size();
    }
    EXPECT_NEAR(std::sqrt(squares / static_cast<double>(count)), 1, 0.1) << P::Family_Name(from.family);
  }
}

TEST(RecoveryTest, PredictionsAddUpToWhatCame) {
  for (const Case& from : Cases()) {
    const ValueRows data = Simulate(from, 20000, 9);
    const auto model = TrainOn(MatrixOf(data), OfFamily(from.family, 3, from.power));
    ASSERT_TRUE(model.ok()) << model.status();
    double predicted = 0;
    for (const auto& row : data.rows) predicted += Predict(*model, row);
    const double actual = std::accumulate(data.labels.begin(), data.labels.end(), 0.0);
    // Poisson's link is canonical: exactly, whatever the data. The others as far as they are what made the data.
    EXPECT_NEAR(predicted / actual, 1, from.family == P::FAMILY_POISSON ? 1e-8 : 0.02) << P::Family_Name(from.family);
  }
}

TEST(RecoveryTest, PoissonAddsUpToWhatCameAlsoForValuesThatAreNotPoisson) {
  const ValueRows data = testutil::FixedRows(/*weighted=*/true, /*exposed=*/true);
  const auto model = TrainOn(MatrixOf(data), OfFamily(P::FAMILY_POISSON, 3));
  ASSERT_TRUE(model.ok()) << model.status();
  double predicted = 0, actual = 0;
  for (size_t i = 0; i < data.rows.size(); ++i) {
    predicted += data.weights[i] * data.exposures[i] * Predict(*model, data.rows[i]);
    actual += data.weights[i] * data.labels[i];
  }
  EXPECT_NEAR(predicted / actual, 1, 1e-8);
}

TEST(RecoveryTest, TwiceTheExposureIsTwiceTheMean) {
  // The rate is what is learnt: the same as if everybody had been watched for as long.
  Draws draws(4);
  ValueRows data;
  for (int i = 0; i < 20000; ++i) {
    data.rows.push_back({static_cast<float>(draws.Normal()), static_cast<float>(draws.Normal())});
    data.exposures.push_back(i % 2 == 0 ? 1 : 4);
    data.labels.push_back(draws.Poisson(data.exposures.back() * std::exp(At(kMean, data.rows.back()) - 1)));
  }
  const auto model = TrainOn(MatrixOf(data), OfFamily(P::FAMILY_POISSON, 0));
  ASSERT_TRUE(model.ok()) << model.status();
  const double truth[] = {kMean[0], kMean[1], kMean[2] - 1};
  for (const double miss : Misses(*model, truth)) EXPECT_LT(std::abs(miss), 4);
}

}  // namespace
}  // namespace clientele::training
