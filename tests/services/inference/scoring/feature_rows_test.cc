#include "services/inference/scoring/feature_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/inference/scoring/scorer.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ingestion::v1::BatchGetFeaturesResponse;
using ::testing::HasSubstr;
using testutil::StatusIs;

class FeatureRowsTest : public ::testing::Test {
 protected:
  // Its columns are not in the model's order.
  BatchGetFeaturesResponse Answer(const std::vector<std::string>& ids) {
    return *source_.Answer(ids, model_.features());
  }
  // What reading the only row of `answer` ends with.
  absl::Status ReadOnly(const BatchGetFeaturesResponse& answer) {
    const auto rows = ReadFeatureRows(answer.SerializeAsString(), {"pro-1"}, model_.features());
    if (!rows.ok()) return rows.status();
    std::vector<model::Cell> cells(model_.num_features());
    return FeatureRowReader(model_).Read(*(*rows)[0], absl::MakeSpan(cells));
  }

  testutil::FakeFeatures source_;
  const ScoringModel model_{*model::Predictor::Load(testutil::Serialize(testutil::ValueModel(100)))};
};

TEST_F(FeatureRowsTest, AreReadByName) {
  const BatchGetFeaturesResponse answer = Answer({"c1", "nobody", "pro-1"});
  ASSERT_OK_AND_ASSIGN(const FeatureRows rows,
                       ReadFeatureRows(answer.SerializeAsString(), {"c1", "nobody", "pro-1"}, model_.features()));
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1], nullptr) << "there is no record of them";
  EXPECT_EQ(rows[0]->frame->as_of.seconds(), answer.as_of().seconds());
  FeatureRowReader reader(model_);
  std::vector<model::Cell> cells(model_.num_features());
  ASSERT_OK(reader.Read(*rows[2], absl::MakeSpan(cells)));
  EXPECT_NEAR(ScoreRow(model_, cells, 0).value().value(), 145, 1e-12);
  // A row of another answer, with its columns in another order and one that the model has not.
  BatchGetFeaturesResponse other = Answer({"pro-1"});
  other.add_features("more");
  other.mutable_rows(0)->add_values()->set_text("of everything");
  other.mutable_features()->SwapElements(0, 3);
  other.mutable_rows(0)->mutable_values()->SwapElements(0, 3);
  ASSERT_OK_AND_ASSIGN(const FeatureRows more,
                       ReadFeatureRows(other.SerializeAsString(), {"pro-1"}, model_.features()));
  cells.assign(model_.num_features(), model::Cell::Missing());
  ASSERT_OK(reader.Read(*more[0], absl::MakeSpan(cells)));
  EXPECT_NEAR(ScoreRow(model_, cells, 0).value().value(), 145, 1e-12);
}

TEST_F(FeatureRowsTest, AnAnswerThatDoesNotFitIsNotScored) {
  const BatchGetFeaturesResponse good = Answer({"pro-1"});
  ASSERT_OK(ReadOnly(good));
  const auto fails = [&](const auto& change, const std::string& why) {
    BatchGetFeaturesResponse answer = good;
    change(answer);
    EXPECT_THAT(ReadOnly(answer), StatusIs(absl::StatusCode::kInternal, HasSubstr(why)));
  };
  fails([](auto& answer) { answer.mutable_rows(0)->set_customer_id("pro-2"); }, "the customers that were asked for");
  fails([](auto& answer) { answer.clear_rows(); }, "all customers");
  fails([](auto& answer) { *answer.add_rows() = answer.rows(0); }, "the customers that were asked for");
  fails([](auto& answer) { answer.set_features(0, "other"); }, "is not there");
  fails([](auto& answer) { answer.mutable_rows(0)->mutable_values()->RemoveLast(); }, "too short");
  fails([](auto& answer) { answer.mutable_rows(0)->add_values(); }, "too long");
  fails(
      [](auto& answer) {
        for (auto& value : *answer.mutable_rows(0)->mutable_values()) value.mutable_time();
      },
      "is a time");
  EXPECT_THAT(ReadFeatureRows("\xff", {"pro-1"}, model_.features()), StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace clientele::inference
