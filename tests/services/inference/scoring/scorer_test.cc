#include "services/inference/scoring/scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::Number;
using testutil::StatusIs;
using testutil::Text;

class ScorerTest : public ::testing::Test {
 protected:
  void Use(model::v1::ModelArtifact artifact) {
    auto predictor = model::Predictor::Load(testutil::Serialize(std::move(artifact)));
    ASSERT_OK(predictor);
    model_ = std::make_shared<const ScoringModel>(*std::move(predictor));
  }
  absl::StatusOr<v1::Score> Score(const std::vector<model::v1::NamedValue>& values, int max_reasons = 1000) {
    return testutil::ScoreGiven(*model_, values, max_reasons);
  }

  std::shared_ptr<const ScoringModel> model_;
};

TEST_F(ScorerTest, AProbabilityIsThatOfItsLogOddsAndTheReasonsAddUp) {
  Use(testutil::ChurnModel(-1));
  ASSERT_OK_AND_ASSIGN(const auto score, Score({Number("recency", 80), Number("visits", 6), Text("plan", "pro")}));
  // -1 + 0.5 (80 - 40) / 20 - 0.25 x 6 - 1.
  EXPECT_NEAR(score.probability().log_odds(), -2.5, 1e-12);
  EXPECT_NEAR(score.probability().probability(), 1 / (1 + std::exp(2.5)), 1e-12);
  EXPECT_EQ(score.probability().threshold(), 0.4);
  EXPECT_FALSE(score.probability().positive());
  EXPECT_NEAR(score.probability().percentile(), 100 * score.probability().probability(), 1e-9);
  double sum = score.probability().baseline();
  for (const auto& reason : score.reasons()) sum += reason.contribution();
  EXPECT_NEAR(sum, score.probability().log_odds(), 1e-12);
  EXPECT_TRUE(score.imputed_features().empty());
}

TEST_F(ScorerTest, APredictedClassIsTheMostProbableAndItsReasonsAreItsOwn) {
  Use(testutil::TierModel());
  ASSERT_OK_AND_ASSIGN(const auto score, Score({Number("recency", 80), Number("visits", 1), Text("plan", "basic")}));
  const auto& predicted = score.predicted_class();
  EXPECT_EQ(predicted.predicted_class(), "sleeping");
  ASSERT_EQ(predicted.classes_size(), 3);
  EXPECT_EQ(predicted.classes(2).class_name(), "active");
  // Fits: new -0.5, sleeping 2 x 2 - 0.25 = 3.75, active 0.5 - 4 + 0.25.
  const double sum = std::exp(-0.5) + std::exp(3.75) + std::exp(-3.25);
  EXPECT_NEAR(predicted.classes(1).probability(), std::exp(3.75) / sum, 1e-12);
  EXPECT_NEAR(predicted.classes(2).probability(), std::exp(-3.25) / sum, 1e-12);
  ASSERT_GE(score.reasons_size(), 2);
  EXPECT_EQ(score.reasons(0).feature(), "recency");
  EXPECT_NEAR(score.reasons(0).contribution(), 4, 1e-12);
  EXPECT_EQ(score.reasons(1).feature(), "visits");
  EXPECT_NEAR(score.reasons(1).contribution(), -0.25 * (1 - 3), 1e-12);
}

TEST_F(ScorerTest, ReasonsComeStrongestFirstAndAtMostAsManyAsAskedFor) {
  Use(testutil::ChurnModel(-1));
  const std::vector<model::v1::NamedValue> values = {Number("recency", 80), Number("visits", 5), Text("plan", "pro")};
  ASSERT_OK_AND_ASSIGN(const auto score, Score(values));
  // plan: -1 x 0.75 - 1 x 0.75 (the shares are 0.75 and 0.25); recency: 0.5 x 2; visits: -0.25 (5 - 3).
  ASSERT_EQ(score.reasons_size(), 3);
  EXPECT_EQ(score.reasons(0).feature(), "plan");
  EXPECT_NEAR(score.reasons(0).contribution(), -1.5, 1e-12);
  EXPECT_EQ(score.reasons(0).value().text(), "pro");
  EXPECT_EQ(score.reasons(1).feature(), "recency");
  EXPECT_NEAR(score.reasons(1).contribution(), 1, 1e-12);
  EXPECT_THAT(score.reasons(1).text(), HasSubstr("Days since last purchase 80"));
  EXPECT_NEAR(score.reasons(2).contribution(), -0.5, 1e-12);
  ASSERT_OK_AND_ASSIGN(const auto two, Score(values, 2));
  EXPECT_EQ(two.reasons_size(), 2);
  ASSERT_OK_AND_ASSIGN(const auto none, Score(values, 0));
  EXPECT_EQ(none.reasons_size(), 0);
  EXPECT_EQ(none.probability().probability(), score.probability().probability());
}

TEST_F(ScorerTest, AMissingFeatureIsImputedAndNamed) {
  Use(testutil::ChurnModel(-1));
  model::v1::NamedValue unset;
  unset.set_feature("visits");
  ASSERT_OK_AND_ASSIGN(const auto score, Score({Text("plan", "basic"), unset}));
  EXPECT_THAT(score.imputed_features(), ElementsAre("recency", "visits"));
  // Recency as 30, visits as 2.
  EXPECT_NEAR(score.probability().log_odds(), -1 + 0.5 * (30 - 40) / 20.0 - 0.25 * 2 + 1, 1e-12);
  for (const auto& reason : score.reasons()) {
    if (reason.feature() == "recency") {
      EXPECT_EQ(reason.value().number(), 30);
    }
  }
}

TEST_F(ScorerTest, AnUnknownFeatureIsAnErrorThatListsTheKnownOnes) {
  Use(testutil::ChurnModel());
  const auto score = Score({Number("recency", 1), Number("recencies", 1)});
  EXPECT_THAT(score, StatusIs(absl::StatusCode::kInvalidArgument,
                              ::testing::AllOf(HasSubstr("subject.features[1].feature"), HasSubstr("\"recencies\""),
                                               HasSubstr("recency, visits, plan"))));
  EXPECT_EQ(ReasonOf(score.status()), "UNKNOWN_FEATURE");
}

TEST_F(ScorerTest, TheListOfKnownFeaturesFitsIntoAMessage) {
  model::v1::ModelArtifact artifact = testutil::ValueModel();
  for (int i = 0; i < 500; ++i) {
    *artifact.add_schema() = artifact.schema(1);
    *artifact.mutable_preprocessing()->add_features() = artifact.preprocessing().features(1);
    const std::string name = absl::StrCat("another_feature_with_a_long_name_", i);
    artifact.mutable_schema(3 + i)->mutable_feature()->set_name(name);
    artifact.mutable_preprocessing()->mutable_features(3 + i)->set_feature(name);
    artifact.mutable_value_regression()->add_coefficients(0);
  }
  artifact.mutable_preprocessing()->set_num_columns(504);
  Use(artifact);
  const absl::Status status = Score({Number("nothing", 1)}).status();
  EXPECT_LT(status.message().size(), 1000u);
  EXPECT_THAT(std::string(status.message()), HasSubstr("more (GetModelVersion lists them)"));
}

TEST_F(ScorerTest, AValueOfTheWrongTypeIsAnErrorThatNamesIt) {
  Use(testutil::ChurnModel());
  model::v1::NamedValue time;
  time.set_feature("recency");
  time.mutable_value()->mutable_time()->set_seconds(1);
  const std::vector<model::v1::NamedValue> wrong = {
      Text("recency", "80"), Number("plan", 1), Number("recency", std::numeric_limits<double>::quiet_NaN()),
      Number("recency", std::numeric_limits<double>::infinity()), Text("plan", std::string(1025, 'x')), time};
  for (const auto& value : wrong) {
    const auto score = Score({Number("visits", 1), value});
    EXPECT_THAT(score, StatusIs(absl::StatusCode::kInvalidArgument)) << value.ShortDebugString();
    EXPECT_EQ(FieldOf(score.status()), "subject.features[1].value");
  }
  EXPECT_EQ(FieldOf(Score({Number("visits", 1), Number("visits", 1)}).status()), "subject.features[1].feature");
}

TEST_F(ScorerTest, FlagsAreNumbersOrCategories) {
  Use(testutil::ValueModel(0));
  model::v1::NamedValue visits, plan;
  visits.set_feature("visits");
  visits.mutable_value()->set_flag(true);
  plan.set_feature("plan");
  plan.mutable_value()->set_flag(true);
  ASSERT_OK_AND_ASSIGN(const auto score, Score({visits, plan}));
  EXPECT_NEAR(score.value().value(), 10, 1e-12);
  EXPECT_THAT(score.imputed_features(), ElementsAre("recency"));
}

TEST_F(ScorerTest, AValueHasItsCurrencyAndReasonsThatAddUp) {
  Use(testutil::ValueModel(100));
  ASSERT_OK_AND_ASSIGN(const auto score, Score({Number("recency", 1), Number("visits", 4), Text("plan", "pro")}));
  EXPECT_NEAR(score.value().value(), 145, 1e-12);
  EXPECT_EQ(score.value().currency_code(), "EUR");
  EXPECT_NEAR(score.value().percentile(), 72.5, 1e-9);
  double sum = score.value().baseline();
  for (const auto& reason : score.reasons()) sum += reason.contribution();
  EXPECT_NEAR(sum, score.value().fit(), 1e-12);
}

TEST_F(ScorerTest, AValueHasItsIntervalAndTheProbabilityOfAny) {
  auto artifact = testutil::ValueModel(100);
  Use(artifact);
  ASSERT_OK_AND_ASSIGN(const auto without, Score({Number("recency", 1), Number("visits", 4), Text("plan", "pro")}));
  EXPECT_EQ(without.value().interval_coverage(), 0);
  auto* model = artifact.mutable_value_regression();
  model->mutable_intervals()->set_coverage(0.8);
  auto* band = model->mutable_intervals()->add_bands();
  band->set_lower(-45);
  band->set_upper(55);
  Use(artifact);
  ASSERT_OK_AND_ASSIGN(const auto score, Score({Number("recency", 1), Number("visits", 4), Text("plan", "pro")}));
  EXPECT_NEAR(score.value().lower(), 100, 1e-12);
  EXPECT_NEAR(score.value().upper(), 200, 1e-12);
  EXPECT_EQ(score.value().interval_coverage(), 0.8);
  EXPECT_EQ(score.value().occurrence_probability(), 0);
}

TEST_F(ScorerTest, ASegmentHasItsNameItsDistancesAndWhatSetsItApart) {
  model::v1::ModelArtifact artifact = testutil::SegmentModel();
  artifact.mutable_kmeans()->mutable_clusters(1)->set_identity(7);
  Use(artifact);
  ASSERT_OK_AND_ASSIGN(const auto score, Score({Number("recency", 60), Number("visits", 3), Text("plan", "pro")}));
  EXPECT_EQ(score.segment().index(), 1);
  EXPECT_EQ(score.segment().identity(), 7);
  EXPECT_EQ(score.segment().segment(), "Long gone");
  EXPECT_NEAR(score.segment().distance(), std::sqrt(0.5), 1e-12);
  EXPECT_NEAR(score.segment().runner_up_distance(), std::sqrt(4.5), 1e-12);
  ASSERT_GE(score.reasons_size(), 1);
  EXPECT_EQ(score.reasons(0).feature(), "recency");
}

TEST_F(ScorerTest, FeaturesOfThePastAreReadByName) {
  Use(testutil::ValueModel(100));
  testutil::FakeFeatures source;
  ASSERT_OK_AND_ASSIGN(const auto table, source.Answer({"pro-1"}, model_->features()));
  ASSERT_OK_AND_ASSIGN(const auto columns, FindColumns(*model_, table));
  std::vector<model::Cell> row(3);
  ASSERT_OK(ReadFetched(*model_, columns, table.rows(0), absl::MakeSpan(row)));
  EXPECT_NEAR(ScoreRow(*model_, row, 0).value().value(), 145, 1e-12);

  ingestion::v1::BatchGetFeaturesResponse without = table;
  without.set_features(0, "other");
  EXPECT_THAT(FindColumns(*model_, without), StatusIs(absl::StatusCode::kInternal));
  ingestion::v1::FeatureVector short_row = table.rows(0);
  short_row.mutable_values()->RemoveLast();
  EXPECT_THAT(ReadFetched(*model_, columns, short_row, absl::MakeSpan(row)), StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace clientele::inference
