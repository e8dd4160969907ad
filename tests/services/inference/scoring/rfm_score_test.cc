// RFM through the scorer: scores, segment, advice, reasons; a customer without a purchase.
#include "services/inference/scoring/rfm_score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/inference/scoring/scorer.h"
#include "tests/common/model/rfm/sample.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::Number;

class RfmScoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto predictor = model::Predictor::Load(testutil::Serialize(testutil::SampleRfm()));
    ASSERT_OK(predictor);
    model_ = std::make_unique<const ScoringModel>(*std::move(predictor));
  }
  v1::Score Score(const std::vector<clientele::model::v1::NamedValue>& values) {
    const auto score = testutil::ScoreGiven(*model_, values, /*max_reasons=*/5);
    EXPECT_OK(score);
    return score.value_or(v1::Score());
  }

  std::unique_ptr<const ScoringModel> model_;
};

TEST_F(RfmScoreTest, TellsScoresSegmentAndWhatToDo) {
  EXPECT_EQ(model_->algorithm(), v1::ALGORITHM_RFM);
  const v1::Score score = Score({Number("recency_days", 200), Number("purchases", 5), Number("spend_total", 350)});
  EXPECT_EQ(score.rfm().recency_score(), 1);
  EXPECT_EQ(score.rfm().frequency_score(), 5);
  EXPECT_EQ(score.rfm().monetary_score(), 4);
  EXPECT_EQ(score.rfm().segment(), "Cannot lose them");
  EXPECT_EQ(score.rfm().identity(), 2);
  EXPECT_THAT(score.rfm().action(), HasSubstr("Call"));
  ASSERT_EQ(score.reasons_size(), 3);
  EXPECT_EQ(score.reasons(0).feature(), "recency_days");
  EXPECT_EQ(score.reasons(0).contribution(), -2);
  EXPECT_THAT(score.reasons(0).text(), HasSubstr("gives score 1 of 5"));
  EXPECT_EQ(score.reasons(2).feature(), "spend_total");
}

TEST_F(RfmScoreTest, WhoHasNotBoughtYetIsInNoSegmentOfTheModels) {
  const v1::Score score = Score({Number("purchases", 0), Number("spend_total", 0)});
  EXPECT_EQ(score.rfm().recency_score(), 0);
  EXPECT_EQ(score.rfm().segment(), "No purchase yet");
  EXPECT_EQ(score.rfm().identity(), 0);
  EXPECT_FALSE(score.rfm().action().empty());
  EXPECT_EQ(score.reasons_size(), 0);
  EXPECT_THAT(score.imputed_features(), ElementsAre("recency_days"));
}

}  // namespace
}  // namespace clientele::inference
