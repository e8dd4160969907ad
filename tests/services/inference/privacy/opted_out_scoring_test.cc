// Scores are refused to who has opted out of automated decisions, by the purpose of the model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/privacy/scoring_guard.h"
#include "services/inference/scoring/score_change.h"
#include "services/inference/scoring/scoring_engine.h"
#include "tests/services/inference/fake_history.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

class OptedOutScoringTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Publish("churn", -1, "marketing");
    Publish("credit", 1, "credit");
    OptOut("ada", "marketing");
    OptOut("eve", "");
  }
  void Publish(const std::string& model, double intercept, const std::string& purpose) {
    const std::string bytes = testutil::Serialize(testutil::ChurnModel(intercept));
    ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, model, bytes, {"champion"}), bytes));
    SetPurpose(model, purpose);
  }
  void SetPurpose(const std::string& model, const std::string& purpose) {
    v1::UpdateModelRequest request;
    request.mutable_model()->set_purpose(purpose);
    request.mutable_update_mask()->add_paths("purpose");
    ASSERT_OK(registry_->Update({acme_, model}, request));
  }
  void OptOut(const std::string& customer, const std::string& purpose, bool opted_out = true) {
    opt_outs_.Set(acme_, key_, key_.Of(customer), purpose, opted_out);
  }
  std::string ReasonOfScore(const std::string& model, const std::string& customer) {
    v1::ScoreRequest request;
    request.set_name("tenants/acme/models/" + model);
    request.mutable_subject()->set_customer_id(customer);
    const auto score = testutil::Score(engine_, call_, request);
    return score.ok() ? "" : ReasonOf(score.status());
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const privacy::DigestKey key_ = privacy::DigestKey::Draw().value();
  const rpc::Call call_{};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  testutil::FakeFeatures features_;
  testutil::FakeHistory history_;
  observability::Metrics metrics_;
  ScoreMetrics score_metrics_{metrics_};
  TierBook tiers_;
  Suppressions suppressions_;
  privacy::OptOuts opt_outs_;
  const ScoringGuard guard_{suppressions_, opt_outs_};
  std::unique_ptr<storage::RocksVersionStore> store_ = *storage::RocksVersionStore::Open(directory_.path());
  std::unique_ptr<Registry> registry_ = *Registry::Open(*store_, clock_);
  const ScoringEngine engine_{*registry_, features_, tiers_, score_metrics_, nullptr, &guard_};
};

TEST_F(OptedOutScoringTest, ThePurposeOfTheModelDecides) {
  EXPECT_EQ(ReasonOfScore("churn", "ada"), "SCORING_OPTED_OUT");
  EXPECT_TRUE(features_.batch_sizes.empty()) << "ingestion is not asked about her";
  EXPECT_EQ(ReasonOfScore("churn/aliases/champion", "ada"), "SCORING_OPTED_OUT");
  EXPECT_EQ(ReasonOfScore("churn/versions/1", "ada"), "SCORING_OPTED_OUT");
  EXPECT_EQ(ReasonOfScore("credit", "ada"), "");
  EXPECT_EQ(ReasonOfScore("credit", "eve"), "SCORING_OPTED_OUT") << "of all purposes";
  EXPECT_EQ(ReasonOfScore("churn", "bob"), "");
}

TEST_F(OptedOutScoringTest, AModelsPurposeChangesAtOnce) {
  SetPurpose("churn", "retention");
  EXPECT_EQ(ReasonOfScore("churn", "ada"), "");
  SetPurpose("churn", "");
  EXPECT_EQ(ReasonOfScore("churn", "ada"), "");
  EXPECT_EQ(ReasonOfScore("churn", "eve"), "SCORING_OPTED_OUT");
  SetPurpose("credit", "marketing");
  EXPECT_EQ(ReasonOfScore("credit", "ada"), "SCORING_OPTED_OUT");
}

TEST_F(OptedOutScoringTest, WhoOptsInAgainIsScoredAgain) {
  OptOut("ada", "marketing", false);
  EXPECT_EQ(ReasonOfScore("churn", "ada"), "");
}

TEST_F(OptedOutScoringTest, ABatchRefusesHerRowAlone) {
  v1::BatchScoreRequest batch;
  batch.set_name("tenants/acme/models/churn");
  for (const char* customer : {"bob", "ada", "cyd", "eve"}) batch.add_subjects()->set_customer_id(customer);
  ASSERT_OK_AND_ASSIGN(const v1::BatchScoreResponse response, testutil::BatchScore(engine_, call_, batch));
  ASSERT_EQ(response.errors_size(), 2);
  EXPECT_EQ(response.errors(0).index(), 1);
  EXPECT_EQ(response.errors(1).index(), 3);
  for (const v1::ScoreError& error : response.errors()) {
    EXPECT_EQ(error.code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
    EXPECT_EQ(error.reason(), "SCORING_OPTED_OUT");
  }
  EXPECT_TRUE(response.scores(0).has_probability());
  EXPECT_TRUE(response.scores(2).has_probability());
}

TEST_F(OptedOutScoringTest, OfAllModelsThoseOfHerPurposesScoreHer) {
  v1::ScoreCustomerRequest request;
  request.set_name("tenants/acme/customers/ada");
  ASSERT_OK_AND_ASSIGN(const v1::ScoreCustomerResponse response, engine_.ScoreCustomer(call_, request));
  ASSERT_EQ(response.scores_size(), 1);
  EXPECT_EQ(response.scores(0).model_version(), "tenants/acme/models/credit/versions/1");
  ASSERT_EQ(response.errors_size(), 1);
  EXPECT_EQ(response.errors(0).model(), "tenants/acme/models/churn");
  EXPECT_EQ(response.errors(0).reason(), "SCORING_OPTED_OUT");
  request.set_name("tenants/acme/customers/eve");
  const auto refused = engine_.ScoreCustomer(call_, request);
  EXPECT_THAT(refused, testutil::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused.status()), "SCORING_OPTED_OUT");
}

TEST_F(OptedOutScoringTest, NorIsAChangeOfHerScoreExplained) {
  const ScoreChangeExplainer changes(*registry_, history_, &guard_);
  v1::ExplainScoreChangeRequest request;
  request.set_name("tenants/acme/models/churn");
  request.set_customer_id("ada");
  request.mutable_from_time()->set_seconds(1'000);
  EXPECT_EQ(ReasonOf(changes.Explain(call_, request).status()), "SCORING_OPTED_OUT");
  EXPECT_EQ(history_.reads, 0);
  request.set_name("tenants/acme/models/credit");
  EXPECT_NE(ReasonOf(changes.Explain(call_, request).status()), "SCORING_OPTED_OUT");
}

}  // namespace
}  // namespace clientele::inference
