// Scores are refused to whom a tenant does not want scored, however they are asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/privacy/scoring_guard.h"
#include "services/inference/privacy/suppressions.h"
#include "services/inference/scoring/scoring_engine.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

class SuppressedScoringTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string bytes = testutil::Serialize(testutil::ChurnModel(-1));
    ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, "churn", bytes, {"champion"}), bytes));
    ingestion::v1::Erasure erasure;
    erasure.set_verb(ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY);
    suppressions_.Apply(acme_, key_, key_.Of("ada"), erasure, /*records_gone=*/true);
  }
  static v1::ScoreRequest Request(const std::string& customer, std::vector<model::v1::NamedValue> values = {}) {
    v1::ScoreRequest request;
    request.set_name("tenants/acme/models/churn");
    request.mutable_subject()->set_customer_id(customer);
    for (auto& value : values) *request.mutable_subject()->add_features() = std::move(value);
    return request;
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const privacy::DigestKey key_ = privacy::DigestKey::Draw().value();
  const rpc::Call call_{};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  testutil::FakeFeatures features_;
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

TEST_F(SuppressedScoringTest, OneScoreIsRefusedAlsoWhereAllFeaturesAreGiven) {
  const std::vector<model::v1::NamedValue> all = {testutil::Number("recency", 3), testutil::Number("visits", 2),
                                                  testutil::Text("plan", "pro")};
  for (const auto& request : {Request("ada"), Request("ada", {all[0]}), Request("ada", all)}) {
    const auto refused = testutil::Score(engine_, call_, request);
    EXPECT_THAT(refused, testutil::StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_EQ(ReasonOf(refused.status()), "CUSTOMER_SUPPRESSED");
  }
  EXPECT_TRUE(features_.batch_sizes.empty()) << "ingestion is not asked about her";
  EXPECT_OK(testutil::Score(engine_, call_, Request("bob")));
  EXPECT_OK(testutil::Score(engine_, call_, Request("", all))) << "features of nobody";
}

TEST_F(SuppressedScoringTest, ABatchRefusesHerRowAlone) {
  v1::BatchScoreRequest batch;
  batch.set_name("tenants/acme/models/churn");
  for (const char* customer : {"bob", "ada", "cyd"}) batch.add_subjects()->set_customer_id(customer);
  auto& given = *batch.add_subjects();
  given.set_customer_id("ada");
  for (const auto& value :
       {testutil::Number("recency", 3), testutil::Number("visits", 2), testutil::Text("plan", "pro")}) {
    *given.add_features() = value;
  }
  ASSERT_OK_AND_ASSIGN(const v1::BatchScoreResponse response, testutil::BatchScore(engine_, call_, batch));
  ASSERT_EQ(response.errors_size(), 2);
  for (const v1::ScoreError& error : response.errors()) {
    EXPECT_EQ(error.code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  }
  EXPECT_EQ(response.errors(0).index(), 1);
  EXPECT_EQ(response.errors(1).index(), 3);
  EXPECT_TRUE(response.scores(0).has_probability());
  EXPECT_FALSE(response.scores(1).has_probability());
  EXPECT_TRUE(response.scores(2).has_probability());
}

TEST_F(SuppressedScoringTest, AllModelsRefuseHer) {
  v1::ScoreCustomerRequest request;
  request.set_name("tenants/acme/customers/ada");
  EXPECT_THAT(engine_.ScoreCustomer(call_, request), testutil::StatusIs(absl::StatusCode::kFailedPrecondition));
  request.set_name("tenants/acme/customers/bob");
  EXPECT_OK(engine_.ScoreCustomer(call_, request));
}

}  // namespace
}  // namespace clientele::inference
