#include "services/inference/scoring/plain_scores.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "services/inference/scoring/scorer.h"
#include "services/inference/scoring/standing.h"
#include "tests/services/inference/test_models.h"

namespace clientele::inference {
namespace {

ScoringModel Ready(model::v1::ModelArtifact artifact) {
  return ScoringModel(*model::Predictor::Create(std::move(artifact)));
}

// What protobuf writes of the same prediction.
std::string ByMessage(const ScoringModel& model, const Tiers& tiers, model::Prediction prediction,
                      const std::string& customer_id) {
  v1::Score score;
  SetScore(model, {}, /*max_reasons=*/0, /*horizon_days=*/0, prediction, score);
  score.set_customer_id(customer_id);
  SetStanding(model, tiers, score);
  return score.SerializeAsString();
}

void ExpectSameBytes(const ScoringModel& model, const Tiers& tiers) {
  ASSERT_TRUE(PlainScores::Are(model));
  PlainScores plain(model, tiers);
  std::mt19937 random(11);
  const auto number = [&random] { return random() % 5 == 0 ? 0.0 : (random() % 2000 - 1000.0) / 7; };
  for (int round = 0; round < 500; ++round) {
    model::Prediction prediction;
    prediction.output = random() % 5 == 0 ? 0 : random() % 1000 / 999.0;
    prediction.fit = number();
    prediction.baseline = number();
    prediction.percentile = random() % 5 == 0 ? 0 : random() % 101;
    prediction.lower = number();
    prediction.upper = number();
    prediction.occurrence_probability = number();
    const std::string id(random() % 5 == 0 ? random() % 400 : random() % 3, 'c');
    ASSERT_EQ(plain.Write(prediction, id), ByMessage(model, tiers, prediction, id)) << round;
  }
}

TEST(PlainScoresTest, AreTheBytesOfTheMessage) {
  const Tiers tiers = {{90, "gold"}, {50, std::string(200, 's')}};
  for (const bool with_percentiles : {false, true}) {
    for (model::v1::ModelArtifact artifact : {testutil::ChurnModel(), testutil::ValueModel()}) {
      artifact.set_base_currency("EUR");
      if (!with_percentiles) artifact.clear_score_quantiles();
      const ScoringModel model = Ready(artifact);
      ASSERT_EQ(model.has_percentiles(), with_percentiles);
      ExpectSameBytes(model, {});
      ExpectSameBytes(model, tiers);
    }
  }
}

TEST(PlainScoresTest, OnlyProbabilitiesAndValuesAreSuch) {
  EXPECT_TRUE(PlainScores::Are(Ready(testutil::ChurnModel())));
  EXPECT_TRUE(PlainScores::Are(Ready(testutil::ValueModel())));
  EXPECT_FALSE(PlainScores::Are(Ready(testutil::SegmentModel())));
  EXPECT_FALSE(PlainScores::Are(Ready(testutil::TierModel())));
}

}  // namespace
}  // namespace clientele::inference
