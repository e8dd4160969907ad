// Properties of the Cox model that need no published number, and what it does with hostile data.
#include "services/training/learners/survival/cox.h"

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "gtest/gtest.h"
#include "tests/services/training/learners/survival/survival_data.h"

namespace clientele::training::survival {
namespace {

using testutil::FitOrFail;
using testutil::GenerateSurvival;
using testutil::ManyRows;
using testutil::SurvivalData;

std::vector<int64_t> Shuffled(int64_t n) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::mt19937_64 random(7);
  for (int64_t i = n - 1; i > 0; --i) std::swap(order[i], order[random() % (i + 1)]);
  return order;
}

Derivatives At(const SurvivalData& data, Ties ties, const std::vector<double>& at, int threads = 1) {
  CoxObjective objective(data.rows(), data.columns, data.d(), ties, threads, StopToken());
  auto derivatives = objective.Evaluate(at);
  EXPECT_TRUE(derivatives.ok());
  return *std::move(derivatives);
}

// The log-likelihood from its definition, risk set by risk set.
double SlowLogLikelihood(const SurvivalData& data, Ties ties, const std::vector<double>& at) {
  const int d = data.d();
  std::vector<double> means(d, 0), fits;
  for (int64_t i = 0; i < data.n(); ++i) {
    for (int j = 0; j < d; ++j) means[j] += data.columns[i * d + j] / static_cast<double>(data.n());
  }
  for (int64_t i = 0; i < data.n(); ++i) {
    double fit = 0;
    for (int j = 0; j < d; ++j) fit += (data.columns[i * d + j] - means[j]) * at[j];
    fits.push_back(fit);
  }
  const auto rows = data.rows();
  std::vector<bool> done(data.n(), false);
  double sum = 0;
  for (int64_t i = 0; i < data.n(); ++i) {
    if (data.ended[i] == 0 || done[i]) continue;
    double risk = 0, risk_of_ended = 0, weight = 0;
    int m = 0;
    for (int64_t k = 0; k < data.n(); ++k) {
      if (rows.stratum(k) != rows.stratum(i) || data.durations[k] < data.durations[i]) continue;
      risk += rows.weight(k) * std::exp(fits[k]);
      if (data.ended[k] == 0 || data.durations[k] != data.durations[i]) continue;
      done[k] = true;
      risk_of_ended += rows.weight(k) * std::exp(fits[k]);
      weight += rows.weight(k);
      sum += rows.weight(k) * fits[k];
      ++m;
    }
    for (int l = 0; l < m; ++l) {
      sum -= weight / m * std::log(risk - (ties == Ties::kEfron ? risk_of_ended * l / m : 0));
    }
  }
  return sum;
}

TEST(CoxObjective, IsTheLikelihoodByDefinition) {
  const SurvivalData data = ManyRows();
  const std::vector<double> at = {0.3, -0.2, 0.1};
  for (const Ties ties : {Ties::kEfron, Ties::kBreslow}) {
    const double slow = SlowLogLikelihood(data, ties, at);
    EXPECT_NEAR(At(data, ties, at).value, slow, 1e-10 * std::abs(slow));
  }
}

TEST(CoxObjective, HasTheDerivativesOfItsValue) {
  const SurvivalData data = ManyRows();
  const std::vector<double> at = {0.3, -0.2, 0.1};
  constexpr double kStep = 1e-4;
  for (const Ties ties : {Ties::kEfron, Ties::kBreslow}) {
    const Derivatives here = At(data, ties, at);
    for (int j = 0; j < 3; ++j) {
      std::vector<double> above = at, below = at;
      above[j] += kStep;
      below[j] -= kStep;
      const Derivatives high = At(data, ties, above), low = At(data, ties, below);
      EXPECT_NEAR(here.gradient[j], (high.value - low.value) / (2 * kStep), 1e-3);
      for (int k = 0; k < 3; ++k) {
        EXPECT_NEAR(here.information[j * 3 + k], (low.gradient[k] - high.gradient[k]) / (2 * kStep), 1e-3);
      }
    }
  }
}

TEST(CoxObjective, StrataAddUp) {
  const SurvivalData data = ManyRows();
  CoxObjective together(data.rows(), data.columns, 3, Ties::kEfron, 1, StopToken());
  const std::vector<double> at = {0.3, -0.2, 0.1};
  const Derivatives all = *together.Evaluate(at);
  double value = 0;
  std::vector<double> gradient(3, 0), information(9, 0);
  for (int stratum = 0; stratum < 3; ++stratum) {
    std::vector<int64_t> which;
    for (int64_t i = 0; i < data.n(); ++i) {
      if (data.strata[i] == stratum) which.push_back(i);
    }
    SurvivalData part = data.Rows(which);
    part.strata.clear();
    CoxObjective alone(part.rows(), part.columns, 3, Ties::kEfron, 1, StopToken());
    const Derivatives one = *alone.Evaluate(at);
    value += one.value;
    for (int j = 0; j < 3; ++j) gradient[j] += one.gradient[j];
    for (int j = 0; j < 9; ++j) information[j] += one.information[j];
  }
  // Columns are centred by other means, which the likelihood does not see.
  EXPECT_NEAR(all.value, value, 1e-8);
  for (int j = 0; j < 3; ++j) EXPECT_NEAR(all.gradient[j], gradient[j], 1e-7);
  for (int j = 0; j < 9; ++j) EXPECT_NEAR(all.information[j], information[j], 1e-6);
}

TEST(Cox, TheOrderOfRowsDoesNotMatter) {
  const SurvivalData data = ManyRows();
  const SurvivalData shuffled = data.Rows(Shuffled(data.n()));
  const CoxFit a = FitOrFail(data, Ties::kEfron), b = FitOrFail(shuffled, Ties::kEfron);
  for (int j = 0; j < 3; ++j) EXPECT_NEAR(a.coefficients[j], b.coefficients[j], 1e-10);
  EXPECT_NEAR(a.log_likelihood, b.log_likelihood, 1e-7);
}

TEST(Cox, DoubledRowsAreRowsOfWeightTwo) {
  SurvivalData data = GenerateSurvival(500, 2, 20, 3);
  std::vector<int64_t> twice;
  for (int64_t i = 0; i < 2 * data.n(); ++i) twice.push_back(i / 2);
  const CoxFit doubled = FitOrFail(data.Rows(twice), Ties::kBreslow);
  data.weights.assign(data.n(), 2);
  const CoxFit weighted = FitOrFail(data, Ties::kBreslow);
  for (int j = 0; j < 2; ++j) {
    EXPECT_NEAR(doubled.coefficients[j], weighted.coefficients[j], 1e-10);
    EXPECT_NEAR(doubled.standard_errors[j], weighted.standard_errors[j], 1e-10);
  }
}

TEST(Cox, RowsOfWeightZeroCountForNothing) {
  SurvivalData data = GenerateSurvival(300, 2, 20, 5);
  const CoxFit alone = FitOrFail(data, Ties::kEfron);
  data.weights.assign(data.n(), 1);
  for (int i = 0; i < 50; ++i) {
    data.durations.push_back(1 + i);
    data.ended.push_back(1);
    data.weights.push_back(0);
    data.columns.insert(data.columns.end(), {1000.0, -1000.0});
  }
  const CoxFit with = FitOrFail(data, Ties::kEfron);
  EXPECT_EQ(alone.coefficients, with.coefficients);
}

TEST(Cox, ThreadsChangeNoBit) {
  const SurvivalData data = ManyRows();
  const CoxFit one = FitOrFail(data, Ties::kEfron, 0, 1);
  for (const int threads : {2, 3, 8}) {
    const CoxFit many = FitOrFail(data, Ties::kEfron, 0, threads);
    EXPECT_EQ(std::memcmp(one.coefficients.data(), many.coefficients.data(), 3 * sizeof(double)), 0);
    EXPECT_EQ(std::memcmp(one.covariance.data(), many.covariance.data(), 9 * sizeof(double)), 0);
    EXPECT_EQ(one.log_likelihood, many.log_likelihood);
  }
}

TEST(Cox, FindsTheCoefficientsThatMadeTheData) {
  const SurvivalData data = GenerateSurvival(40000, 3, 0, 17);
  const CoxFit fit = FitOrFail(data, Ties::kEfron, 0, 2);
  const double truth[] = {0.5, -0.25, 0.5 / 3};
  for (int j = 0; j < 3; ++j) EXPECT_NEAR(fit.coefficients[j], truth[j], 4 * fit.standard_errors[j]);
}

TEST(Cox, ColumnsFarFromZeroAreAsGoodAsAny) {
  SurvivalData data = GenerateSurvival(1000, 2, 0, 19);
  const CoxFit near = FitOrFail(data, Ties::kEfron);
  for (size_t i = 0; i < data.columns.size(); i += 2) data.columns[i] = 1e6 + 1e-3 * data.columns[i];
  const CoxFit far = FitOrFail(data, Ties::kEfron);
  EXPECT_TRUE(far.converged);
  EXPECT_NEAR(far.coefficients[0] * 1e-3, near.coefficients[0], 1e-6);
  EXPECT_NEAR(far.coefficients[1], near.coefficients[1], 1e-6);
}

TEST(Cox, TellsColumnsThatOthersDetermine) {
  SurvivalData data = GenerateSurvival(400, 2, 0, 23);
  const CoxFit alone = FitOrFail(data, Ties::kEfron);
  SurvivalData more;
  more.names = {"x0", "constant", "x1", "twice x0 less x1"};
  more.durations = data.durations;
  more.ended = data.ended;
  for (int64_t i = 0; i < data.n(); ++i) {
    const double a = data.columns[2 * i], b = data.columns[2 * i + 1];
    more.columns.insert(more.columns.end(), {a, 3.0, b, 2 * a - b});
  }
  const CoxFit fit = FitOrFail(more, Ties::kEfron);
  EXPECT_EQ(fit.undetermined, (std::vector<int>{1, 3}));
  EXPECT_EQ(fit.degrees_of_freedom, 2);
  EXPECT_NEAR(fit.coefficients[0], alone.coefficients[0], 1e-8);
  EXPECT_NEAR(fit.coefficients[2], alone.coefficients[1], 1e-8);
  EXPECT_EQ(fit.coefficients[1], 0);
  EXPECT_EQ(fit.coefficients[3], 0);
  EXPECT_TRUE(fit.converged);
}

TEST(Cox, TellsALikelihoodThatRisesForEver) {
  SurvivalData data = GenerateSurvival(200, 1, 0, 29);
  data.names.push_back("never ends");
  std::vector<double> columns;
  for (int64_t i = 0; i < data.n(); ++i) {
    // All that have ended have a 0 here.
    columns.insert(columns.end(), {data.columns[i], data.ended[i] == 0 && i % 2 == 0 ? 1.0 : 0.0});
  }
  data.columns = columns;
  const CoxFit fit = FitOrFail(data, Ties::kEfron);
  EXPECT_EQ(fit.unbounded, std::vector<int>{1});
  EXPECT_LT(fit.iterations, 50);
  EXPECT_LT(fit.coefficients[1], -5);
  for (const double number : fit.covariance) EXPECT_TRUE(std::isfinite(number));
  const CoxFit penalised = FitOrFail(data, Ties::kEfron, 1.0);
  EXPECT_TRUE(penalised.unbounded.empty());
  EXPECT_TRUE(penalised.converged);
  EXPECT_GT(penalised.coefficients[1], -10);
}

TEST(Cox, NeedsAnEvent) {
  SurvivalData data = GenerateSurvival(50, 1, 0, 31);
  data.ended.assign(data.n(), 0);
  CoxObjective objective(data.rows(), data.columns, 1, Ties::kEfron, 1, StopToken());
  EXPECT_EQ(FitCox(objective, {}).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(Cox, ManagesWithOneEventOneTimeAndNoColumn) {
  SurvivalData one = GenerateSurvival(30, 2, 0, 37);
  one.ended.assign(one.n(), 0);
  one.ended[4] = 1;
  for (const double coefficient : FitOrFail(one, Ties::kEfron).coefficients) EXPECT_TRUE(std::isfinite(coefficient));
  SurvivalData same = GenerateSurvival(30, 2, 0, 41);
  same.durations.assign(same.n(), 5);
  for (const double coefficient : FitOrFail(same, Ties::kEfron).coefficients) EXPECT_TRUE(std::isfinite(coefficient));
  SurvivalData none = GenerateSurvival(30, 0, 0, 43);
  EXPECT_TRUE(FitOrFail(none, Ties::kEfron).converged);
}

TEST(Cox, ExtremeColumnsLeaveNumbers) {
  SurvivalData data = GenerateSurvival(200, 2, 0, 47);
  for (int64_t i = 0; i < data.n(); ++i) {
    data.columns[2 * i] *= 1e18;
    data.columns[2 * i + 1] = i == 3 ? 1e18 : data.columns[2 * i + 1];
  }
  const CoxFit fit = FitOrFail(data, Ties::kEfron);
  for (const double coefficient : fit.coefficients) EXPECT_TRUE(std::isfinite(coefficient));
  for (const double error : fit.standard_errors) EXPECT_TRUE(std::isfinite(error));
}

TEST(Cox, StopsWhenAsked) {
  const SurvivalData data = GenerateSurvival(100, 1, 0, 53);
  const StopToken past(absl::Now() - absl::Seconds(1));
  CoxObjective objective(data.rows(), data.columns, 1, Ties::kEfron, 1, past);
  EXPECT_EQ(FitCox(objective, {}).status().code(), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace clientele::training::survival
