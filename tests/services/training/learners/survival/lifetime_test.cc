// Parametric lifetimes: accelerated failure time and retention from period to period.
#include <cmath>

#include "gtest/gtest.h"
#include "services/training/learners/survival/aft.h"
#include "services/training/learners/survival/aft_objective.h"
#include "services/training/learners/survival/retention.h"
#include "tests/services/training/learners/survival/survival_data.h"

namespace clientele::training::survival {
namespace {

using testutil::GenerateSurvival;
using testutil::SurvivalData;

TEST(AftObjective, HasTheDerivativesOfItsValue) {
  const SurvivalData data = GenerateSurvival(5000, 2, 0, 1);
  constexpr double kStep = 1e-5;
  for (const bool exponential : {false, true}) {
    const AftObjective objective(data.rows(), data.columns, 2, exponential, 2, StopToken());
    std::vector<double> at = {-0.3, 1.2, 0.2, -0.1};
    if (exponential) at.erase(at.begin() + 1);
    const int p = static_cast<int>(at.size());
    const Derivatives here = *objective.Evaluate(at);
    for (int j = 0; j < p; ++j) {
      std::vector<double> above = at, below = at;
      above[j] += kStep;
      below[j] -= kStep;
      const Derivatives high = *objective.Evaluate(above), low = *objective.Evaluate(below);
      EXPECT_NEAR(here.gradient[j], (high.value - low.value) / (2 * kStep), 1e-3);
      for (int k = 0; k < p; ++k) {
        EXPECT_NEAR(here.information[j * p + k], (low.gradient[k] - high.gradient[k]) / (2 * kStep), 1e-3);
      }
    }
  }
}

TEST(Aft, FindsTheParametersThatMadeTheDataWithAnyThreads) {
  const SurvivalData data = GenerateSurvival(30000, 2, 0, 2);
  const auto fit = FitAft(data.rows(), data.columns, 2, {}, StopToken());
  ASSERT_TRUE(fit.ok());
  // Exponential times with log hazard 0.5 x0 - 0.25 x1.
  EXPECT_NEAR(fit->scale, 1, 0.03);
  EXPECT_NEAR(fit->intercept, 0, 4 * fit->intercept_standard_error);
  EXPECT_NEAR(fit->coefficients[0], -0.5, 4 * fit->standard_errors[0]);
  EXPECT_NEAR(fit->coefficients[1], 0.25, 4 * fit->standard_errors[1]);
  EXPECT_NEAR(fit->wald, fit->likelihood_ratio, 0.1 * fit->wald);
  const auto again = FitAft(data.rows(), data.columns, 2, {.threads = 3}, StopToken());
  EXPECT_EQ(fit->coefficients, again->coefficients);
  EXPECT_EQ(fit->covariance, again->covariance);
}

TEST(Aft, TellsWhatItCannotLearn) {
  SurvivalData data = GenerateSurvival(100, 1, 0, 3);
  SurvivalData none = data;
  none.ended.assign(100, 0);
  EXPECT_EQ(FitAft(none.rows(), none.columns, 1, {}, StopToken()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  SurvivalData same = data;
  same.durations.assign(100, 3);
  EXPECT_EQ(FitAft(same.rows(), same.columns, 1, {}, StopToken()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  for (int64_t i = 0; i < data.n(); ++i) data.columns[i] = data.ended[i] == 0 ? 1 : 0;
  const auto monotone = FitAft(data.rows(), data.columns, 1, {}, StopToken());
  ASSERT_TRUE(monotone.ok());
  EXPECT_EQ(monotone->unbounded, std::vector<int>{0});
  data.columns.assign(100, 2);
  const auto constant = FitAft(data.rows(), data.columns, 1, {}, StopToken());
  ASSERT_TRUE(constant.ok());
  EXPECT_EQ(constant->undetermined, std::vector<int>{0});
}

// The rows of a cohort of 1,000 of which so many are there after each period.
SurvivalData Cohort(const std::vector<int>& there) {
  SurvivalData data;
  int before = 1000;
  for (size_t t = 0; t < there.size(); ++t) {
    for (int i = there[t]; i < before; ++i) {
      data.durations.push_back(static_cast<double>(t + 1));
      data.ended.push_back(1);
    }
    before = there[t];
  }
  for (int i = 0; i < before; ++i) {
    data.durations.push_back(static_cast<double>(there.size()));
    data.ended.push_back(0);
  }
  return data;
}

TEST(Retention, IsFadersAndHardies) {
  // Fader and Hardie (2007): seven years of two segments.
  const SurvivalData high_end = Cohort({869, 743, 653, 593, 551, 517, 491});
  const auto high = FitRetention(high_end.rows(), 50);
  ASSERT_TRUE(high.ok());
  EXPECT_NEAR(high->alpha, 0.668, 5e-4);
  EXPECT_NEAR(high->beta, 3.806, 5e-4);
  EXPECT_NEAR(high->log_likelihood, -1611.2, 0.05);
  const SurvivalData regular = Cohort({631, 468, 382, 326, 289, 262, 241});
  const auto low = FitRetention(regular.rows(), 50);
  ASSERT_TRUE(low.ok());
  EXPECT_NEAR(low->alpha, 0.704, 5e-4);
  EXPECT_NEAR(low->beta, 1.182, 5e-4);
  EXPECT_NEAR(low->log_likelihood, -1680.3, 0.05);
  EXPECT_GT(low->log_likelihood, low->log_likelihood_null);
}

TEST(Retention, TellsCustomersWhoAreAllAlike) {
  const SurvivalData geometric = Cohort({800, 640, 512, 410, 328, 262, 210, 168});
  const auto fit = FitRetention(geometric.rows(), 200);
  ASSERT_TRUE(fit.ok());
  EXPECT_TRUE(fit->alike);
  EXPECT_NEAR(fit->alpha / (fit->alpha + fit->beta), 0.2, 0.005);
  for (const double number : fit->covariance) EXPECT_TRUE(std::isfinite(number));
}

TEST(Retention, NeedsSomebodyWhoLeftAndSomebodyWhoStayed) {
  const SurvivalData stayed = Cohort({1000, 1000});
  EXPECT_EQ(FitRetention(stayed.rows(), 50).status().code(), absl::StatusCode::kFailedPrecondition);
  const SurvivalData left = Cohort({0});
  EXPECT_EQ(FitRetention(left.rows(), 50).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace clientele::training::survival
