#include "common/model/rfm/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/artifact.h"
#include "common/model/reasons.h"
#include "tests/common/model/rfm/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testutil::SampleRfm;
using v1::ModelArtifact;

absl::StatusOr<std::shared_ptr<const Predictor>> Load(ModelArtifact artifact) {
  return Predictor::Load(SerializeArtifact(artifact).bytes);
}

TEST(RfmPredictorTest, ScoresAndNamesTheSegment) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Load(SampleRfm()));
  const Prediction best = predictor->Predict({Cell::Number(10), Cell::Number(9), Cell::Number(900)}, true);
  EXPECT_EQ(best.rfm, (RfmScores{5, 5, 5}));
  EXPECT_EQ(LabelOf(predictor->artifact().rfm(), best.cluster).name, "Champions");
  EXPECT_DOUBLE_EQ(best.output, 5);
  EXPECT_THAT(best.contributions, ElementsAre(2, 2, 2));
  const Prediction gone = predictor->Predict({Cell::Number(500), Cell::Number(3), Cell::Number(250)}, true);
  EXPECT_EQ(gone.rfm, (RfmScores{1, 3, 3}));
  EXPECT_EQ(LabelOf(predictor->artifact().rfm(), gone.cluster).name, "At risk");
  EXPECT_THAT(gone.contributions, ElementsAre(-2, 0, 0));
}

TEST(RfmPredictorTest, WhoHasNotBoughtYetHasNoScoresAndNoError) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Load(SampleRfm()));
  const std::vector<Cell> row = {Cell::Missing(), Cell::Number(0), Cell::Number(-20)};
  const Prediction none = predictor->Predict(row, true);
  EXPECT_FALSE(none.rfm.any());
  EXPECT_EQ(none.cluster, predictor->artifact().rfm().segments_size());
  EXPECT_EQ(none.output, 0);
  EXPECT_THAT(none.imputed, ElementsAre(0));
  EXPECT_THAT(ExplainInWords(*predictor, row, none, 5), IsEmpty());
}

TEST(RfmPredictorTest, ReasonsSayTheScores) {
  ASSERT_OK_AND_ASSIGN(const auto predictor, Load(SampleRfm()));
  const std::vector<Cell> row = {Cell::Number(500), Cell::Number(4), Cell::Number(250)};
  const auto reasons = ExplainInWords(*predictor, row, predictor->Predict(row, true), 5);
  ASSERT_EQ(reasons.size(), 2u);  // The middle score explains nothing.
  EXPECT_EQ(reasons[0].contribution, -2);
  EXPECT_THAT(reasons[0].text, HasSubstr("gives score 1 of 5"));
  EXPECT_EQ(reasons[1].contribution, 1);
  EXPECT_THAT(reasons[1].text, HasSubstr("gives score 4 of 5"));
}

TEST(RfmPredictorTest, GoldenRowsHoldTheSegmentAndTheScores) {
  const ModelArtifact artifact = SampleRfm();
  for (const auto& row : artifact.golden_rows()) EXPECT_EQ(row.outputs_size(), 4);
  const auto& missing = artifact.golden_rows(artifact.golden_rows_size() - 1);
  EXPECT_THAT(missing.outputs(), ElementsAre(artifact.rfm().segments_size(), 0, 0, 0));
  ModelArtifact damaged = artifact;
  damaged.mutable_golden_rows(0)->set_outputs(1, 7);
  EXPECT_FALSE(Load(damaged).ok());
  damaged = artifact;
  damaged.mutable_rfm()->mutable_rules(0)->clear_recency();
  for (double& cut : *damaged.mutable_rfm()->mutable_recency_cuts()) cut += 1000;
  EXPECT_FALSE(Load(damaged).ok());
}

TEST(RfmPredictorTest, RefusesFeaturesThatArePreprocessed) {
  const auto refused = [](auto change) {
    ModelArtifact artifact = SampleRfm();
    change(artifact);
    return std::string(Predictor::Create(artifact).status().message());
  };
  EXPECT_THAT(refused([](ModelArtifact& a) { a.mutable_rfm()->set_recency_feature(3); }),
              HasSubstr("recency is feature 3"));
  EXPECT_THAT(refused([](ModelArtifact& a) {
                a.mutable_preprocessing()->mutable_features(2)->mutable_number()->set_log1p(true);
              }),
              HasSubstr("monetary value is changed"));
  EXPECT_THAT(
      refused([](ModelArtifact& a) { a.mutable_preprocessing()->mutable_features(1)->mutable_number()->set_mean(1); }),
      HasSubstr("frequency is changed"));
}

}  // namespace
}  // namespace clientele::model
