// Kaplan-Meier curves, the log-rank test, concordance and the chi-squared distribution on data small enough to check by
// hand.
#include <cmath>

#include "gtest/gtest.h"
#include "services/training/learners/survival/chi_squared.h"
#include "services/training/learners/survival/concordance.h"
#include "services/training/learners/survival/kaplan_meier.h"
#include "services/training/learners/survival/log_rank.h"
#include "tests/services/training/learners/survival/survival_data.h"

namespace clientele::training::survival {
namespace {

using testutil::GenerateSurvival;
using testutil::SurvivalData;

TEST(KaplanMeier, IsRightByHand) {
  // Four customers: two leave at 1 and 3, one is last seen at 2, one at 4.
  const std::vector<double> durations = {3, 1, 2, 4};
  const std::vector<uint8_t> ended = {1, 1, 0, 0};
  const KaplanMeier curve = FitKaplanMeier({durations, ended, {}, {}});
  EXPECT_EQ(curve.times, (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(curve.survival, (std::vector<double>{0.75, 0.75, 0.375, 0.375}));
  EXPECT_EQ(curve.at_risk, (std::vector<int64_t>{4, 3, 2, 1}));
  EXPECT_NEAR(curve.standard_errors[0], 0.75 * std::sqrt(1.0 / 12), 1e-15);
  EXPECT_EQ(curve.median, 3);
  EXPECT_NEAR(curve.restricted_mean, 1 + 0.75 * 2 + 0.375, 1e-15);
  EXPECT_EQ(curve.At(0.5), 1);
  EXPECT_EQ(curve.At(2.9), 0.75);
}

TEST(KaplanMeier, EndsAtZeroWhenTheLastOneLeaves) {
  const std::vector<double> durations = {1, 2};
  const std::vector<uint8_t> ended = {1, 1};
  const KaplanMeier curve = FitKaplanMeier({durations, ended, {}, {}});
  EXPECT_EQ(curve.survival.back(), 0);
  EXPECT_EQ(curve.standard_errors.back(), 0);
  EXPECT_TRUE(std::isnan(curve.lower.back()));
  // Survival is exactly one half from 1 to 2.
  EXPECT_EQ(curve.median, 1.5);
}

TEST(LogRank, SaysNothingOfOneGroup) {
  const SurvivalData data = GenerateSurvival(50, 1, 0, 1);
  const LogRank test = TestLogRank(data.rows(), std::vector<int>(50, 0), 2);
  EXPECT_EQ(test.degrees_of_freedom, 0);
  EXPECT_EQ(test.p_value, 1);
  EXPECT_NEAR(test.chi_squared, 0, 1e-12);
}

TEST(ChiSquared, HasTheTailsOfTables) {
  EXPECT_NEAR(ChiSquaredTail(3.841458820694124, 1), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquaredTail(5.991464547107979, 2), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquaredTail(7.814727903251179, 3), 0.05, 1e-12);
  EXPECT_NEAR(ChiSquaredTail(18.307038053275146, 10), 0.05, 1e-12);
  EXPECT_EQ(ChiSquaredTail(0, 3), 1);
  EXPECT_EQ(ChiSquaredTail(-1e-9, 3), 1);
  EXPECT_EQ(ChiSquaredTail(5, 0), 1);
  EXPECT_GE(ChiSquaredTail(1e6, 4), 0);
}

double SlowConcordance(const SurvivalData& data, const std::vector<double>& risks, int64_t without = -1) {
  const auto rows = data.rows();
  double pairs = 0, in_order = 0;
  for (int64_t i = 0; i < data.n(); ++i) {
    for (int64_t j = 0; j < data.n(); ++j) {
      if (i == j || i == without || j == without || data.ended[i] == 0 || rows.stratum(i) != rows.stratum(j)) continue;
      const bool later =
          data.durations[j] > data.durations[i] || (data.durations[j] == data.durations[i] && data.ended[j] == 0);
      if (!later) continue;
      ++pairs;
      in_order += risks[i] > risks[j] ? 1 : risks[i] == risks[j] ? 0.5 : 0;
    }
  }
  return in_order / pairs;
}

TEST(Concordance, IsTheShareOfPairsByDefinition) {
  SurvivalData data = GenerateSurvival(300, 2, 8, 2);
  for (int64_t i = 0; i < data.n(); ++i) data.strata.push_back(static_cast<int>(i % 3));
  std::vector<double> risks;
  for (int64_t i = 0; i < data.n(); ++i) risks.push_back(std::round(4 * data.columns[2 * i]));
  const Concordance fast = MeasureConcordance(data.rows(), risks);
  EXPECT_NEAR(fast.value, SlowConcordance(data, risks), 1e-14);
  // Leaving out one row at a time gives nearly the same error.
  double variance = 0;
  for (int64_t i = 0; i < data.n(); ++i) {
    const double moved = SlowConcordance(data, risks, i) - fast.value;
    variance += moved * moved;
  }
  EXPECT_NEAR(fast.standard_error, std::sqrt(variance), 0.03 * fast.standard_error);
}

TEST(Concordance, IsOneForPerfectRisksAndNotANumberWithoutPairs) {
  const SurvivalData data = GenerateSurvival(100, 1, 0, 4);
  std::vector<double> risks;
  for (const double duration : data.durations) risks.push_back(-duration);
  EXPECT_EQ(MeasureConcordance(data.rows(), risks).value, 1);
  const std::vector<double> durations = {1, 1};
  const std::vector<uint8_t> ended = {1, 1};
  EXPECT_TRUE(std::isnan(MeasureConcordance({durations, ended, {}, {}}, {1, 2}).value));
  EXPECT_TRUE(std::isnan(MeasureConcordance({{}, {}, {}, {}}, {}).value));
}

TEST(Rows, AreCheckedOneByOne) {
  const std::vector<uint8_t> ended = {1};
  EXPECT_TRUE(CheckRows({std::vector<double>{1.5}, ended, {}, {}}).ok());
  EXPECT_FALSE(CheckRows({std::vector<double>{0.0}, ended, {}, {}}).ok());
  EXPECT_FALSE(CheckRows({std::vector<double>{NAN}, ended, {}, {}}).ok());
  EXPECT_FALSE(CheckRows({std::vector<double>{INFINITY}, ended, {}, {}}).ok());
  EXPECT_FALSE(CheckRows({std::vector<double>{1.0}, {}, {}, {}}).ok());
  EXPECT_FALSE(CheckRows({std::vector<double>{1.0}, ended, std::vector<double>{-1.0}, {}}).ok());
}

}  // namespace
}  // namespace clientele::training::survival
