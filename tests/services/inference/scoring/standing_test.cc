#include "services/inference/scoring/standing.h"

#include <gtest/gtest.h>

#include "common/base/timestamps.h"
#include "services/inference/scoring/scorer.h"
#include "tests/services/inference/test_models.h"

namespace clientele::inference {
namespace {

using Trend = v1::Score::Trend;

ScoringModel Ready(const model::v1::ModelArtifact& artifact) {
  return ScoringModel(*model::Predictor::Create(artifact));
}

v1::Score Probability(double probability, double percentile) {
  v1::Score score;
  score.mutable_probability()->set_probability(probability);
  score.mutable_probability()->set_percentile(percentile);
  return score;
}

v1::TierRule Rule(const std::string& tier, double at_least, const std::string& model = "") {
  v1::TierRule rule;
  rule.set_tier(tier);
  rule.set_at_least_percentile(at_least);
  rule.set_model(model);
  return rule;
}

TEST(StandingTest, GradesAreTenthsAndFifths) {
  EXPECT_EQ(GradeOf(100), "A");
  EXPECT_EQ(GradeOf(90), "A");
  EXPECT_EQ(GradeOf(89.99), "B");
  EXPECT_EQ(GradeOf(70), "B");
  EXPECT_EQ(GradeOf(30), "C");
  EXPECT_EQ(GradeOf(29.9), "D");
  EXPECT_EQ(GradeOf(10), "D");
  EXPECT_EQ(GradeOf(0), "E");
}

TEST(StandingTest, AScoreHasItsPercentileGradeAndTier) {
  const ScoringModel model = Ready(testutil::ChurnModel());
  v1::Score score = Probability(0.8, 75);
  SetStanding(model, {{90, "gold"}, {50, "silver"}}, score);
  EXPECT_EQ(score.standing().percentile(), 75);
  EXPECT_EQ(score.standing().grade(), "B");
  EXPECT_EQ(score.standing().tier(), "silver");
  score = Probability(0.1, 10);
  SetStanding(model, {{90, "gold"}, {50, "silver"}}, score);
  EXPECT_EQ(score.standing().tier(), "");
}

TEST(StandingTest, SegmentsAndModelsWithoutPercentilesHaveNone) {
  v1::Score segment;
  segment.mutable_segment()->set_index(1);
  SetStanding(Ready(testutil::SegmentModel()), {}, segment);
  EXPECT_FALSE(segment.has_standing());
  model::v1::ModelArtifact artifact = testutil::ChurnModel();
  artifact.clear_score_quantiles();
  v1::Score score = Probability(0.8, 0);
  SetStanding(Ready(artifact), {}, score);
  EXPECT_FALSE(score.has_standing());
}

TEST(StandingTest, AModelsOwnTiersWinOverTheGeneralOnes) {
  v1::ValueSettings settings;
  *settings.add_tiers() = Rule("high", 50);
  *settings.add_tiers() = Rule("low", 0);
  *settings.add_tiers() = Rule("leaving", 80, "tenants/acme/models/churn");
  const TierRules rules(settings.tiers());
  EXPECT_EQ(TierOf(rules.ForVersion("tenants/acme/models/value/versions/3"), 60), "high");
  EXPECT_EQ(TierOf(rules.ForVersion("tenants/acme/models/value/versions/3"), 0), "low");
  EXPECT_EQ(TierOf(rules.ForVersion("tenants/acme/models/churn/versions/1"), 85), "leaving");
  EXPECT_EQ(TierOf(rules.ForVersion("tenants/acme/models/churn/versions/1"), 60), "");
}

TEST(StandingTest, TenantsHaveTheirOwnRulesAndNewOnesTakeTheirPlace) {
  TierBook book;
  const TenantId acme = *TenantId::Parse("acme"), other = *TenantId::Parse("other");
  v1::ValueSettings settings;
  *settings.add_tiers() = Rule("high", 50);
  const auto before = book.Get(acme);
  book.Set(acme, std::make_shared<const TierRules>(settings.tiers()));
  EXPECT_EQ(TierOf(before->ForVersion("v"), 60), "");  // Who began on the old ones ends on them.
  EXPECT_EQ(TierOf(book.Get(acme)->ForVersion("v"), 60), "high");
  EXPECT_EQ(TierOf(book.Get(other)->ForVersion("v"), 60), "");
}

TEST(StandingTest, ATrendIsToldInPercentiles) {
  const auto then = ToProto(absl::FromUnixSeconds(1'600'000'000));
  v1::Score score = Probability(0.3, 60);
  SetTrend(ScoreNumber{0.1, 40}, then, score);
  EXPECT_NEAR(score.trend().change(), 0.2, 1e-15);
  EXPECT_EQ(score.trend().previous_score(), 0.1);
  EXPECT_EQ(score.trend().previous_percentile(), 40);
  EXPECT_EQ(score.trend().direction(), Trend::DIRECTION_RISING);
  SetTrend(ScoreNumber{0.31, 64.9}, then, score);
  EXPECT_EQ(score.trend().direction(), Trend::DIRECTION_STEADY);
  SetTrend(ScoreNumber{0.4, 65}, then, score);
  EXPECT_EQ(score.trend().direction(), Trend::DIRECTION_FALLING);
}

TEST(StandingTest, ACustomerWhoWasNotKnownThenHasNoDirection) {
  v1::Score score = Probability(0.3, 60);
  SetTrend(std::nullopt, ToProto(absl::FromUnixSeconds(5)), score);
  EXPECT_EQ(score.trend().direction(), Trend::DIRECTION_UNSPECIFIED);
  EXPECT_EQ(score.trend().previous_time().seconds(), 5);
  EXPECT_EQ(score.trend().change(), 0);
}

}  // namespace
}  // namespace clientele::inference
