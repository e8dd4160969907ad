#include "services/inference/monitoring/outcome_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"

namespace clientele::inference {
namespace {

using storage::LoggedScore;
using ::testing::HasSubstr;
using Comparison = v1::OutcomeReport::Comparison;

JudgedModel Churn(bool is_classifier = true) {
  return {{*TenantId::Parse("acme"), "churn"}, is_classifier, {{1, 0.8}}, "rest"};
}

// Outcomes that come with probability p, told as p + bias.
std::vector<JudgedScore> Outcomes(int n, int64_t version, const std::string& arm, double bias, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  std::vector<JudgedScore> scores;
  for (int i = 0; i < n; ++i) {
    const double p = 0.05 + 0.6 * uniform(random);
    scores.push_back({version, arm, p + bias, uniform(random) < p ? 1.0 : 0.0, p + bias >= 0.5});
  }
  return scores;
}

TEST(OnePerWindowTest, KeepsTheFirstScoreOfEachCustomerVersionArmAndWindow) {
  const auto at = [](int hours, const char* pseudonym, int64_t version = 1, const char* arm = "") {
    LoggedScore score;
    score.time = absl::UnixEpoch() + absl::Hours(hours);
    score.pseudonym = pseudonym;
    score.version = version;
    score.arm = arm;
    return score;
  };
  const std::vector<LoggedScore> scores = {at(0, "a"), at(1, "a"), at(2, "b"),         at(3, "a", 2),
                                           at(4, "a", 1, "x"), at(23, "a"), at(24, "a"), at(47, "a")};
  std::vector<int64_t> hours;
  for (const LoggedScore& score : OnePerWindow(scores, absl::Hours(24))) {
    hours.push_back(absl::ToInt64Hours(score.time - absl::UnixEpoch()));
  }
  EXPECT_THAT(hours, ::testing::ElementsAre(0, 2, 3, 4, 24));
  EXPECT_EQ(OnePerWindow(scores, absl::ZeroDuration()).size(), 4u) << "a label without a window is known for ever";
}

TEST(MakeOutcomeReportTest, IsWhatOneCountsByHand) {
  const std::vector<JudgedScore> scores = Outcomes(400, 1, "rest", 0.1, 7);
  const v1::OutcomeReport report = MakeOutcomeReport(Churn(), scores);
  ASSERT_EQ(report.realised_size(), 1);
  const auto& realised = report.realised(0);
  double positives = 0, brier = 0, log_loss = 0, predicted = 0, above = 0, pairs = 0;
  double in_third = 0, positives_in_third = 0, right = 0;
  for (const JudgedScore& one : scores) {
    positives += one.outcome;
    predicted += one.score;
    right += (one.score >= 0.5) == (one.outcome == 1);
    brier += std::pow(one.score - one.outcome, 2) / 400;
    log_loss -= std::log(one.outcome == 1 ? one.score : 1 - one.score) / 400;
    if (one.score >= 0.3 && one.score < 0.4) in_third += 1, positives_in_third += one.outcome;
    for (const JudgedScore& other : scores) {
      if (one.outcome == 0 || other.outcome == 1) continue;
      above += one.score > other.score ? 1 : one.score == other.score ? 0.5 : 0;
      pairs += 1;
    }
  }
  EXPECT_EQ(realised.model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(realised.arm(), "rest");
  EXPECT_EQ(realised.scores(), 400);
  EXPECT_EQ(realised.positives(), positives);
  EXPECT_NEAR(realised.accuracy(), right / 400, 1e-12);
  EXPECT_LT(realised.accuracy_lower(), realised.accuracy());
  EXPECT_GT(realised.accuracy_upper(), realised.accuracy());
  EXPECT_NEAR(realised.brier(), brier, 1e-12);
  EXPECT_NEAR(realised.log_loss(), log_loss, 1e-12);
  EXPECT_NEAR(realised.auc(), above / pairs, 1e-12);
  EXPECT_LT(realised.auc_lower(), realised.auc());
  EXPECT_GT(realised.auc_upper(), realised.auc());
  EXPECT_NEAR(realised.calibration_ratio(), predicted / positives, 1e-12);
  EXPECT_GT(realised.calibration_ratio_lower(), 1) << "it says a tenth too much, and that shows";
  ASSERT_EQ(realised.calibration_size(), 10);
  EXPECT_EQ(realised.calibration(3).scores(), in_third);
  EXPECT_NEAR(realised.calibration(3).mean_realised(), positives_in_third / in_third, 1e-12);
  ASSERT_EQ(realised.lift_size(), 10);
  EXPECT_GT(realised.lift(0), 1.3);
  EXPECT_LT(realised.lift(9), 0.7);
  double lifts = 0;
  for (const double lift : realised.lift()) lifts += lift / 10;
  EXPECT_NEAR(lifts, 1, 1e-12);
  EXPECT_EQ(realised.trained_auc(), 0.8);
}

TEST(MakeOutcomeReportTest, TheIntervalOfTheCalibrationRatioCovers) {
  int covered = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const auto report = MakeOutcomeReport(Churn(), Outcomes(300, 1, "", 0, 100 + trial));
    const auto& realised = report.realised(0);
    covered += realised.calibration_ratio_lower() <= 1 && 1 <= realised.calibration_ratio_upper();
  }
  EXPECT_GE(covered, 274);  // 95 %, less three standard errors.
}

TEST(MakeOutcomeReportTest, AWorseArmIsFoundAndOneThatIsNoDifferentIsNot) {
  std::vector<JudgedScore> scores = Outcomes(3'000, 1, "rest", 0, 1);
  for (const JudgedScore& score : Outcomes(3'000, 2, "same", 0, 2)) scores.push_back(score);
  for (const JudgedScore& score : Outcomes(3'000, 3, "worse", 0.3, 3)) scores.push_back(score);
  for (const JudgedScore& score : Outcomes(10, 3, "new", 0, 4)) scores.push_back(score);
  const auto report = MakeOutcomeReport(Churn(), scores);
  EXPECT_EQ(report.realised_size(), 4);
  ASSERT_EQ(report.comparisons_size(), 3);
  const auto &few = report.comparisons(0), &same = report.comparisons(1), &worse = report.comparisons(2);
  EXPECT_EQ(few.arm(), "new");
  EXPECT_EQ(few.against(), "rest");
  EXPECT_EQ(few.verdict(), Comparison::VERDICT_UNDECIDED);
  EXPECT_THAT(few.text(), HasSubstr("too few outcomes"));
  EXPECT_EQ(same.verdict(), Comparison::VERDICT_UNDECIDED);
  EXPECT_GT(same.p_value(), 0.05);
  EXPECT_EQ(worse.verdict(), Comparison::VERDICT_ARM_WORSE);
  EXPECT_GT(worse.mean_loss_difference(), 0);
  EXPECT_LT(worse.p_value(), 0.001);
  EXPECT_THAT(worse.text(), HasSubstr("worse; mean log loss"));
}

TEST(MakeOutcomeReportTest, ValuesAreJudgedByErrorAndRank) {
  std::vector<JudgedScore> scores;
  for (int i = 0; i < 100; ++i) scores.push_back({1, "", 10.0 * i, 11.0 * i});
  const auto report = MakeOutcomeReport(Churn(false), scores);
  const auto& realised = report.realised(0);
  EXPECT_TRUE(std::isnan(realised.auc()));
  EXPECT_NEAR(realised.rank_correlation(), 1, 1e-12);
  EXPECT_NEAR(realised.calibration_ratio(), 10.0 / 11, 1e-12);
  EXPECT_NEAR(realised.rmse(), std::sqrt(99 * 199 / 6.0), 1e-9);  // Mean of i^2, i below 100.
  EXPECT_EQ(realised.calibration(9).scores(), 10);
  EXPECT_NEAR(realised.calibration(9).mean_predicted(), 945, 1e-9);
  EXPECT_EQ(report.comparisons_size(), 0);
}

TEST(MakeOutcomeReportTest, NobodyPositiveIsNoAucAndNoRatio) {
  const auto report = MakeOutcomeReport(Churn(), {{1, "", 0.2, 0}, {1, "", 0.3, 0}});
  EXPECT_TRUE(std::isnan(report.realised(0).auc()));
  EXPECT_TRUE(std::isnan(report.realised(0).auc_lower()));
  EXPECT_TRUE(std::isnan(report.realised(0).calibration_ratio()));
  EXPECT_EQ(MakeOutcomeReport(Churn(), {}).realised_size(), 0);
}

}  // namespace
}  // namespace clientele::inference
