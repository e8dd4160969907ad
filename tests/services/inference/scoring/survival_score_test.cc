// Survival through the scorer: risk, curve, what remains, reasons.
#include "services/inference/scoring/survival_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "services/inference/scoring/scorer.h"
#include "tests/common/model/survival/sample.h"
#include "tests/services/inference/test_models.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::Number;
using testutil::Text;

v1::Score Score(clientele::model::v1::ModelArtifact artifact,
                const std::vector<clientele::model::v1::NamedValue>& values) {
  auto predictor = model::Predictor::Load(testutil::CompleteSurvival(std::move(artifact)));
  EXPECT_OK(predictor);
  const ScoringModel model(*std::move(predictor));
  EXPECT_EQ(model.algorithm(), v1::ALGORITHM_SURVIVAL);
  const auto score = testutil::ScoreGiven(model, values, /*max_reasons=*/5);
  EXPECT_OK(score);
  return score.value_or(v1::Score());
}

TEST(SurvivalScore, TellsRiskCurveAndWhy) {
  const v1::Score score = Score(testutil::SampleCox(), {Number("tenure", 4), Text("plan", "mini"), Number("x", 3)});
  ASSERT_TRUE(score.has_survival());
  const v1::Score::Survival& survival = score.survival();
  EXPECT_NEAR(survival.log_hazard_ratio(), 0.5, 1e-15);
  EXPECT_NEAR(survival.hazard_ratio(), std::exp(0.5), 1e-15);
  EXPECT_EQ(survival.stayed(), 4);
  EXPECT_EQ(survival.stratum(), "mini");
  EXPECT_EQ(survival.duration_unit(), "months");
  ASSERT_EQ(survival.curve_size(), 2);
  EXPECT_EQ(survival.curve(0).duration(), 6);
  EXPECT_NEAR(survival.curve(0).survival(), std::exp(-0.6 * std::exp(0.5)), 1e-14);
  EXPECT_LT(survival.curve(0).lower(), survival.curve(0).survival());
  EXPECT_GT(survival.curve(0).upper(), survival.curve(0).survival());
  EXPECT_TRUE(survival.has_median_remaining());
  EXPECT_FALSE(survival.has_mean_remaining());
  EXPECT_NEAR(survival.percentile(), (std::exp(0.5) - 0.5) * 50, 0.01);
  ASSERT_EQ(score.reasons_size(), 1);
  EXPECT_EQ(score.reasons(0).feature(), "x");
  EXPECT_NEAR(score.reasons(0).contribution(), 0.5, 1e-15);
  EXPECT_THAT(score.reasons(0).text(), HasSubstr("raises it"));
}

TEST(SurvivalScore, AnswersFromTheStartWhereTheTimeStayedIsNotKnown) {
  const v1::Score score = Score(testutil::SampleRetention(), {Number("x", 3)});
  EXPECT_EQ(score.survival().stayed(), 0);
  EXPECT_EQ(score.survival().hazard_ratio(), 1);
  EXPECT_TRUE(score.survival().has_discounted_remaining());
  EXPECT_THAT(score.imputed_features(), ElementsAre("tenure", "plan"));
}

}  // namespace
}  // namespace clientele::inference
