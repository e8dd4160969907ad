#include "common/model/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using v1::ModelArtifact;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ModelArtifact Tiny() {
  ModelArtifact artifact = testutil::TinyArtifact();
  artifact.mutable_schema(0)->mutable_feature()->set_display_name("Days since last purchase");
  auto* model = artifact.mutable_logistic_regression();
  for (const double coefficient : {0.5, 2.0, -3.0}) model->add_coefficients(coefficient);
  return artifact;
}

std::vector<Reason> Explain(const ModelArtifact& artifact, const std::vector<Cell>& row, int max_reasons = 5) {
  auto predictor = Predictor::Create(artifact);
  EXPECT_OK(predictor);
  return ExplainInWords(**predictor, row, (*predictor)->Predict(row, true), max_reasons);
}

TEST(ReasonsTest, SayWhatTheValueDoesStrongestFirst) {
  const auto reasons = Explain(Tiny(), {Cell::Number(212), Cell::Category("a")});
  ASSERT_THAT(reasons, SizeIs(2));
  EXPECT_EQ(reasons[0].text, "Days since last purchase 212 (average 2) raises it");
  EXPECT_EQ(reasons[0].feature, 0);
  EXPECT_DOUBLE_EQ(reasons[0].contribution, 105);
  EXPECT_EQ(reasons[0].value.number(), 212);
  EXPECT_EQ(reasons[1].text, "plan a (25 % of customers) raises it");
  EXPECT_EQ(reasons[1].value.text(), "a");
  EXPECT_EQ(Explain(Tiny(), {Cell::Number(1.25), Cell::Category("b")})[1].text,
            "Days since last purchase 1.25 (average 2) lowers it");
}

TEST(ReasonsTest, OrderBySizeWhateverTheSign) {
  const auto reasons = Explain(Tiny(), {Cell::Number(-38), Cell::Category("a")});
  EXPECT_EQ(reasons[0].text, "Days since last purchase -38 (average 2) lowers it");
}

TEST(ReasonsTest, AreAtMostAsManyAsAskedFor) {
  EXPECT_THAT(Explain(Tiny(), {Cell::Number(212), Cell::Category("a")}, 1), SizeIs(1));
  EXPECT_THAT(Explain(Tiny(), {Cell::Number(212), Cell::Category("a")}, 0), IsEmpty());
}

TEST(ReasonsTest, LeaveOutWhatDoesNothing) {
  const auto reasons = Explain(Tiny(), {Cell::Missing(), Cell::Category("a")});
  ASSERT_THAT(reasons, SizeIs(1));
  EXPECT_EQ(reasons[0].feature, 1);
}

TEST(ReasonsTest, TellMissingAndUnknownValues) {
  ModelArtifact artifact = Tiny();
  auto* number = artifact.mutable_preprocessing()->mutable_features(0)->mutable_number();
  number->set_imputed_value(3);
  const auto reasons = Explain(artifact, {Cell::Missing(), Cell::Category("z")});
  ASSERT_THAT(reasons, SizeIs(2));
  EXPECT_EQ(reasons[0].text, "plan z (not seen in training) raises it");
  EXPECT_EQ(reasons[1].text, "Days since last purchase missing (taken as 3) raises it");
  EXPECT_EQ(reasons[1].value.number(), 3);
  const auto missing = Explain(artifact, {Cell::Number(2), Cell::Missing()});
  EXPECT_EQ(missing[0].text, "plan missing (0 % of customers) raises it");
  EXPECT_EQ(missing[0].value.kind_case(), common::v1::Value::KIND_NOT_SET);
}

TEST(ReasonsTest, OfASegmentAreWhatCustomerAndSegmentShare) {
  ModelArtifact artifact = testutil::TinyArtifact();
  auto* model = artifact.mutable_kmeans();
  model->set_num_clusters(1);
  for (const double value : {2.0, 0.0, 1.0}) model->add_centroids(value);
  model->add_clusters();
  for (int j = 0; j < 3; ++j) model->add_feature_scale(1);
  const auto reasons = Explain(artifact, {Cell::Number(5), Cell::Category("b")});
  ASSERT_THAT(reasons, SizeIs(2));
  EXPECT_EQ(reasons[0].text, "x 5 (average 2) is high, as in the segment");
  EXPECT_EQ(reasons[1].text, "plan b (75 % of customers) is frequent in the segment");
  EXPECT_THAT(Explain(artifact, {Cell::Number(-1), Cell::Category("a")}), IsEmpty());
}

}  // namespace
}  // namespace clientele::model
