#include "services/inference/scoring/scored_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "tests/services/inference/test_models.h"

namespace clientele::inference {
namespace {

using model::Cell;

ScoredBy ByChurn() {
  auto version = std::make_shared<Version>();
  version->number = 1;
  version->model = std::make_shared<ScoringModel>(
      *clientele::model::Predictor::Load(testutil::Serialize(testutil::ChurnModel())));
  return {*TenantId::Parse("acme"), "churn", version};
}

v1::Score Probability(double probability) {
  v1::Score score;
  score.mutable_probability()->set_probability(probability);
  score.mutable_probability()->set_positive(probability >= 0.5);
  return score;
}

TEST(ScoredRowsTest, HoldsTheRowsAfterTheirTextsAreGone) {
  ScoredRows rows(ByChurn(), 1);  // recency, visits, plan; it may grow.
  {
    const std::string basic = "basic", ada = "ada";
    rows.Add(ada, {{Cell::Number(1.5), Cell::Missing(), Cell::Category(basic)}}, Probability(0.75));
    rows.Add("", {{Cell::Number(2), Cell::Number(-3), Cell::Missing()}}, Probability(0.25));
  }
  rows.set_scoring_time(absl::Microseconds(5));
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows.customer_id(0), "ada");
  EXPECT_EQ(rows.customer_id(1), "");
  EXPECT_EQ(rows.summary(0).score, 0.75);
  EXPECT_EQ(rows.summary(0).decision, 1);
  EXPECT_EQ(rows.summary(1).decision, 0);
  EXPECT_EQ(rows.micros(0), 2.5);
  EXPECT_EQ(rows.micros(1), 2.5);
  std::vector<Cell> row(3);
  rows.Read(0, absl::MakeSpan(row));
  EXPECT_EQ(row[0].number, 1.5);
  EXPECT_TRUE(std::isnan(row[1].number));
  EXPECT_EQ(row[2].category, "basic");
  EXPECT_TRUE(row[2].has_category);
  rows.Read(1, absl::MakeSpan(row));
  EXPECT_EQ(row[1].number, -3);
  EXPECT_FALSE(row[2].has_category);
}

TEST(ScoredRowsTest, RowsHaveTimesOfTheirOwnOrOfAll) {
  ScoredRows rows(ByChurn(), 1);
  rows.Add("ada", {{Cell::Number(1), Cell::Number(2), Cell::Category("basic")}}, Probability(0.5),
           absl::Microseconds(7), absl::FromUnixSeconds(100));
  rows.Add("", {{Cell::Number(3), Cell::Number(4), Cell::Missing()}}, Probability(0.25), absl::Microseconds(3),
           absl::FromUnixSeconds(200));
  EXPECT_EQ(rows.micros(0), 7);
  EXPECT_EQ(rows.time(0), absl::FromUnixSeconds(100));
  EXPECT_EQ(rows.micros(1), 3);
  EXPECT_EQ(rows.time(1), absl::FromUnixSeconds(200));
  rows.set_scoring_time(absl::Microseconds(4));
  rows.set_time(absl::FromUnixSeconds(300));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(rows.micros(i), 2);
    EXPECT_EQ(rows.time(i), absl::FromUnixSeconds(300));
  }
}

TEST(ScoredRowsTest, TheSameIsTheVersionAndWhatLedToIt) {
  const ScoredBy by = ByChurn();
  const ScoredRows rows(by, 1);
  EXPECT_TRUE(rows.IsBy(by));
  EXPECT_FALSE(rows.IsBy(ByChurn())) << "another version";
  ScoredBy other = by;
  other.alias = "challenger";
  EXPECT_FALSE(rows.IsBy(other));
  other = by;
  other.arm = "b";
  EXPECT_FALSE(rows.IsBy(other));
  other = by;
  other.by_model = !by.by_model;
  EXPECT_FALSE(rows.IsBy(other));
}

TEST(ScoredRowsTest, EqualRowsHaveEqualDigestsAndOthersOthers) {
  ScoredRows rows(ByChurn(), 8);
  rows.Add("ada", {{Cell::Number(1), Cell::Number(2), Cell::Category("basic")}}, Probability(0.5));
  rows.Add("bob", {{Cell::Number(1), Cell::Number(2), Cell::Category("basic")}}, Probability(0.1));
  rows.Add("ada", {{Cell::Number(1), Cell::Number(2), Cell::Category("pro")}}, Probability(0.5));
  rows.Add("ada", {{Cell::Number(2), Cell::Number(1), Cell::Category("basic")}}, Probability(0.5));
  EXPECT_EQ(rows.Digest(0), rows.Digest(1));
  EXPECT_NE(rows.Digest(0), rows.Digest(2));
  EXPECT_NE(rows.Digest(0), rows.Digest(3));
}

TEST(SummaryOfTest, IsOneNumberAndOneDecisionForEveryKindOfScore) {
  v1::Score score;
  EXPECT_EQ(SummaryOf(score).score, 0);
  score.mutable_segment()->set_index(3);
  score.mutable_segment()->set_distance(1.5);
  EXPECT_EQ(SummaryOf(score).decision, 3);
  EXPECT_EQ(SummaryOf(score).score, 1.5);
  for (const auto& [name, probability] : {std::pair("new", 0.2), std::pair("active", 0.7), std::pair("asleep", 0.1)}) {
    auto& one = *score.mutable_predicted_class()->add_classes();
    one.set_class_name(name);
    one.set_probability(probability);
  }
  score.mutable_predicted_class()->set_predicted_class("active");
  EXPECT_EQ(SummaryOf(score).decision, 1);
  EXPECT_EQ(SummaryOf(score).score, 0.7);
  score.mutable_lifetime_value()->mutable_predicted_value()->set_value(120);
  EXPECT_EQ(SummaryOf(score).score, 120);
  score.mutable_survival()->set_hazard_ratio(2);
  EXPECT_EQ(SummaryOf(score).score, 2);
  score.mutable_value()->set_value(-4);
  EXPECT_EQ(SummaryOf(score).score, -4);
}

}  // namespace
}  // namespace clientele::inference
