#include "services/inference/scoring/row_form.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "clientele/inference/v1/scoring_service.pb.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/inference/scoring/given_features.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using testutil::Number;

std::string Bytes(double number) { return {reinterpret_cast<const char*>(&number), sizeof(number)}; }

TEST(RowFormTest, ReadsTheNumbersOfWhatIsAlikeAndNothingElse) {
  RowForm form;
  form.Add("front", 1);
  form.Add("f", 0);
  std::vector<model::Cell> row(2);
  const std::string good = "front" + Bytes(1.5) + "f" + Bytes(-2);
  ASSERT_TRUE(form.Read(good, absl::MakeSpan(row)));
  EXPECT_EQ(row[1].number, 1.5);
  EXPECT_EQ(row[0].number, -2);
  for (const size_t at : {0, 1, 2, 3, 4, 13}) {
    std::string other = good;
    other[at] ^= 0x10;
    EXPECT_FALSE(form.Read(other, absl::MakeSpan(row))) << at;
  }
  EXPECT_FALSE(form.Read(good.substr(1), absl::MakeSpan(row)));
  EXPECT_FALSE(form.Read(good + "f", absl::MakeSpan(row)));
  EXPECT_FALSE(form.Read("", absl::MakeSpan(row)));
  for (const double number : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(form.Read("front" + Bytes(number) + "f" + Bytes(0), absl::MakeSpan(row))) << number;
  }
  EXPECT_FALSE(RowForm().Read("", absl::MakeSpan(row)));
}

class RowsOfOneFormTest : public ::testing::Test {
 protected:
  static std::string Subject(const std::vector<model::v1::NamedValue>& values) {
    v1::Subject subject;
    for (const auto& value : values) *subject.add_features() = value;
    return subject.SerializeAsString();
  }
  bool ReadAll(const std::string& subject) {
    row_.assign(model_.num_features(), model::Cell::Missing());
    return given_.ReadAll({.features = subject}, absl::MakeSpan(row_));
  }
  absl::Status Read(const std::string& subject) {
    return given_.Read(
        subject, [] { return std::string("subject"); }, absl::MakeSpan(row_));
  }

  const ScoringModel model_{*model::Predictor::Create(testutil::NumbersModel())};
  GivenFeatures given_{model_};
  std::vector<model::Cell> row_;
};

TEST_F(RowsOfOneFormTest, TheModelsOrderIsKnownAndAnotherIsLearntFromTheFirstRow) {
  EXPECT_TRUE(ReadAll(Subject({Number("recency", 3), Number("visits", 4)})));
  EXPECT_EQ(row_[1].number, 4);
  const std::string other = Subject({Number("visits", 5), Number("recency", 6)});
  EXPECT_FALSE(ReadAll(other));
  ASSERT_OK(Read(other));
  EXPECT_TRUE(ReadAll(Subject({Number("visits", 7), Number("recency", 8)})));
  EXPECT_EQ(row_[0].number, 8);
  EXPECT_EQ(row_[1].number, 7);
  EXPECT_FALSE(ReadAll(Subject({Number("visits", 7)}))) << "it does not give all";
}

TEST(RowFormTest, AnyByteThatDiffersIsFoundWhateverTheLength) {
  for (int features = 1; features < 40; ++features) {
    RowForm form;
    std::string good;
    std::vector<bool> is_number;
    for (int f = 0; f < features; ++f) {
      const std::string front(1 + f % 5, static_cast<char>('a' + f % 20));
      form.Add(front, f);
      good += front + Bytes(f + 0.5);
      is_number.resize(is_number.size() + front.size(), false);
      is_number.resize(is_number.size() + sizeof(double), true);
    }
    std::vector<double> numbers(features);
    ASSERT_TRUE(form.Read(good, numbers.data()));
    for (int f = 0; f < features; ++f) EXPECT_EQ(numbers[f], f + 0.5);
    for (size_t at = 0; at < good.size(); ++at) {
      std::string other = good;
      other[at] ^= 1;
      EXPECT_EQ(form.Read(other, numbers.data()), is_number[at]) << features << " " << at;
    }
  }
}

TEST_F(RowsOfOneFormTest, ASubjectOfTheModelsFormIsKnownFromItsRequestOnInWhateverPiecesItComes) {
  const RowForm& usual = model_.form();
  v1::BatchScoreRequest request;
  request.set_name("tenants/acme/models/churn");
  const auto add = [&](const std::string& id, const std::vector<model::v1::NamedValue>& values) {
    ASSERT_TRUE(request.add_subjects()->ParseFromString(Subject(values)));
    request.mutable_subjects()->rbegin()->set_customer_id(id);
  };
  add("", {Number("recency", 3), Number("visits", 4)});
  add("ada", {Number("recency", 5), Number("visits", 6)});
  add("bob", {Number("visits", 6), Number("recency", 5)});
  add("eve", {Number("visits", 6)});
  const std::string bytes = request.SerializeAsString();
  BatchScoreRequestView walked;
  ASSERT_OK(ReadBatchScoreRequest(bytes, walked));
  for (int piece = 1; piece <= static_cast<int>(bytes.size()); ++piece) {
    google::protobuf::io::ArrayInputStream wire(bytes.data(), static_cast<int>(bytes.size()), piece);
    BatchScoreRequestView known;
    const auto form_of = [&](absl::string_view name) {
      EXPECT_EQ(name, request.name()) << "it comes first";
      return &usual;
    };
    ASSERT_OK(ReadBatchScoreRequest(wire, bytes.size(), form_of, known));
    ASSERT_EQ(known.subjects.size(), 4);
    for (size_t i = 0; i < 4; ++i) {
      const SubjectView& subject = known.subjects[i];
      EXPECT_EQ(subject.form, i < 2 ? &usual : nullptr) << i;
      EXPECT_EQ(subject.customer_id, walked.subjects[i].customer_id) << i;
      EXPECT_EQ(subject.num_features, walked.subjects[i].num_features) << i;
      EXPECT_EQ(subject.features, walked.subjects[i].features) << i;
    }
    row_.assign(2, model::Cell::Missing());
    EXPECT_TRUE(given_.ReadAll(known.subjects[1], absl::MakeSpan(row_)));
    EXPECT_EQ(row_[0].number, 5);
    EXPECT_EQ(row_[1].number, 6);
  }
}

TEST_F(RowsOfOneFormTest, ANumberThatIsNotFiniteIsLeftToOthers) {
  const double infinite = std::numeric_limits<double>::infinity();
  v1::BatchScoreRequest request;
  ASSERT_TRUE(request.add_subjects()->ParseFromString(Subject({Number("recency", infinite), Number("visits", 4)})));
  const std::string bytes = request.SerializeAsString();
  google::protobuf::io::ArrayInputStream wire(bytes.data(), static_cast<int>(bytes.size()));
  BatchScoreRequestView read;
  const auto form_of = [this](absl::string_view) { return &model_.form(); };
  ASSERT_OK(ReadBatchScoreRequest(wire, bytes.size(), form_of, read));
  EXPECT_EQ(read.subjects[0].form, nullptr);
  EXPECT_EQ(read.subjects[0].num_features, 2);
  EXPECT_FALSE(ReadAll(std::string(read.subjects[0].features)));
}

TEST_F(RowsOfOneFormTest, ARowThatDoesNotGiveAllTeachesNothing) {
  ASSERT_FALSE(ReadAll(Subject({Number("visits", 5)})));
  ASSERT_OK(Read(Subject({Number("visits", 5)})));
  EXPECT_FALSE(ReadAll(Subject({Number("visits", 5)})));
  EXPECT_TRUE(ReadAll(Subject({Number("recency", 3), Number("visits", 4)})));
}

TEST_F(RowsOfOneFormTest, WhatIsReadSoIsWhatIsReadOneByOne) {
  std::mt19937 random(7);
  int alike = 0;
  for (int round = 0; round < 5000; ++round) {
    std::vector<model::v1::NamedValue> values = {Number("recency", random()), Number("visits", random())};
    if (random() % 4 == 0) std::reverse(values.begin(), values.end());
    std::string subject = Subject(values);
    if (random() % 2 == 0) subject[random() % subject.size()] = static_cast<char>(random());
    if (!ReadAll(subject)) continue;
    ++alike;
    const std::vector<model::Cell> row = row_;
    ASSERT_OK(Read(subject));
    for (size_t f = 0; f < row.size(); ++f) ASSERT_EQ(row[f].number, row_[f].number) << round;
  }
  EXPECT_GT(alike, 1000);
}

}  // namespace
}  // namespace clientele::inference
