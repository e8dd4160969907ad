#include "services/inference/scoring/score_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/scoring/score_change_parts.h"
#include "services/inference/scoring/scorer.h"
#include "services/inference/scoring/trends.h"
#include "tests/services/inference/fake_history.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;

constexpr char kChurn[] = "tenants/acme/models/churn";
constexpr absl::Duration kDay = absl::Hours(24);

// Log odds of ChurnModel(intercept): intercept + 0.5 (recency - 40) / 20 - 0.25 visits.
double LogOdds(double intercept, double recency, double visits) {
  return intercept + 0.5 * (recency - 40) / 20 - 0.25 * visits;
}

double SumOfParts(const v1::ExplainScoreChangeResponse& response) {
  double sum = response.model_change() + response.time_change() + response.other_events();
  for (const auto& event : response.events()) sum += event.change();
  return sum;
}

class ScoreChangeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    clock_.Set(Day(0));
    Publish("churn", testutil::ChurnModel(-1));
  }
  // Day 100 is now.
  absl::Time Day(double day) const { return history_.now + (day - 100) * kDay; }
  void Happens(double day, const std::string& type = "page_view", double arrives_after = 0) {
    history_.Add("c", Day(day), Day(day + arrives_after), type);
  }
  void Publish(const std::string& id, const model::v1::ModelArtifact& artifact) {
    const std::string bytes = testutil::Serialize(artifact);
    ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, id, bytes, {"champion"}), bytes));
  }
  v1::ExplainScoreChangeRequest Request(double from, double to = 100) {
    v1::ExplainScoreChangeRequest request;
    request.set_name(kChurn);
    request.set_customer_id("c");
    *request.mutable_from_time() = ToProto(Day(from));
    if (to != 100) *request.mutable_to_time() = ToProto(Day(to));
    return request;
  }
  absl::StatusOr<v1::ExplainScoreChangeResponse> Explain(const v1::ExplainScoreChangeRequest& request) {
    return ScoreChangeExplainer(*registry_, history_).Explain(call_, request);
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const rpc::Call call_{};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  testutil::FakeHistory history_;
  std::unique_ptr<storage::VersionStore> store_ = *storage::RocksVersionStore::Open(directory_.path());
  std::unique_ptr<Registry> registry_ = *Registry::Open(*store_, clock_);
};

TEST_F(ScoreChangeTest, WithoutEventsItIsTime) {
  Happens(10);
  ASSERT_OK_AND_ASSIGN(const auto response, Explain(Request(40)));
  EXPECT_NEAR(response.from_score(), LogOdds(-1, 30, 1), 1e-12);
  EXPECT_NEAR(response.to_score(), LogOdds(-1, 90, 1), 1e-12);
  EXPECT_NEAR(response.time_change(), 0.5 * 60 / 20, 1e-12);
  EXPECT_NEAR(response.change(), response.time_change(), 1e-12);
  EXPECT_EQ(response.model_change(), 0);
  EXPECT_EQ(response.events_size(), 0);
  EXPECT_EQ(response.scale(), "log odds");
  EXPECT_THAT(response.text(), HasSubstr("rose from 18.2 % to 50 %: 60 days went by (+1.50)"));
}

TEST_F(ScoreChangeTest, EachEventIsOnTopOfThoseBefore) {
  Happens(10);
  Happens(60, "complaint");
  Happens(90, "login");
  ASSERT_OK_AND_ASSIGN(const auto response, Explain(Request(40)));
  ASSERT_EQ(response.events_size(), 2);
  EXPECT_EQ(response.events(0).event(), "complaint");
  EXPECT_EQ(FromProto(response.events(0).event_time()), Day(60));
  EXPECT_NEAR(response.events(0).change(), LogOdds(0, 40, 2) - LogOdds(0, 90, 1), 1e-12);
  EXPECT_EQ(response.events(1).event(), "login");
  EXPECT_NEAR(response.events(1).change(), LogOdds(0, 10, 3) - LogOdds(0, 40, 2), 1e-12);
  EXPECT_NEAR(SumOfParts(response), response.change(), 1e-12);
}

TEST_F(ScoreChangeTest, WhatHappensAtOneInstantIsOneEvent) {
  Happens(10);
  Happens(60, "complaint");
  Happens(60, "login");
  ASSERT_OK_AND_ASSIGN(const auto response, Explain(Request(40)));
  ASSERT_EQ(response.events_size(), 1);
  EXPECT_EQ(response.events(0).event(), "complaint, login");
  EXPECT_NEAR(SumOfParts(response), response.change(), 1e-12);
}

TEST_F(ScoreChangeTest, TheEventsThatAreTooManyAreOnePart) {
  Happens(10);
  for (int day = 50; day < 60; ++day) Happens(day);
  v1::ExplainScoreChangeRequest request = Request(40);
  request.set_max_events(3);
  ASSERT_OK_AND_ASSIGN(const auto response, Explain(request));
  ASSERT_EQ(response.events_size(), 3);
  EXPECT_EQ(FromProto(response.events(0).event_time()), Day(57));
  EXPECT_NEAR(response.other_events(), LogOdds(0, 44, 8) - LogOdds(0, 90, 1), 1e-12);
  EXPECT_NEAR(SumOfParts(response), response.change(), 1e-12);
}

TEST_F(ScoreChangeTest, RecordsThatArrivedLateAreAnEvent) {
  Happens(10);
  Happens(30, "login", /*arrives_after=*/20);
  ASSERT_OK_AND_ASSIGN(const auto response, Explain(Request(40)));
  EXPECT_NEAR(response.from_score(), LogOdds(-1, 30, 1), 1e-12);
  ASSERT_EQ(response.events_size(), 1);
  EXPECT_EQ(response.events(0).event(), "records that arrived late");
  EXPECT_NEAR(response.events(0).change(), LogOdds(0, 10, 2) - LogOdds(0, 30, 1), 1e-12);
  EXPECT_NEAR(SumOfParts(response), response.change(), 1e-12);
}

TEST_F(ScoreChangeTest, WhatIsNotKnownYetAtToTimeDoesNotCount) {
  Happens(10);
  Happens(60, "login", /*arrives_after=*/30);
  ASSERT_OK_AND_ASSIGN(const auto response, Explain(Request(40, 80)));
  EXPECT_EQ(response.events_size(), 0);
  EXPECT_NEAR(response.to_score(), LogOdds(-1, 70, 1), 1e-12);
}

TEST_F(ScoreChangeTest, AnotherVersionIsAPartAndTheAliasIsAskedForItsPast) {
  Happens(10);
  clock_.Set(Day(50));
  Publish("churn", testutil::ChurnModel(-2));
  ASSERT_OK_AND_ASSIGN(const auto response, Explain(Request(40)));
  EXPECT_EQ(response.from_version(), absl::StrCat(kChurn, "/versions/1"));
  EXPECT_EQ(response.to_version(), absl::StrCat(kChurn, "/versions/2"));
  EXPECT_NEAR(response.model_change(), -1, 1e-12);
  EXPECT_NEAR(SumOfParts(response), response.change(), 1e-12);
  ASSERT_OK_AND_ASSIGN(const auto before, Explain(Request(20, 45)));
  EXPECT_EQ(before.to_version(), absl::StrCat(kChurn, "/versions/1"));
  v1::ExplainScoreChangeRequest request = Request(40);
  request.set_from_version(absl::StrCat(kChurn, "/versions/2"));
  ASSERT_OK_AND_ASSIGN(const auto same, Explain(request));
  EXPECT_EQ(same.model_change(), 0);
}

TEST_F(ScoreChangeTest, WhereTheAliasIsYoungerThanFromTimeTheSameVersionScoresBoth) {
  Happens(-50);
  ASSERT_OK_AND_ASSIGN(const auto response, Explain(Request(-10)));
  EXPECT_EQ(response.from_version(), response.to_version());
}

TEST_F(ScoreChangeTest, ACustomerWhoWasNotKnownIsAnError) {
  Happens(60);
  const auto unknown = Explain(Request(40));
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(unknown.status()), "DATA_NOT_READY");
  v1::ExplainScoreChangeRequest request = Request(40);
  request.set_customer_id("nobody");
  EXPECT_EQ(ReasonOf(Explain(request).status()), "CUSTOMER_NOT_FOUND");
}

TEST_F(ScoreChangeTest, BadRequestsNameTheirField) {
  Happens(10);
  EXPECT_EQ(FieldOf(Explain(Request(100.5)).status()), "from_time");
  v1::ExplainScoreChangeRequest request = Request(40);
  request.clear_from_time();
  EXPECT_EQ(FieldOf(Explain(request).status()), "from_time");
  request = Request(40);
  request.clear_customer_id();
  EXPECT_EQ(FieldOf(Explain(request).status()), "customer_id");
  request = Request(40);
  request.set_max_events(201);
  EXPECT_EQ(FieldOf(Explain(request).status()), "max_events");
  Publish("segments", testutil::SegmentModel());
  request = Request(40);
  request.set_name("tenants/acme/models/segments");
  EXPECT_EQ(FieldOf(Explain(request).status()), "name");
  Publish("value", testutil::ValueModel());
  request = Request(40);
  request.set_from_version("tenants/acme/models/value/versions/1");
  EXPECT_EQ(FieldOf(Explain(request).status()), "from_version");
}

TEST_F(ScoreChangeTest, PartsAddUpForAnyHistory) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> day(0, 100);
  std::uniform_int_distribution<int> late(0, 3);
  clock_.Set(Day(50));
  Publish("churn", testutil::ChurnModel(-2));
  int explained = 0;
  for (int round = 0; round < 200; ++round) {
    history_.customers.clear();
    Happens(1);
    for (int i = round % 13; i > 0; --i) Happens(std::floor(day(random)), "login", late(random) == 0 ? day(random) : 0);
    v1::ExplainScoreChangeRequest request = Request(2 + 0.9 * day(random), 100);
    if (round % 3 == 0)
      *request.mutable_to_time() = ToProto(FromProto(request.from_time()) + 0.08 * day(random) * kDay);
    request.set_max_events(1 + round % 7);
    const auto response = Explain(request);
    ASSERT_OK(response);
    EXPECT_LE(response->events_size(), request.max_events() + 1);  // And the late ones.
    EXPECT_NEAR(SumOfParts(*response), response->change(), 1e-11);
    EXPECT_NEAR(response->to_score() - response->from_score(), response->change(), 1e-11);
    // The last stage is the customer as scoring sees it at to_time.
    PastInstant end;
    if (request.has_to_time()) end.as_of = FromProto(request.to_time());
    const auto now = history_.FeaturesAt(acme_, {"c"}, {"recency", "visits"}, end, call_);
    const double intercept = response->to_version().ends_with("/2") ? -2 : -1;
    EXPECT_NEAR(response->to_score(),
                LogOdds(intercept, now->rows(0).values(0).number(), now->rows(0).values(1).number()),
                1e-6);  // Scoring is in float32.
    ++explained;
  }
  EXPECT_EQ(explained, 200);
}

TEST_F(ScoreChangeTest, RegressionsOfDifferentTargetsAreComparedAsValues) {
  model::v1::ModelArtifact log_scale = testutil::ValueModel(3);
  log_scale.mutable_value_regression()->set_target(model::v1::ValueRegressionParameters::TARGET_LOG1P);
  log_scale.mutable_value_regression()->set_smearing(1);
  Publish("value", testutil::ValueModel(100));
  Publish("value", log_scale);
  Happens(10);
  v1::ExplainScoreChangeRequest request = Request(40);
  request.set_name("tenants/acme/models/value");
  ASSERT_OK_AND_ASSIGN(const auto same, Explain(request));
  EXPECT_EQ(same.scale(), "fit");
  request.set_from_version("tenants/acme/models/value/versions/1");
  ASSERT_OK_AND_ASSIGN(const auto other, Explain(request));
  EXPECT_EQ(other.scale(), "value");
  EXPECT_NEAR(other.from_score(), 110, 1e-9);
  EXPECT_NEAR(SumOfParts(other), other.change(), 1e-9);
}

TEST_F(ScoreChangeTest, ATrendIsTheSameVersionsScoreOfWhatWasKnownThen) {
  Happens(10);
  Happens(60, "login", /*arrives_after=*/35);  // Not known on day 90.
  v1::ScoreResponse response;
  response.set_model_version(absl::StrCat(kChurn, "/versions/1"));
  response.mutable_score()->mutable_probability()->set_probability(0.5);
  *response.mutable_score()->mutable_feature_time() = ToProto(history_.now);
  const Trends trends(*registry_, history_);
  ASSERT_OK(trends.Add(call_, acme_, "c", 10, {&response}));
  const auto& trend = response.score().trend();
  EXPECT_EQ(FromProto(trend.previous_time()), Day(90));
  EXPECT_NEAR(trend.previous_score(), 1 / (1 + std::exp(-LogOdds(-1, 80, 1))), 1e-9);
  EXPECT_NEAR(trend.change(), 0.5 - trend.previous_score(), 1e-12);
  EXPECT_EQ(history_.reads, 1);
  ASSERT_OK(trends.Add(call_, acme_, "c", 95, {&response}));
  EXPECT_EQ(response.score().trend().direction(), v1::Score::Trend::DIRECTION_UNSPECIFIED);
}

TEST(TrendsTest, ATrendIsForCustomersAsTheyAre) {
  ScoreRequestView request{.trend_days = 30};
  EXPECT_EQ(FieldOf(Trends::Check(request)), "trend_days");
  request.subject.customer_id = "c";
  EXPECT_OK(Trends::Check(request));
  request.subject.num_features = 1;
  EXPECT_EQ(FieldOf(Trends::Check(request)), "trend_days");
  request.subject.num_features = 0;
  request.trend_days = 3'651;
  EXPECT_EQ(FieldOf(Trends::Check(request)), "trend_days");
}

}  // namespace
}  // namespace clientele::inference
