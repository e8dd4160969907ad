#include "services/inference/scoring/scoring_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/storage/rocksdb/version_store.h"
#include "tests/common/model/lifetime_value/sample.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::Number;
using testutil::StatusIs;
using testutil::Text;

constexpr char kChurn[] = "tenants/acme/models/churn";

class ScoringEngineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = *storage::RocksVersionStore::Open(directory_.path());
    registry_ = *Registry::Open(*store_, clock_);
    engine_ = std::make_unique<ScoringEngine>(*registry_, features_, tiers_, score_metrics_);
    Publish("churn", testutil::ChurnModel(-1));
  }
  void Publish(const std::string& id, const model::v1::ModelArtifact& artifact,
               std::vector<std::string> aliases = {"champion"}) {
    const std::string bytes = testutil::Serialize(artifact);
    ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, id, bytes, std::move(aliases)), bytes));
  }
  static v1::ScoreRequest Request(const std::string& customer, std::vector<model::v1::NamedValue> values = {},
                                  const std::string& name = kChurn) {
    v1::ScoreRequest request;
    request.set_name(name);
    request.mutable_subject()->set_customer_id(customer);
    for (auto& value : values) *request.mutable_subject()->add_features() = std::move(value);
    return request;
  }
  absl::Status IngestionDown() const {
    return Error(absl::StatusCode::kUnavailable, ErrorReason::kIngestionUnavailable, "it does not answer");
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const rpc::Call call_{};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  testutil::FakeFeatures features_;
  observability::Metrics metrics_;
  ScoreMetrics score_metrics_{metrics_};
  TierBook tiers_;
  std::unique_ptr<storage::VersionStore> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<ScoringEngine> engine_;
};

// Half of the customers by version 2, the others by the champion.
v1::ModelTraffic HalfByTheSecond() {
  v1::ModelTraffic traffic;
  traffic.set_name("tenants/acme/models/churn/traffic");
  for (const auto& [arm, target] : {std::pair("canary", "versions/2"), std::pair("rest", "aliases/champion")}) {
    auto& one = *traffic.add_arms();
    one.set_arm(arm);
    one.set_target(absl::StrCat(kChurn, "/", target));
    one.set_weight(1);
  }
  return traffic;
}

TEST_F(ScoringEngineTest, SplitTrafficGivesEveryCustomerTheirArmAloneOrInABatch) {
  Publish("churn", testutil::ChurnModel(-2), {});
  ASSERT_OK(registry_->UpdateTraffic({acme_, "churn"}, HalfByTheSecond(), "a test"));
  v1::BatchScoreRequest batch;
  batch.set_name(kChurn);
  for (int i = 0; i < 40; ++i) {
    auto& subject = *batch.add_subjects();
    subject.set_customer_id(absl::StrCat("C", i));
    *subject.add_features() = Number("recency", i == 7 ? -1.0 / 0.0 : 60);
    *subject.add_features() = Number("visits", 4);
    *subject.add_features() = Text("plan", "pro");
  }
  *batch.add_subjects()->add_features() = Number("recency", 60);  // Nobody's.
  ASSERT_OK_AND_ASSIGN(const auto together, testutil::BatchScore(*engine_, call_, batch));
  int canary = 0;
  for (int i = 0; i < 40; ++i) {
    const v1::Score& score = together.scores(i);
    if (i == 7) {
      EXPECT_TRUE(score.model_version().empty());
      continue;
    }
    v1::ScoreRequest request = Request("");
    *request.mutable_subject() = batch.subjects(i);
    ASSERT_OK_AND_ASSIGN(const auto alone, testutil::Score(*engine_, call_, request));
    EXPECT_EQ(alone.model_version(), score.model_version()) << i;
    EXPECT_EQ(alone.arm(), score.arm());
    EXPECT_EQ(alone.score().probability().probability(), score.probability().probability());
    EXPECT_EQ(score.model_version(), absl::StrCat(kChurn, "/versions/", score.arm() == "canary" ? 2 : 1));
    canary += score.arm() == "canary";
  }
  EXPECT_GT(canary, 8);
  EXPECT_LT(canary, 32);
  ASSERT_EQ(together.errors_size(), 1);
  EXPECT_EQ(together.errors(0).index(), 7);
  EXPECT_EQ(together.scores(40).model_version(), absl::StrCat(kChurn, "/versions/1"));
  EXPECT_TRUE(together.scores(40).arm().empty());
  batch.set_name(absl::StrCat(kChurn, "/aliases/champion"));
  ASSERT_OK_AND_ASSIGN(const auto by_alias, testutil::BatchScore(*engine_, call_, batch));
  EXPECT_TRUE(by_alias.scores(0).arm().empty()) << "who names an alias gets it";
}

TEST_F(ScoringEngineTest, AnArmThatCannotScoreFallsToTheChampionAndSaysSo) {
  Publish("churn", testutil::ChurnModel(-2), {});
  v1::ModelTraffic traffic = HalfByTheSecond();
  traffic.mutable_arms(1)->set_weight(0);
  ASSERT_OK(registry_->UpdateTraffic({acme_, "churn"}, traffic, "a test"));
  ASSERT_OK_AND_ASSIGN(const auto canary, testutil::Score(*engine_, call_, Request("pro-1")));
  EXPECT_EQ(canary.arm(), "canary");
  // Its artifact is gone when the server starts again.
  const std::string bytes = testutil::Serialize(testutil::ChurnModel(-2));
  std::filesystem::remove(absl::StrCat(directory_.path(), "/artifacts/tenants/acme/", Sha256Hex(bytes)));
  engine_.reset();
  registry_.reset();
  store_.reset();
  store_ = *storage::RocksVersionStore::Open(directory_.path());
  registry_ = *Registry::Open(*store_, clock_);
  registry_->AwaitLoaded();
  engine_ = std::make_unique<ScoringEngine>(*registry_, features_, tiers_, score_metrics_);
  ASSERT_OK_AND_ASSIGN(const auto fallen, testutil::Score(*engine_, call_, Request("pro-1")));
  EXPECT_EQ(fallen.model_version(), absl::StrCat(kChurn, "/versions/1"));
  EXPECT_EQ(fallen.fallen_from_arm(), "canary");
  EXPECT_TRUE(fallen.arm().empty());
  v1::ScoreCustomerRequest everything;
  everything.set_name("tenants/acme/customers/pro-1");
  ASSERT_OK_AND_ASSIGN(const auto all, engine_->ScoreCustomer(call_, everything));
  EXPECT_EQ(all.scores(0).fallen_from_arm(), "canary");
}

TEST_F(ScoringEngineTest, TrafficGoesOnlyWhereThereIsSomethingThatCanScore) {
  EXPECT_THAT(registry_->UpdateTraffic({acme_, "churn"}, HalfByTheSecond(), "a test"),
              StatusIs(absl::StatusCode::kNotFound));
  Publish("churn", testutil::ChurnModel(-2), {});
  ASSERT_OK_AND_ASSIGN(const auto first, registry_->UpdateTraffic({acme_, "churn"}, HalfByTheSecond(), "a test"));
  EXPECT_EQ(first.revision(), 1);
  v1::ModelTraffic stale = HalfByTheSecond();
  stale.set_etag("0123456789abcdef");
  EXPECT_THAT(registry_->UpdateTraffic({acme_, "churn"}, stale, "a test"), StatusIs(absl::StatusCode::kAborted));
  stale.set_etag(first.etag());
  stale.clear_arms();
  ASSERT_OK_AND_ASSIGN(const auto none, registry_->UpdateTraffic({acme_, "churn"}, stale, "a test"));
  EXPECT_EQ(none.revision(), 2);
  ASSERT_OK_AND_ASSIGN(const auto again, testutil::Score(*engine_, call_, Request("pro-1")));
  EXPECT_EQ(again.alias(), "champion");
}

TEST_F(ScoringEngineTest, GivenFeaturesNeedNoIngestion) {
  features_.status = IngestionDown();
  ASSERT_OK_AND_ASSIGN(const auto response, testutil::Score(*engine_, call_, Request("", {Number("recency", 80)})));
  EXPECT_EQ(response.model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(response.alias(), "champion");
  EXPECT_THAT(response.score().imputed_features(), ElementsAre("visits", "plan"));
  EXPECT_FALSE(response.score().has_feature_time());
  const v1::ScoreRequest all = Request("c1", {Number("recency", 80), Number("visits", 1), Text("plan", "pro")});
  ASSERT_OK_AND_ASSIGN(const auto complete, testutil::Score(*engine_, call_, all));
  EXPECT_EQ(complete.score().customer_id(), "c1");
  EXPECT_TRUE(features_.batch_sizes.empty());
}

TEST_F(ScoringEngineTest, ACustomersFeaturesAreReadAndGivenOnesWin) {
  ASSERT_OK_AND_ASSIGN(const auto read, testutil::Score(*engine_, call_, Request("pro-1")));
  EXPECT_NEAR(read.score().probability().log_odds(), -1 + 0.5 - 1 - 1, 1e-12);  // Recency 60, visits 4, pro.
  EXPECT_EQ(read.score().customer_id(), "pro-1");
  EXPECT_EQ(read.score().feature_time().seconds(), 1'700'000'000);
  EXPECT_EQ(read.score().reasons_size(), 3);
  ASSERT_OK_AND_ASSIGN(const auto mixed, testutil::Score(*engine_, call_, Request("pro-1", {Number("visits", 0)})));
  EXPECT_NEAR(mixed.score().probability().log_odds(), -1 + 0.5 - 1, 1e-12);
}

TEST_F(ScoringEngineTest, WithoutIngestionCustomersAreUnavailable) {
  features_.status = IngestionDown();
  const auto score = testutil::Score(*engine_, call_, Request("c1"));
  EXPECT_THAT(score, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(score.status()), "INGESTION_UNAVAILABLE");
  EXPECT_THAT(metrics_.Text(), HasSubstr("algorithm=\"logistic_regression\",outcome=\"unavailable\"} 1"));
}

TEST_F(ScoringEngineTest, ACustomerWithoutRecordsIsNotFound) {
  const auto score = testutil::Score(*engine_, call_, Request("nobody"));
  EXPECT_THAT(score, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(ReasonOf(score.status()), "CUSTOMER_NOT_FOUND");
}

TEST_F(ScoringEngineTest, BadRequestsNameTheirField) {
  EXPECT_EQ(FieldOf(testutil::Score(*engine_, call_, Request("c", {}, "models/churn")).status()), "name");
  EXPECT_EQ(FieldOf(testutil::Score(*engine_, call_, Request("")).status()), "subject");
  v1::ScoreRequest request = Request("c");
  request.set_max_reasons(-2);
  EXPECT_EQ(FieldOf(testutil::Score(*engine_, call_, request).status()), "max_reasons");
  for (const char* name : {"tenants/acme/models/none", "tenants/acme/models/churn/aliases/shadow",
                           "tenants/acme/models/churn/versions/9", "tenants/bolt/models/churn"}) {
    const auto score = testutil::Score(*engine_, call_, Request("c", {}, name));
    EXPECT_THAT(score, StatusIs(absl::StatusCode::kNotFound)) << name;
    EXPECT_EQ(ReasonOf(score.status()), "MODEL_NOT_FOUND");
  }
}

TEST_F(ScoringEngineTest, AliasesAndVersionsAreScoredByName) {
  Publish("churn", testutil::ChurnModel(-2), {"challenger"});
  const std::vector<model::v1::NamedValue> values = {Number("recency", 40)};
  const v1::ScoreRequest by_alias = Request("", values, absl::StrCat(kChurn, "/aliases/challenger"));
  const v1::ScoreRequest by_version = Request("", values, absl::StrCat(kChurn, "/versions/2"));
  ASSERT_OK_AND_ASSIGN(const auto alias, testutil::Score(*engine_, call_, by_alias));
  EXPECT_EQ(alias.model_version(), "tenants/acme/models/churn/versions/2");
  EXPECT_EQ(alias.alias(), "challenger");
  ASSERT_OK_AND_ASSIGN(const auto version, testutil::Score(*engine_, call_, by_version));
  EXPECT_EQ(version.alias(), "");
  EXPECT_EQ(version.score().probability().probability(), alias.score().probability().probability());
}

TEST_F(ScoringEngineTest, ABadRowOfABatchIsAnErrorOfItsOwn) {
  v1::BatchScoreRequest request;
  request.set_name(kChurn);
  request.add_subjects()->set_customer_id("pro-1");
  request.add_subjects()->set_customer_id("nobody");
  request.add_subjects();
  *request.add_subjects()->add_features() = Number("unknown", 1);
  *request.add_subjects()->add_features() = Number("recency", 40);
  ASSERT_OK_AND_ASSIGN(const auto response, testutil::BatchScore(*engine_, call_, request));
  ASSERT_EQ(response.scores_size(), 5);
  ASSERT_EQ(response.errors_size(), 3);
  EXPECT_EQ(response.errors(0).index(), 1);
  EXPECT_EQ(response.errors(0).code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(response.errors(1).index(), 2);
  EXPECT_EQ(response.errors(2).code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(response.errors(2).message(), HasSubstr("subjects[3].features[0]"));
  EXPECT_TRUE(response.scores(0).has_probability());
  EXPECT_FALSE(response.scores(3).has_probability());
  EXPECT_TRUE(response.scores(4).has_probability());
  EXPECT_EQ(response.scores(0).reasons_size(), 0);
  EXPECT_EQ(response.model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_THAT(features_.batch_sizes, ElementsAre(2));
}

TEST_F(ScoringEngineTest, ABatchReadsFeaturesAThousandAtATime) {
  v1::BatchScoreRequest request;
  request.set_name(kChurn);
  for (int i = 0; i < 2500; ++i) request.add_subjects()->set_customer_id(absl::StrCat(i % 2 == 0 ? "pro" : "c", i));
  ASSERT_OK_AND_ASSIGN(const auto response, testutil::BatchScore(*engine_, call_, request));
  EXPECT_THAT(features_.batch_sizes, ElementsAre(1000, 1000, 500));
  ASSERT_EQ(response.scores_size(), 2500);
  EXPECT_EQ(response.errors_size(), 0);
  for (int i = 0; i < 2500; ++i) {
    EXPECT_EQ(response.scores(i).customer_id(), request.subjects(i).customer_id());
    EXPECT_EQ(response.scores(i).imputed_features_size(), i % 2) << "row " << i << " has another's features";
  }
  for (const int size : {0, kMaxSubjects + 1}) {
    request.clear_subjects();
    for (int i = 0; i < size; ++i) request.add_subjects()->set_customer_id("c");
    EXPECT_EQ(FieldOf(testutil::BatchScore(*engine_, call_, request).status()), "subjects");
  }
}

TEST_F(ScoringEngineTest, WithoutIngestionTheRestOfABatchIsScored) {
  features_.status = IngestionDown();
  v1::BatchScoreRequest request;
  request.set_name(kChurn);
  request.add_subjects()->set_customer_id("c1");
  *request.add_subjects()->add_features() = Number("recency", 40);
  ASSERT_OK_AND_ASSIGN(const auto response, testutil::BatchScore(*engine_, call_, request));
  ASSERT_EQ(response.errors_size(), 1);
  EXPECT_EQ(response.errors(0).code(), static_cast<int>(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(response.scores(1).has_probability());
}

TEST_F(ScoringEngineTest, NobodyIsScoredByTheFeaturesOfAnother) {
  features_.reverse_rows = true;
  v1::BatchScoreRequest request;
  request.set_name(kChurn);
  request.add_subjects()->set_customer_id("c1");
  request.add_subjects()->set_customer_id("pro-1");
  ASSERT_OK_AND_ASSIGN(const auto response, testutil::BatchScore(*engine_, call_, request));
  ASSERT_EQ(response.errors_size(), 2);
  EXPECT_EQ(response.errors(0).code(), static_cast<int>(absl::StatusCode::kInternal));
}

TEST_F(ScoringEngineTest, ABatchStopsWithItsCall) {
  v1::BatchScoreRequest request;
  request.set_name(kChurn);
  request.add_subjects()->set_customer_id("c1");
  rpc::Call expired;
  expired.stop = StopToken(absl::InfinitePast());
  EXPECT_THAT(testutil::BatchScore(*engine_, expired, request), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(ScoringEngineTest, ACustomerIsScoredByEveryChampionAndReadOnce) {
  Publish("value", testutil::ValueModel(100));
  Publish("segments", testutil::SegmentModel());
  Publish("candidate", testutil::ValueModel(50), {});
  v1::ScoreCustomerRequest request;
  request.set_name("tenants/acme/customers/pro-1");
  ASSERT_OK_AND_ASSIGN(const auto response, engine_->ScoreCustomer(call_, request));
  EXPECT_THAT(features_.batch_sizes, ElementsAre(1));
  ASSERT_EQ(response.scores_size(), 3);
  EXPECT_EQ(response.scores(0).model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(response.scores(1).score().segment().segment(), "Long gone");
  EXPECT_NEAR(response.scores(2).score().value().value(), 145, 1e-12);
  for (const auto& score : response.scores()) {
    EXPECT_EQ(score.alias(), "champion");
    EXPECT_EQ(score.score().customer_id(), "pro-1");
    EXPECT_TRUE(score.score().has_feature_time());
  }
  request.set_name("tenants/acme/customers/nobody");
  EXPECT_THAT(engine_->ScoreCustomer(call_, request), StatusIs(absl::StatusCode::kNotFound));
  features_.status = IngestionDown();
  EXPECT_THAT(engine_->ScoreCustomer(call_, request), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ScoringEngineTest, AScoreStandsTheSameAloneInABatchAndAmongAllModels) {
  v1::ValueSettings settings;
  settings.add_tiers()->set_tier("low");
  tiers_.Set(acme_, std::make_shared<const TierRules>(settings.tiers()));
  ASSERT_OK_AND_ASSIGN(const auto alone, testutil::Score(*engine_, call_, Request("pro-1")));
  EXPECT_EQ(alone.score().standing().percentile(), alone.score().probability().percentile());
  EXPECT_EQ(alone.score().standing().grade(), "E");
  EXPECT_EQ(alone.score().standing().tier(), "low");
  v1::BatchScoreRequest batch;
  batch.set_name(kChurn);
  batch.add_subjects()->set_customer_id("pro-1");
  ASSERT_OK_AND_ASSIGN(const auto together, testutil::BatchScore(*engine_, call_, batch));
  EXPECT_EQ(together.scores(0).standing().SerializeAsString(), alone.score().standing().SerializeAsString());
  v1::ScoreCustomerRequest all;
  all.set_name("tenants/acme/customers/pro-1");
  ASSERT_OK_AND_ASSIGN(const auto every, engine_->ScoreCustomer(call_, all));
  EXPECT_EQ(every.scores(0).score().standing().SerializeAsString(), alone.score().standing().SerializeAsString());
}

TEST_F(ScoringEngineTest, ValueAtRiskIsToldWhereChurnAndValueBothScored) {
  v1::ScoreCustomerRequest request;
  request.set_name("tenants/acme/customers/pro-1");
  model::v1::ModelArtifact value = testutil::ValueModel(100);
  value.mutable_spec()->mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(90);
  Publish("value", value);
  ASSERT_OK_AND_ASSIGN(const auto none, engine_->ScoreCustomer(call_, request));
  EXPECT_FALSE(none.has_value_at_risk());  // What the model called churn learnt is not said.
  model::v1::ModelArtifact churn = testutil::ChurnModel(-2);
  churn.mutable_spec()->mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(90);
  Publish("churn", churn);
  ASSERT_OK_AND_ASSIGN(const auto response, engine_->ScoreCustomer(call_, request));
  EXPECT_EQ(response.value_at_risk().churn_probability(), response.scores(0).score().probability().probability());
  EXPECT_NEAR(response.value_at_risk().amount(), response.value_at_risk().churn_probability() * 145, 1e-9);
  EXPECT_EQ(response.value_at_risk().churn_version(), absl::StrCat(kChurn, "/versions/2"));
}

TEST_F(ScoringEngineTest, AHorizonIsForLifetimeValueAlone) {
  auto request = Request("C1");
  request.set_horizon_days(90);
  EXPECT_THAT(testutil::Score(*engine_, call_, request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("horizon_days")));
  const std::string bytes =
      model::SerializeArtifact(testutil::CompleteLifetimeArtifact(testutil::LifetimeArtifact())).bytes;
  ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, "lifetime", bytes, {"champion"}), bytes));
  v1::BatchScoreRequest batch;
  batch.set_name("tenants/acme/models/lifetime");
  *batch.add_subjects()->add_features() = Number("x", 0);
  batch.set_horizon_days(90);
  ASSERT_OK_AND_ASSIGN(const auto response, testutil::BatchScore(*engine_, call_, batch));
  EXPECT_EQ(response.scores(0).lifetime_value().horizon_days(), 90);
  batch.set_horizon_days(36'501);
  EXPECT_THAT(testutil::BatchScore(*engine_, call_, batch),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("36501")));
}

TEST_F(ScoringEngineTest, ABatchIsQuickWhereNothingIsWaitedForOrExplained) {
  const SubjectView given{.num_features = 3}, known{.customer_id = "ada", .num_features = 3}, to_fetch{.customer_id = "bob"};
  const auto is_quick = [&](std::vector<SubjectView> subjects, int max_reasons) {
    return engine_->Prepare({.name = kChurn, .subjects = std::move(subjects), .max_reasons = max_reasons})->is_quick;
  };
  EXPECT_TRUE(is_quick({given, known}, 0));
  EXPECT_FALSE(is_quick({given, to_fetch}, 0));
  EXPECT_FALSE(is_quick({given, known}, 1));
}

}  // namespace
}  // namespace clientele::inference
