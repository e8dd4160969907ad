#include "services/inference/scoring/lifetime_value_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/inference/scoring/scorer.h"
#include "tests/common/model/lifetime_value/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using model::Cell;

class LifetimeValueScoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto predictor = model::Predictor::Load(
        model::SerializeArtifact(testutil::CompleteLifetimeArtifact(testutil::LifetimeArtifact())).bytes);
    ASSERT_OK(predictor);
    model_ = std::make_shared<const ScoringModel>(*std::move(predictor));
  }
  std::vector<Cell> row_ = {Cell::Number(2),      Cell::Number(30.42857143), Cell::Number(38.85714286),
                            Cell::Number(22.345), Cell::Number(89.08),       Cell::Category("basic")};
  std::shared_ptr<const ScoringModel> model_;
};

TEST_F(LifetimeValueScoreTest, SaysEverythingThatThereIsToSay) {
  const v1::Score score = ScoreRow(*model_, row_, /*max_reasons=*/10);
  const auto& value = score.lifetime_value();
  EXPECT_NEAR(value.probability_alive().value(), 0.7266203, 1e-6);
  EXPECT_NEAR(value.expected_purchases().value(), 1.2259944, 2e-6);
  EXPECT_NEAR(value.spend_per_purchase().value(), 24.653918, 1e-5);
  EXPECT_NEAR(value.total_value().lower() - value.historic_value(), value.predicted_value().lower(), 1e-9);
  EXPECT_EQ(value.alive_curve_size(), 13);
  EXPECT_EQ(value.currency_code(), "USD");
  EXPECT_EQ(value.horizon_days(), 273);
  EXPECT_EQ(value.margin(), 1);
  EXPECT_EQ(value.interval_coverage(), 0.95);
  EXPECT_FALSE(value.tier().empty());
  double sum = value.baseline();
  for (const auto& reason : score.reasons()) sum += reason.contribution();
  EXPECT_NEAR(sum, value.predicted_value().value(), 1e-9);
  EXPECT_FALSE(value.has_next_purchase_time());
}

TEST_F(LifetimeValueScoreTest, ANextPurchaseIsDueFromTheInstantOfTheFeatures) {
  v1::Score score = ScoreRow(*model_, row_, 0);
  google::protobuf::Timestamp now;
  now.set_seconds(1'000'000);
  SetFeatureTime(now, score);
  EXPECT_EQ(score.feature_time().seconds(), 1'000'000);
  const double days = score.lifetime_value().days_to_next_purchase().value();
  EXPECT_NEAR(static_cast<double>(score.lifetime_value().next_purchase_time().seconds()), 1e6 + days * 86'400, 1);
}

TEST_F(LifetimeValueScoreTest, AHorizonOfTheRequestIsAnswered) {
  EXPECT_EQ(ScoreRow(*model_, row_, 0, 30).lifetime_value().horizon_days(), 30);
  EXPECT_LT(ScoreRow(*model_, row_, 0, 30).lifetime_value().predicted_value().value(),
            ScoreRow(*model_, row_, 0).lifetime_value().predicted_value().value());
}

TEST_F(LifetimeValueScoreTest, WhoNeverBoughtHasNoNumberMadeUp) {
  const v1::Score score = ScoreRow(*model_, std::vector<Cell>(6), 10);
  EXPECT_EQ(score.lifetime_value().predicted_value().value(), 0);
  EXPECT_THAT(score.lifetime_value().note(), ::testing::HasSubstr("no purchase so far"));
  for (const auto& reason : score.reasons()) {
    EXPECT_FALSE(reason.value().has_number()) << reason.text();
    EXPECT_THAT(reason.text(), ::testing::HasSubstr("missing"));
    EXPECT_THAT(reason.text(), ::testing::Not(::testing::HasSubstr("taken as")));
  }
}

}  // namespace
}  // namespace clientele::inference
