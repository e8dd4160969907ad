#include "services/inference/scoring/score_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "common/base/error.h"
#include "services/inference/scoring/given_features.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::HasSubstr;
using testutil::Number;
using testutil::StatusIs;
using testutil::Text;

TEST(ReadScoreRequestTest, ReadsWhatTheMessageHolds) {
  v1::ScoreRequest request;
  request.set_name("tenants/acme/models/churn");
  request.mutable_subject()->set_customer_id("Zoë");
  *request.mutable_subject()->add_features() = Number("visits", 3);
  request.set_max_reasons(-1);
  request.set_horizon_days(90);
  request.set_trend_days(30);
  const std::string bytes = request.SerializeAsString();
  ScoreRequestView view;
  ASSERT_OK(ReadScoreRequest(bytes, view));
  EXPECT_EQ(view.name, request.name());
  EXPECT_EQ(view.subject.customer_id, "Zoë");
  EXPECT_EQ(view.subject.num_features, 1);
  EXPECT_EQ(view.max_reasons, -1);
  EXPECT_EQ(view.horizon_days, 90);
  EXPECT_EQ(view.trend_days, 30);
}

TEST(ReadScoreRequestTest, ASubjectInTwoPartsIsOne) {
  v1::ScoreRequest first, second;
  first.mutable_subject()->set_customer_id("ada");
  *first.mutable_subject()->add_features() = Number("visits", 3);
  *second.mutable_subject()->add_features() = Text("plan", "pro");
  const std::string bytes = first.SerializeAsString() + second.SerializeAsString();
  ScoreRequestView view;
  ASSERT_OK(ReadScoreRequest(bytes, view));
  EXPECT_EQ(view.subject.customer_id, "ada");
  EXPECT_EQ(view.subject.num_features, 2);
  v1::Subject subject;
  ASSERT_TRUE(subject.ParseFromString(std::string(view.subject.features)));
  EXPECT_EQ(subject.features(1).value().text(), "pro");
}

TEST(ReadScoreRequestTest, BytesThatAreNoRequestAreRefused) {
  ScoreRequestView view;
  EXPECT_THAT(ReadScoreRequest("\x0a\x7f", view), StatusIs(absl::StatusCode::kInvalidArgument));
  v1::ScoreRequest request;
  request.mutable_subject()->set_customer_id("ada");
  std::string bytes = request.SerializeAsString();
  bytes.back() = '\xff';
  const absl::Status status = ReadScoreRequest(bytes, view);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("UTF-8")));
  EXPECT_EQ(FieldOf(status), "subject.customer_id");
}

class GivenFeaturesTest : public ::testing::Test {
 protected:
  static std::string Subject(const std::vector<model::v1::NamedValue>& values) {
    v1::Subject subject;
    for (const auto& value : values) *subject.add_features() = value;
    return subject.SerializeAsString();
  }
  absl::Status Read(const std::string& subject) {
    row_.assign(model_.num_features(), model::Cell::Missing());
    return given_->Read(
        subject, [] { return std::string("subjects[7]"); }, absl::MakeSpan(row_));
  }

  const ScoringModel model_{*model::Predictor::Load(testutil::Serialize(testutil::ChurnModel(-1)))};
  std::optional<GivenFeatures> given_{model_};
  std::vector<model::Cell> row_;
};

TEST_F(GivenFeaturesTest, RowsThatAreAlikeAndRowsThatAreNot) {
  const std::vector<std::string> subjects = {
      Subject({Number("recency", 1), Number("visits", 2), Text("plan", "pro")}),
      Subject({Number("recency", 3), Number("visits", 4), Text("plan", "basic")}),
      Subject({Number("visits", 5), Number("recency", 6)}),
      Subject({Number("visits", 7)}),
      Subject({}),
      Subject({Text("plan", "x"), Number("recency", 8), Number("visits", 9)}),
      Subject({Text("plan", "y"), Number("recency", 10), Number("visits", 11)}),
  };
  const double missing = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::tuple<double, double, std::string>> expected = {
      {1, 2, "pro"}, {3, 4, "basic"}, {6, 5, ""}, {missing, 7, ""}, {missing, missing, ""}, {8, 9, "x"}, {10, 11, "y"},
  };
  for (size_t i = 0; i < subjects.size(); ++i) {
    ASSERT_OK(Read(subjects[i]));
    const auto& [recency, visits, plan] = expected[i];
    EXPECT_TRUE(row_[0].number == recency || (std::isnan(row_[0].number) && std::isnan(recency))) << i;
    EXPECT_TRUE(row_[1].number == visits || (std::isnan(row_[1].number) && std::isnan(visits))) << i;
    EXPECT_EQ(row_[2].category, plan) << i;
  }
}

TEST_F(GivenFeaturesTest, WhatIsWrongIsFoundInAnyRow) {
  const std::string good = Subject({Number("recency", 1), Number("visits", 2)});
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<std::string, std::string>> bad = {
      {Subject({Number("recency", 1), Number("visits", infinite)}), "subjects[7].features[1].value"},
      {Subject({Number("recency", 1), Number("recency", 2)}), "subjects[7].features[1].feature"},
      {Subject({Number("recency", 1), Text("visits", "two")}), "subjects[7].features[1].value"},
      {Subject({Number("recency", 1), Text("plan", "\xff")}), "subjects[7].features[1].value"},
      {Subject({Number("recency", 1)}) + "\x12\x02\x0a\x05", "subjects[7].features[1]"},
      {Subject({Number("recency", 1)}) + "\x12\x05", "subjects[7]"},
  };
  for (const bool after_a_good_row : {false, true}) {
    for (const auto& [subject, field] : bad) {
      given_.emplace(model_);
      if (after_a_good_row) {
        ASSERT_OK(Read(good));
      }
      EXPECT_EQ(FieldOf(Read(subject)), field) << after_a_good_row;
    }
    given_.emplace(model_);
    const absl::Status unknown = Read(Subject({Number("recency", 1), Number("visit\xff", 2)}));
    EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("visit\\xff")));
    EXPECT_EQ(ReasonOf(unknown), "UNKNOWN_FEATURE");
  }
}

TEST_F(GivenFeaturesTest, OneReaderForAllRowsReadsAsOneForEach) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    std::vector<model::v1::NamedValue> values = {Number("recency", random()), Number("visits", random()),
                                                 Text("plan", absl::StrCat(random() % 3))};
    if (random() % 4 == 0) std::shuffle(values.begin(), values.end(), random);
    values.resize(random() % 8 == 0 ? random() % 3 : 3);
    std::string subject = Subject(values);
    if (random() % 4 == 0 && !subject.empty()) subject[random() % subject.size()] = static_cast<char>(random());
    const absl::Status together = Read(subject);
    const std::vector<model::Cell> row = row_;
    GivenFeatures alone(model_);
    row_.assign(model_.num_features(), model::Cell::Missing());
    ASSERT_EQ(alone.Read(
                  subject, [] { return std::string("subjects[7]"); }, absl::MakeSpan(row_)),
              together);
    if (!together.ok()) continue;
    for (size_t f = 0; f < row.size(); ++f) {
      ASSERT_TRUE(row[f].number == row_[f].number || std::isnan(row[f].number)) << round;
      ASSERT_EQ(row[f].category, row_[f].category);
    }
  }
}

}  // namespace
}  // namespace clientele::inference
