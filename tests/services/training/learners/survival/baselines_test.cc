// The Cox model's baseline hazards: by their definition, and how sure they are of them.
#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "services/training/learners/survival/cox.h"
#include "tests/services/training/learners/survival/survival_data.h"

namespace clientele::training::survival {
namespace {

using testutil::GenerateSurvival;
using testutil::ManyRows;
using testutil::SurvivalData;

TEST(Baselines, AreOneAStratumAndOfItsRowsAlone) {
  const SurvivalData data = ManyRows();
  CoxObjective objective(data.rows(), data.columns, 3, Ties::kBreslow, 2, StopToken());
  const auto fit = FitCox(objective, {});
  ASSERT_TRUE(fit.ok());
  const std::vector<Baseline> baselines = BaselinesOf(objective);
  ASSERT_EQ(baselines.size(), 3u);
  for (int stratum = 0; stratum < 3; ++stratum) {
    // Breslow's estimate by its definition, at the first time.
    double first = 1e9, weight = 0, risk = 0;
    for (int64_t i = 0; i < data.n(); ++i) {
      if (data.strata[i] == stratum && data.ended[i] != 0) first = std::min(first, data.durations[i]);
    }
    for (int64_t i = 0; i < data.n(); ++i) {
      if (data.strata[i] != stratum || data.durations[i] < first) continue;
      double log_risk = 0;
      for (int j = 0; j < 3; ++j) log_risk += (data.columns[i * 3 + j] - objective.means()[j]) * fit->coefficients[j];
      risk += data.weights[i] * std::exp(log_risk);
      if (data.ended[i] != 0 && data.durations[i] == first) weight += data.weights[i];
    }
    EXPECT_EQ(baselines[stratum].times[0], first);
    EXPECT_NEAR(baselines[stratum].cumulative_hazards[0], weight / risk, 1e-12);
    EXPECT_TRUE(
        std::is_sorted(baselines[stratum].cumulative_hazards.begin(), baselines[stratum].cumulative_hazards.end()));
  }
}

TEST(Baselines, OfVeryManyTimesTellSome) {
  const SurvivalData data = GenerateSurvival(60'000, 1, 0, 5);
  CoxObjective objective(data.rows(), data.columns, 1, Ties::kBreslow, 2, StopToken());
  ASSERT_TRUE(objective.Evaluate({0.5}).ok());
  double hazard = 0;
  int64_t times = 0;
  for (const CoxObjective::HazardStep& step : objective.HazardSteps()) {
    hazard += step.hazard;
    times += step.hazard > 0 ? 1 : 0;
  }
  ASSERT_GT(times, kMostTimes);
  const Baseline baseline = BaselinesOf(objective)[0];
  EXPECT_LE(static_cast<int64_t>(baseline.times.size()), kMostTimes);
  EXPECT_GT(static_cast<int64_t>(baseline.times.size()), kMostTimes / 2);
  EXPECT_DOUBLE_EQ(baseline.cumulative_hazards.back(), hazard);
  EXPECT_TRUE(std::is_sorted(baseline.times.begin(), baseline.times.end()));
  EXPECT_EQ(baseline.mean_shifts.size(), baseline.times.size());
}

// log of the cumulative hazard at `time` of a row of the columns `x`.
double LogHazard(const Baseline& baseline, const CoxObjective& objective, const CoxFit& fit,
                 const std::vector<double>& x, double time) {
  const auto at = std::upper_bound(baseline.times.begin(), baseline.times.end(), time) - baseline.times.begin() - 1;
  double log_hazard = std::log(baseline.cumulative_hazards[at]);
  for (size_t j = 0; j < x.size(); ++j) log_hazard += (x[j] - objective.means()[j]) * fit.coefficients[j];
  return log_hazard;
}

TEST(Baselines, MeanShiftsAreHowTheHazardMovesWithTheCoefficients) {
  const SurvivalData data = ManyRows();
  for (const Ties ties : {Ties::kEfron, Ties::kBreslow}) {
    CoxObjective objective(data.rows(), data.columns, 3, ties, 1, StopToken());
    const std::vector<double> at = {0.3, -0.2, 0.1};
    ASSERT_TRUE(objective.Evaluate(at).ok());
    const Baseline here = BaselinesOf(objective)[1];
    const size_t m = here.times.size();
    for (int j = 0; j < 3; ++j) {
      constexpr double kStep = 1e-5;
      std::vector<double> hazards;
      for (const double step : {kStep, -kStep}) {
        std::vector<double> moved = at;
        moved[j] += step;
        ASSERT_TRUE(objective.Evaluate(moved).ok());
        hazards.push_back(BaselinesOf(objective)[1].cumulative_hazards[m / 2]);
      }
      EXPECT_NEAR(-here.mean_shifts[m / 2 * 3 + j], (hazards[0] - hazards[1]) / (2 * kStep), 1e-7);
    }
  }
}

// Samples drawn from the rows, each fitted anew, spread as the formula says. The row is far from the mean on the side
// of those who leave first, so that what the baseline and the coefficients have in common takes away a good part
// of the variance.
TEST(Baselines, TheVarianceOfARowsHazardIsThatOfABootstrap) {
  const SurvivalData data = GenerateSurvival(800, 2, 0, 71);
  const std::vector<double> x = {1.5, 0};
  constexpr double kTime = 0.3;
  CoxObjective objective(data.rows(), data.columns, 2, Ties::kEfron, 1, StopToken());
  const auto fit = FitCox(objective, {});
  ASSERT_TRUE(fit.ok());
  const Baseline baseline = BaselinesOf(objective)[0];
  const auto at = std::upper_bound(baseline.times.begin(), baseline.times.end(), kTime) - baseline.times.begin() - 1;
  const double hazard = baseline.cumulative_hazards[at];
  double variance = baseline.variances[at], apart = baseline.variances[at];  // The latter with nothing in common.
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 2; ++j) {
      const double zi = hazard * (x[i] - objective.means()[i]), zj = hazard * (x[j] - objective.means()[j]);
      const double ui = baseline.mean_shifts[at * 2 + i], uj = baseline.mean_shifts[at * 2 + j];
      variance += (zi - ui) * fit->covariance[i * 2 + j] * (zj - uj);
      apart += (zi * zj + ui * uj) * fit->covariance[i * 2 + j];
    }
  }
  std::mt19937_64 random(5);
  double sum = 0, squares = 0;
  constexpr int kSamples = 600;
  for (int sample = 0; sample < kSamples; ++sample) {
    std::vector<int64_t> drawn(data.n());
    for (int64_t& row : drawn) row = static_cast<int64_t>(random() % data.n());
    const SurvivalData again = data.Rows(drawn);
    CoxObjective resampled(again.rows(), again.columns, 2, Ties::kEfron, 1, StopToken());
    const auto refit = FitCox(resampled, {});
    ASSERT_TRUE(refit.ok());
    const double log_hazard = LogHazard(BaselinesOf(resampled)[0], resampled, *refit, x, kTime);
    sum += log_hazard;
    squares += log_hazard * log_hazard;
  }
  const double bootstrap = squares / kSamples - sum / kSamples * sum / kSamples;
  EXPECT_NEAR(variance / (hazard * hazard) / bootstrap, 1, 0.15);  // Some two and a half standard errors.
  EXPECT_GT(apart, 1.2 * variance);
}

}  // namespace
}  // namespace clientele::training::survival
