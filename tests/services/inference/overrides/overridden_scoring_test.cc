// What a person decided stands beside the model's own score, in every reply that has the score.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/timestamps.h"
#include "common/storage/rocksdb/override_store.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/overrides/override_book.h"
#include "services/inference/scoring/scoring_engine.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

// Remembers what it saw.
class SeenScores final : public ScoreObserver {
 public:
  bool Wants(int) override { return true; }
  void Observe(ScoredRows rows) override {
    for (int i = 0; i < rows.size(); ++i) scores.push_back(rows.summary(i).score);
  }
  std::vector<double> scores;
};

class OverriddenScoringTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string bytes = testutil::Serialize(testutil::ChurnModel(-1));
    ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, "churn", bytes, {"champion"}), bytes));
  }
  void Override(const std::string& customer) {
    v1::ScoreOverride wanted;
    wanted.set_value(0.01);
    wanted.set_reason("she told us that she stays");
    *wanted.mutable_expire_time() = ToProto(clock_.Now() + absl::Hours(1));
    ASSERT_OK(overrides_->Set({acme_, "churn", customer}, wanted, "case worker"));
  }
  v1::ScoreResponse Score(const std::string& customer) {
    v1::ScoreRequest request;
    request.set_name("tenants/acme/models/churn");
    request.mutable_subject()->set_customer_id(customer);
    const auto response = testutil::Score(engine_, call_, request);
    EXPECT_OK(response);
    return response.ok() ? *response : v1::ScoreResponse();
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const rpc::Call call_{};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  testutil::FakeFeatures features_;
  observability::Metrics metrics_;
  ScoreMetrics score_metrics_{metrics_};
  TierBook tiers_;
  Suppressions suppressions_;
  SeenScores seen_;
  std::unique_ptr<storage::OverrideStore> override_store_ =
      *storage::OpenRocksOverrideStore(directory_.File("overrides"));
  std::unique_ptr<OverrideBook> overrides_ = *OverrideBook::Open(*override_store_, suppressions_, clock_);
  std::unique_ptr<storage::RocksVersionStore> store_ = *storage::RocksVersionStore::Open(directory_.File("models"));
  std::unique_ptr<Registry> registry_ = *Registry::Open(*store_, clock_);
  const ScoringEngine engine_{*registry_, features_, tiers_, score_metrics_, &seen_, nullptr, overrides_.get()};
};

TEST_F(OverriddenScoringTest, TheModelsOwnScoreIsNotTouched) {
  const v1::ScoreResponse before = Score("ada");
  EXPECT_FALSE(before.score().has_score_override());
  Override("ada");
  v1::ScoreResponse after = Score("ada");
  EXPECT_EQ(after.score().score_override().value(), 0.01);
  EXPECT_EQ(after.score().score_override().actor(), "case worker");
  after.mutable_score()->clear_score_override();
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
  EXPECT_FALSE(Score("bob").score().has_score_override());
  EXPECT_EQ(seen_.scores[0], seen_.scores[1]) << "what is watched is the model's";
}

TEST_F(OverriddenScoringTest, ABatchHasItInTheRowsOfTheCustomer) {
  Override("ada");
  v1::BatchScoreRequest batch;
  batch.set_name("tenants/acme/models/churn");
  for (const char* customer : {"bob", "ada", "cyd", "ada"}) batch.add_subjects()->set_customer_id(customer);
  ASSERT_OK_AND_ASSIGN(const v1::BatchScoreResponse response, testutil::BatchScore(engine_, call_, batch));
  ASSERT_EQ(response.scores_size(), 4);
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(response.scores(i).has_probability());
    EXPECT_EQ(response.scores(i).has_score_override(), i % 2 == 1) << i;
  }
}

// Rows that nobody watches are written down without a message; those that are watched, with one.
TEST_F(OverriddenScoringTest, WhatIsWrittenDownAtOnceIsWhatAMessageWouldSay) {
  Override("ada");
  v1::BatchScoreRequest batch;
  batch.set_name("tenants/acme/models/churn");
  const auto add = [&batch](const std::string& customer, std::vector<model::v1::NamedValue> values) {
    auto& subject = *batch.add_subjects();
    subject.set_customer_id(customer);
    for (auto& value : values) *subject.add_features() = std::move(value);
  };
  using testutil::Number;
  for (int i = 0; i < 100; ++i) {
    add(i % 3 == 0 ? "ada" : i % 3 == 1 ? "bob" : "",
        {Number("recency", i), Number("visits", i % 7), testutil::Text("plan", i % 2 == 0 ? "pro" : "basic")});
  }
  add("", {Number("recency", 60)});  // The others are imputed.
  add("ada", {});                    // Theirs are fetched.
  add("", {Number("recency", std::numeric_limits<double>::infinity())});
  v1::ValueSettings settings;
  settings.add_tiers()->set_tier("all");
  tiers_.Set(acme_, std::make_shared<const TierRules>(settings.tiers()));
  const ScoringEngine unwatched(*registry_, features_, tiers_, score_metrics_, nullptr, nullptr, overrides_.get());
  ASSERT_OK_AND_ASSIGN(const v1::BatchScoreResponse by_message, testutil::BatchScore(engine_, call_, batch));
  ASSERT_OK_AND_ASSIGN(const v1::BatchScoreResponse at_once, testutil::BatchScore(unwatched, call_, batch));
  EXPECT_EQ(at_once.SerializeAsString(), by_message.SerializeAsString());
  EXPECT_TRUE(at_once.scores(0).has_score_override());
  EXPECT_EQ(at_once.scores(1).standing().tier(), "all");
  EXPECT_EQ(at_once.scores(100).imputed_features_size(), 2);
  EXPECT_TRUE(at_once.scores(101).has_feature_time());
  EXPECT_EQ(at_once.errors_size(), 1);
}

TEST_F(OverriddenScoringTest, SoDoAllModelsForTheCustomerAndNoneOnceItHasExpired) {
  Override("ada");
  v1::ScoreCustomerRequest request;
  request.set_name("tenants/acme/customers/ada");
  ASSERT_OK_AND_ASSIGN(v1::ScoreCustomerResponse response, engine_.ScoreCustomer(call_, request));
  ASSERT_EQ(response.scores_size(), 1);
  EXPECT_TRUE(response.scores(0).score().has_score_override());
  clock_.Advance(absl::Hours(1));
  ASSERT_OK_AND_ASSIGN(response, engine_.ScoreCustomer(call_, request));
  EXPECT_FALSE(response.scores(0).score().has_score_override());
}

}  // namespace
}  // namespace clientele::inference
