// From a scoring call to the reports, with a real log and registry.
#include "services/inference/monitoring/score_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/score_log.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/monitoring/reports.h"
#include "services/inference/scoring/scoring_engine.h"
#include "tests/services/inference/scoring/given.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;

constexpr char kChurn[] = "tenants/acme/models/churn";

// Every second customer's label is 1; "lost..." have none.
class FakeLabels final : public LabelSource {
 public:
  absl::StatusOr<std::vector<std::optional<double>>> Labels(const TenantId&, const common::v1::Label& label,
                                                            absl::Span<const CustomerInstant> instants,
                                                            const rpc::Call&) override {
    EXPECT_TRUE(label.has_no_purchase_within());
    std::vector<std::optional<double>> labels;
    for (const CustomerInstant& instant : instants) {
      const bool known = !absl::StartsWith(instant.customer_id, "lost");
      labels.push_back(known ? std::optional<double>(instant.customer_id.back() % 2) : std::nullopt);
    }
    return labels;
  }
};

class ScoreMonitorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    clock_.Set(absl::UnixEpoch() + absl::Hours(24 * 20'000));
    store_ = *storage::RocksVersionStore::Open(directory_.path());
    registry_ = *Registry::Open(*store_, clock_);
    Publish(testutil::ChurnModel(-1), {"champion"});
    Publish(testutil::ChurnModel(0.5), {"shadow"});
    Start({.share = 1, .days = 100, .queue_rows = 20'000, .pace = absl::Milliseconds(1)});
  }
  void Start(const MonitorOptions& options) {
    engine_.reset();
    monitor_.reset();
    shadow_.reset();
    log_.reset();
    log_ = *storage::OpenRocksScoreLog(absl::StrCat(directory_.path(), "/scores"));
    shadow_ = std::make_unique<ShadowScorer>(*registry_, features_, *log_, options);
    monitor_ = std::make_unique<ScoreMonitor>(*log_, *shadow_, clock_, metrics_, options);
    engine_ = std::make_unique<ScoringEngine>(*registry_, features_, tiers_, score_metrics_, monitor_.get());
    reports_ = std::make_unique<Reports>(*registry_, *log_, *shadow_, labels_, clock_);
  }
  void Publish(model::v1::ModelArtifact artifact, std::vector<std::string> aliases) {
    artifact.mutable_lineage()->set_train_rows(1'000);
    artifact.mutable_spec()->mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(30);
    for (const auto& column : artifact.schema()) {
      auto& histogram = *artifact.add_histograms();
      histogram.set_feature(column.feature().name());
      if (column.type() == common::v1::FEATURE_TYPE_CATEGORY) {
        histogram.add_categories("basic");
        histogram.add_counts(1'000);
        continue;
      }
      for (const double edge : {0, 10, 20, 100}) histogram.add_edges(edge);
      for (int i = 0; i < 3; ++i) histogram.add_counts(333);
    }
    const std::string bytes = testutil::Serialize(std::move(artifact));
    ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, "churn", bytes, std::move(aliases)), bytes));
  }
  void Shadow(double share) {
    v1::ModelTraffic traffic;
    traffic.set_name(absl::StrCat(kChurn, "/traffic"));
    traffic.mutable_shadow()->set_target(absl::StrCat(kChurn, "/aliases/shadow"));
    traffic.mutable_shadow()->set_share(share);
    ASSERT_OK(registry_->UpdateTraffic({acme_, "churn"}, traffic, "tester"));
  }
  v1::BatchScoreResponse Score(int customers, const std::string& prefix = "c", const std::string& name = kChurn) {
    v1::BatchScoreRequest request;
    request.set_name(name);
    for (int i = 0; i < customers; ++i) request.add_subjects()->set_customer_id(absl::StrCat(prefix, i));
    auto response = testutil::BatchScore(*engine_, call_, request);
    EXPECT_OK(response.status());
    monitor_->AwaitIdle();
    return *std::move(response);
  }
  std::vector<storage::LoggedScore> Logged() {
    std::vector<storage::LoggedScore> scores;
    EXPECT_OK(log_->ForEachScore(acme_, "churn", absl::InfinitePast(), absl::InfiniteFuture(),
                                 [&](const storage::LoggedScore& score) {
                                   scores.push_back(score);
                                   return true;
                                 }));
    return scores;
  }
  absl::StatusOr<v1::ShadowReport> ShadowReport() {
    v1::GetShadowReportRequest request;
    request.set_name(kChurn);
    clock_.Set(clock_.Now() + absl::Seconds(1));
    return reports_->Shadow(request);
  }
  absl::StatusOr<v1::OutcomeReport> OutcomeReport() {
    v1::GetOutcomeReportRequest request;
    request.set_name(kChurn);
    return reports_->Outcomes(call_, request);
  }
  absl::StatusOr<v1::DriftReport> DriftReport() {
    v1::GetDriftReportRequest request;
    request.set_name(kChurn);
    return reports_->Drift(request);
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const rpc::Call call_{};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  testutil::FakeFeatures features_;
  FakeLabels labels_;
  observability::Metrics metrics_;
  ScoreMetrics score_metrics_{metrics_};
  TierBook tiers_;
  std::unique_ptr<storage::VersionStore> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<storage::ScoreLog> log_;
  std::unique_ptr<ShadowScorer> shadow_;
  std::unique_ptr<ScoreMonitor> monitor_;
  std::unique_ptr<ScoringEngine> engine_;
  std::unique_ptr<Reports> reports_;
};

TEST_F(ScoreMonitorTest, LogsEveryScoreUnderAPseudonym) {
  const auto response = Score(1'500);
  const auto scores = Logged();
  ASSERT_EQ(scores.size(), 1'500u);
  std::set<std::string> pseudonyms;
  for (const auto& score : scores) {
    pseudonyms.insert(score.pseudonym);
    EXPECT_EQ(score.version, 1);
    EXPECT_EQ(score.alias, "champion");
    EXPECT_EQ(score.score, response.scores(0).probability().probability());
    EXPECT_EQ(score.pseudonym.size(), 16u);
    EXPECT_EQ(score.feature_digest, scores[0].feature_digest) << "they have the same features";
  }
  EXPECT_EQ(pseudonyms.size(), 1'500u);
  ASSERT_OK_AND_ASSIGN(const std::string customer, log_->FindCustomer(acme_, scores[0].pseudonym));
  EXPECT_EQ(customer[0], 'c');
}

TEST_F(ScoreMonitorTest, ScoresOfNobodyAreCountedAndNotLogged) {
  v1::ScoreRequest request;
  request.set_name(kChurn);
  *request.mutable_subject()->add_features() = testutil::Number("recency", 5);
  ASSERT_OK(testutil::Score(*engine_, call_, request).status());
  monitor_->AwaitIdle();
  EXPECT_TRUE(Logged().empty());
  ASSERT_OK_AND_ASSIGN(const auto drift, DriftReport());
  EXPECT_EQ(drift.rows(), 1);
}

TEST_F(ScoreMonitorTest, AShareOfTheCustomersIsTheSameCustomersEveryTime) {
  Start({.share = 0.25, .days = 100, .queue_rows = 20'000, .pace = absl::Milliseconds(1)});
  Score(1'000);
  const size_t first = Logged().size();
  EXPECT_NEAR(static_cast<double>(first), 250, 45);
  clock_.Set(clock_.Now() + absl::Seconds(1));
  Score(1'000);
  EXPECT_EQ(Logged().size(), 2 * first);
}

TEST_F(ScoreMonitorTest, MoreThanTheQueueHoldsIsDroppedAndCounted) {
  Start({.share = 1, .days = 100, .queue_rows = 100, .pace = absl::Hours(1)});
  Score(101);
  EXPECT_TRUE(Logged().empty());
  EXPECT_THAT(metrics_.Text(), HasSubstr("clientele_inference_unobserved_rows_total 101"));
  Score(100);
  EXPECT_EQ(Logged().size(), 100u);
}

TEST_F(ScoreMonitorTest, WhatIsQueuedIsWrittenBeforeItEnds) {
  Start({.share = 1, .days = 100, .queue_rows = 20'000, .pace = absl::Hours(1)});
  v1::BatchScoreRequest request;
  request.set_name(kChurn);
  request.add_subjects()->set_customer_id("ada");
  ASSERT_OK(testutil::BatchScore(*engine_, call_, request).status());
  Start({});
  EXPECT_EQ(Logged().size(), 1u);
}

TEST_F(ScoreMonitorTest, TheShadowScoresItsShareOfTheRequestsForTheModel) {
  Shadow(0.5);
  const auto served = Score(1'000);
  Score(100, "v", absl::StrCat(kChurn, "/versions/1"));  // By version: not shadowed.
  ASSERT_OK_AND_ASSIGN(const auto report, ShadowReport());
  ASSERT_EQ(report.pairings_size(), 1);
  const auto& pairing = report.pairings(0);
  EXPECT_NEAR(static_cast<double>(pairing.pairs()), 500, 60);
  EXPECT_EQ(pairing.shadow_version(), absl::StrCat(kChurn, "/versions/2"));
  const auto shadow = Score(1, "c", absl::StrCat(kChurn, "/versions/2"));
  EXPECT_NEAR(pairing.mean_difference(),
              shadow.scores(0).probability().probability() - served.scores(0).probability().probability(), 1e-12);
  EXPECT_EQ(report.dropped(), 0);
}

TEST_F(ScoreMonitorTest, TheShadowSeesTheFeaturesThatWereGiven) {
  Shadow(1);
  v1::ScoreRequest request;
  request.set_name(kChurn);
  request.mutable_subject()->set_customer_id("ada");
  *request.mutable_subject()->add_features() = testutil::Number("recency", 5);
  ASSERT_OK(testutil::Score(*engine_, call_, request).status());
  monitor_->AwaitIdle();
  ASSERT_OK_AND_ASSIGN(const auto report, ShadowReport());
  ASSERT_EQ(report.pairings_size(), 1);
  request.set_name(absl::StrCat(kChurn, "/versions/2"));
  ASSERT_OK_AND_ASSIGN(const auto alone, testutil::Score(*engine_, call_, request));
  EXPECT_EQ(report.pairings(0).largest(0).shadow_score(), alone.score().probability().probability());
}

TEST_F(ScoreMonitorTest, OutcomesArePendingUntilTheLabelsWindowIsOver) {
  Score(100);
  Score(10, "lost");
  clock_.Set(clock_.Now() + absl::Hours(24 * 29));
  ASSERT_OK_AND_ASSIGN(auto report, OutcomeReport());
  EXPECT_EQ(report.scores(), 110);
  EXPECT_EQ(report.pending(), 110);
  EXPECT_EQ(report.realised_size(), 0);
  clock_.Set(clock_.Now() + absl::Hours(24 * 2));
  ASSERT_OK_AND_ASSIGN(report, OutcomeReport());
  EXPECT_EQ(report.pending(), 0);
  ASSERT_EQ(report.realised_size(), 1);
  EXPECT_EQ(report.realised(0).scores(), 100);
  EXPECT_EQ(report.realised(0).positives(), 50);
  EXPECT_THAT(report.label(), HasSubstr("30 days"));
}

TEST_F(ScoreMonitorTest, ArmsAreComparedWithTheChampions) {
  v1::ModelTraffic traffic;
  traffic.set_name(absl::StrCat(kChurn, "/traffic"));
  for (const auto& [arm, target] : {std::pair("canary", "versions/2"), std::pair("rest", "aliases/champion")}) {
    auto& one = *traffic.add_arms();
    one.set_arm(arm);
    one.set_target(absl::StrCat(kChurn, "/", target));
    one.set_weight(1);
  }
  ASSERT_OK(registry_->UpdateTraffic({acme_, "churn"}, traffic, "tester"));
  Score(1'000);
  clock_.Set(clock_.Now() + absl::Hours(24 * 31));
  ASSERT_OK_AND_ASSIGN(const auto report, OutcomeReport());
  EXPECT_EQ(report.realised_size(), 2);
  ASSERT_EQ(report.comparisons_size(), 1);
  EXPECT_EQ(report.comparisons(0).arm(), "canary");
  EXPECT_EQ(report.comparisons(0).against(), "rest");
}

TEST_F(ScoreMonitorTest, CountsSurviveARestartAndAddUp) {
  Score(100);
  Start({.share = 1, .days = 100, .queue_rows = 20'000, .pace = absl::Milliseconds(1)});
  Score(50);
  ASSERT_OK_AND_ASSIGN(const auto report, DriftReport());
  EXPECT_EQ(report.rows(), 150);
  EXPECT_EQ(report.training_rows(), 1'000);
  ASSERT_EQ(report.features_size(), 3);
  // All have recency 60: nobody is in two bins that had two thirds.
  const auto found = std::find_if(report.features().begin(), report.features().end(),
                                  [](const auto& drift) { return drift.feature() == "recency"; });
  ASSERT_NE(found, report.features().end());
  EXPECT_TRUE(found->drifted());
  EXPECT_EQ(found->level(), v1::FeatureDrift::LEVEL_LARGE);
}

TEST_F(ScoreMonitorTest, TheDriftOfAVersionGoesWithIt) {
  Score(1'500);
  clock_.Set(clock_.Now() + absl::Minutes(1));
  Score(1);  // The first look may have been at less.
  constexpr char kNoDrift[] = "clientele_inference_large_drifts{part=\"feature\"} 0\n";
  ASSERT_THAT(metrics_.Text(), ::testing::Not(HasSubstr(kNoDrift)));
  ASSERT_OK(registry_->SetAlias({acme_, "churn", "champion"}, 2, {.actor = "tester"}));
  ASSERT_OK(registry_->Delete({acme_, "churn", 1}, "", "tester"));
  // It is freed in its own time, and may have been scored by since the last look.
  for (int look = 0; look < 1'000 && !absl::StrContains(metrics_.Text(), kNoDrift); ++look) {
    clock_.Set(clock_.Now() + absl::Minutes(1));
    monitor_->AwaitWritten();
  }
  EXPECT_THAT(metrics_.Text(), HasSubstr(kNoDrift));
}

TEST_F(ScoreMonitorTest, OldScoresAreForgotten) {
  Score(10);
  clock_.Set(clock_.Now() + absl::Hours(24 * 101));
  Score(1, "new");
  EXPECT_EQ(Logged().size(), 1u);
}

TEST_F(ScoreMonitorTest, RequestsAreChecked) {
  v1::GetShadowReportRequest shadow;
  shadow.set_name("tenants/acme/models/none");
  EXPECT_THAT(reports_->Shadow(shadow), StatusIs(absl::StatusCode::kNotFound));
  shadow.set_name(kChurn);
  shadow.set_max_rows(1'001);
  EXPECT_THAT(reports_->Shadow(shadow), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("max_rows")));
  v1::GetDriftReportRequest drift;
  drift.set_name(kChurn);
  drift.set_false_discovery_rate(1);
  EXPECT_THAT(reports_->Drift(drift), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("false_discovery_rate")));
  v1::GetOutcomeReportRequest outcomes;
  outcomes.set_name(kChurn);
  outcomes.mutable_start_time()->set_seconds(200);
  outcomes.mutable_end_time()->set_seconds(100);
  EXPECT_THAT(reports_->Outcomes(call_, outcomes), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("end_time")));
}

}  // namespace
}  // namespace clientele::inference
