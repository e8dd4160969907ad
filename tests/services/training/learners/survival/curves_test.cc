// Kaplan-Meier curves, the log-rank test, concordance and the chi-squared distribution on data small enough to check by
// hand.
#include <cmath>

#include "gtest/gtest.h"
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

// Rows with whole weights, and the same rows written out as often as they weigh.
struct Weighted {
  SurvivalData rows;
  SurvivalData written_out;
  std::vector<int> groups, groups_written_out;
};

Weighted MakeWeighted(int64_t n) {
  Weighted weighted;
  weighted.rows = GenerateSurvival(n, 1, 8, 12);
  std::vector<int64_t> which;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t weight = i % 4;  // Some count for nothing.
    weighted.groups.push_back(static_cast<int>(i % 3));
    which.insert(which.end(), weight, i);
    weighted.groups_written_out.insert(weighted.groups_written_out.end(), weight, static_cast<int>(i % 3));
  }
  weighted.written_out = weighted.rows.Rows(which);
  for (int64_t i = 0; i < n; ++i) weighted.rows.weights.push_back(static_cast<double>(i % 4));
  return weighted;
}

TEST(KaplanMeier, ARowOfWeightTwoIsTwoRows) {
  const Weighted weighted = MakeWeighted(200);
  const KaplanMeier curve = FitKaplanMeier(weighted.rows.rows()), written = FitKaplanMeier(weighted.written_out.rows());
  ASSERT_EQ(curve.times, written.times);
  for (size_t i = 0; i < curve.times.size(); ++i) {
    EXPECT_NEAR(curve.survival[i], written.survival[i], 1e-12);
    EXPECT_NEAR(curve.standard_errors[i], written.standard_errors[i], 1e-12);
  }
  EXPECT_EQ(curve.median, written.median);
  EXPECT_EQ(curve.rows, 150) << "rows that count";
  EXPECT_EQ(curve.at_risk[0], 150);
}

TEST(KaplanMeier, NobodyStaysExactlyWhateverTheWeights) {
  const std::vector<double> durations = {1, 2, 2}, weights = {0.1, 0.2, 0.3};
  const std::vector<uint8_t> ended = {1, 1, 1};
  EXPECT_EQ(FitKaplanMeier({durations, ended, weights, {}}).survival.back(), 0);
}

TEST(LogRank, ARowOfWeightTwoIsTwoRows) {
  const Weighted weighted = MakeWeighted(200);
  const LogRank test = TestLogRank(weighted.rows.rows(), weighted.groups, 3);
  const LogRank written = TestLogRank(weighted.written_out.rows(), weighted.groups_written_out, 3);
  EXPECT_GT(test.chi_squared, 0.01);
  EXPECT_NEAR(test.chi_squared, written.chi_squared, 1e-10);
  for (int j = 0; j < 3; ++j) {
    EXPECT_NEAR(test.observed[j], written.observed[j], 1e-10);
    EXPECT_NEAR(test.expected[j], written.expected[j], 1e-10);
  }
}

TEST(LogRank, SaysNothingOfOneGroup) {
  const SurvivalData data = GenerateSurvival(50, 1, 0, 1);
  const LogRank test = TestLogRank(data.rows(), std::vector<int>(50, 0), 2);
  EXPECT_EQ(test.degrees_of_freedom, 0);
  EXPECT_EQ(test.p_value, 1);
  EXPECT_NEAR(test.chi_squared, 0, 1e-12);
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

TEST(Concordance, APairCountsAsItsWeightsMultiplied) {
  const Weighted weighted = MakeWeighted(200);
  const auto risks = [](const SurvivalData& data) {
    std::vector<double> rounded;
    for (const double x : data.columns) rounded.push_back(std::round(4 * x));
    return rounded;
  };
  const Concordance with = MeasureConcordance(weighted.rows.rows(), risks(weighted.rows));
  const Concordance written = MeasureConcordance(weighted.written_out.rows(), risks(weighted.written_out));
  // Of one row written out, no two are a pair: they end together.
  EXPECT_NEAR(with.value, written.value, 1e-12);
  EXPECT_NEAR(with.pairs, written.pairs, 1e-6);
  // Weights that are all the same change nothing.
  SurvivalData plain = GenerateSurvival(200, 1, 8, 12);
  const Concordance one = MeasureConcordance(plain.rows(), risks(plain));
  plain.weights.assign(200, 4);
  EXPECT_NEAR(MeasureConcordance(plain.rows(), risks(plain)).standard_error, one.standard_error, 1e-14);
  EXPECT_GT(std::abs(with.value - one.value), 1e-4);
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
