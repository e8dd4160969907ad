#include "services/inference/scoring_service.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <thread>

#include "common/base/error.h"
#include "tests/services/inference/service_fixture.h"

namespace clientele::inference {
namespace {

using Stub = v1::ScoringService::Stub;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::ChurnModel;
using testutil::Number;
using testutil::StatusIs;

constexpr char kChurn[] = "tenants/acme/models/churn";

class ScoringServiceTest : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    ASSERT_OK(Publish("churn", ChurnModel(-1)));
  }
  absl::StatusOr<v1::ScoreResponse> Score(const std::string& customer, std::vector<model::v1::NamedValue> values = {},
                                          const std::string& name = kChurn) {
    v1::ScoreRequest request;
    request.set_name(name);
    request.mutable_subject()->set_customer_id(customer);
    for (auto& value : values) *request.mutable_subject()->add_features() = std::move(value);
    return Call(*scoring_, &Stub::Score, request);
  }
};

TEST_F(ScoringServiceTest, ScoresGivenFeaturesAndCustomers) {
  ASSERT_OK_AND_ASSIGN(const auto given, Score("", {Number("recency", 80)}));
  EXPECT_EQ(given.model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(given.alias(), "champion");
  EXPECT_THAT(given.score().imputed_features(), ElementsAre("visits", "plan"));
  ASSERT_OK_AND_ASSIGN(const auto customer, Score("pro-1"));
  EXPECT_TRUE(customer.score().has_feature_time());
  EXPECT_NEAR(customer.score().probability().log_odds(), -2.5, 1e-12);
  EXPECT_FALSE(ingestion_.last_request_id.empty());
  EXPECT_THAT(metrics_->Text(), HasSubstr("clientele_inference_feature_fetch_seconds_count 1"));
}

TEST_F(ScoringServiceTest, ErrorsCarryTheirDetails) {
  const auto unknown = Score("", {Number("recencies", 80)});
  EXPECT_THAT(unknown, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("recency, visits, plan")));
  EXPECT_EQ(ReasonOf(unknown.status()), "UNKNOWN_FEATURE");
  const auto wrong = Score("", {testutil::Text("recency", "long")});
  EXPECT_EQ(ReasonOf(wrong.status()), "INVALID_FIELD");
  EXPECT_EQ(FieldOf(wrong.status()), "subject.features[0].value");
  EXPECT_EQ(ReasonOf(Score("nobody").status()), "CUSTOMER_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Score("c", {}, "tenants/acme/models/none").status()), "MODEL_NOT_FOUND");
}

TEST_F(ScoringServiceTest, WithoutIngestionGivenFeaturesAreStillScored) {
  ingestion_server_->Shutdown();
  ingestion_server_.reset();
  const auto customer = Score("pro-1");
  EXPECT_THAT(customer, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(customer.status()), "INGESTION_UNAVAILABLE");
  EXPECT_OK(Score("", {Number("recency", 80)}));
}

TEST_F(ScoringServiceTest, AnErrorOfIngestionsOwnIsPassedOn) {
  ingestion_.features.status =
      Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature, "no feature \"recency\"");
  const auto score = Score("pro-1");
  EXPECT_THAT(score, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonOf(score.status()), "UNKNOWN_FEATURE");
}

TEST_F(ScoringServiceTest, ABatchHasItsErrorsByRow) {
  v1::BatchScoreRequest request;
  request.set_name(kChurn);
  request.add_subjects()->set_customer_id("pro-1");
  request.add_subjects()->set_customer_id("nobody");
  ASSERT_OK_AND_ASSIGN(const auto response, Call(*scoring_, &Stub::BatchScore, request));
  ASSERT_EQ(response.scores_size(), 2);
  ASSERT_EQ(response.errors_size(), 1);
  EXPECT_EQ(response.errors(0).index(), 1);
}

TEST_F(ScoringServiceTest, AStreamAnswersInOrderAndKeepsItsName) {
  const auto context = Context();
  const auto stream = scoring_->StreamScore(context.get());
  constexpr int kMessages = 20;
  std::thread writer([&] {
    for (int i = 0; i < kMessages; ++i) {
      v1::BatchScoreRequest request;
      if (i == 0) request.set_name(kChurn);
      for (int j = 0; j <= i; ++j) request.add_subjects()->set_customer_id(absl::StrCat("c", i, ".", j));
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
  });
  v1::BatchScoreResponse response;
  int received = 0;
  while (stream->Read(&response)) {
    ASSERT_EQ(response.scores_size(), received + 1);
    EXPECT_EQ(response.scores(received).customer_id(), absl::StrCat("c", received, ".", received));
    EXPECT_EQ(response.alias(), "champion");
    ++received;
  }
  writer.join();
  EXPECT_OK(rpc::FromGrpc(stream->Finish()));
  EXPECT_EQ(received, kMessages);
}

TEST_F(ScoringServiceTest, ABadMessageEndsItsStream) {
  const auto context = Context();
  const auto stream = scoring_->StreamScore(context.get());
  v1::BatchScoreRequest request;
  request.add_subjects()->set_customer_id("c");
  stream->Write(request);  // The first without a name.
  stream->WritesDone();
  v1::BatchScoreResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(FieldOf(rpc::FromGrpc(stream->Finish())), "name");
}

TEST_F(ScoringServiceTest, ACustomerIsScoredByEveryModel) {
  ASSERT_OK(Publish("value", testutil::ValueModel(100)));
  ASSERT_OK(Publish("segments", testutil::SegmentModel()));
  v1::ScoreCustomerRequest request;
  request.set_name("tenants/acme/customers/pro-1");
  ASSERT_OK_AND_ASSIGN(const auto response, Call(*scoring_, &Stub::ScoreCustomer, request));
  ASSERT_EQ(response.scores_size(), 3);
  EXPECT_EQ(response.errors_size(), 0);
  EXPECT_THAT(ingestion_.features.batch_sizes, ElementsAre(1));
  request.set_name("tenants/acme/customers/nobody");
  EXPECT_THAT(Call(*scoring_, &Stub::ScoreCustomer, request), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ScoringServiceTest, NoCallFailsWhileTheChampionChanges) {
  constexpr int kVersions = 8, kClients = 4;
  std::map<std::string, double> expected;
  for (int i = 1; i <= kVersions; ++i) {
    expected[absl::StrCat(kChurn, "/versions/", i)] = -i + 0.5;  // Recency 60; visits 0; no plan.
  }
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0, scored = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&] {
      while (!done) {
        const auto score = Score("", {Number("recency", 60), Number("visits", 0)});
        if (!score.ok() || score->score().probability().log_odds() != expected[score->model_version()]) ++wrong;
        ++scored;
      }
    });
  }
  for (int i = 2; i <= kVersions; ++i) {
    const int before = scored;
    EXPECT_OK(Publish("churn", ChurnModel(-i)));
    while (scored < before + 2 * kClients) std::this_thread::yield();
  }
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace clientele::inference
