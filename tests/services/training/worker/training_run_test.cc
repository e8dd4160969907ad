#include "services/training/worker/training_run.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "clientele/model/v1/artifact.pb.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/jobs/job_times.h"
#include "services/training/jobs/status_proto.h"
#include "tests/common/dataset/table.h"
#include "tests/services/training/support/lifetime_value_data.h"
#include "tests/services/training/worker/fake_peers.h"

namespace clientele::training {
namespace {

using model::v1::GateDecision;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using v1::Progress;

class TrainingRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    job_.set_name("tenants/acme/trainingJobs/nightly");
    *job_.mutable_spec() = testutil::ChurnSpec();
    job_.set_threads(1);
    FixTimes(absl::FromUnixSeconds(5'000), job_);
    data_.dataset = testutil::ChurnData(600, 0.02);
  }
  v1::WorkerResult Run(const StopToken& stop = StopToken()) {
    progress_.clear();
    return RunTraining(job_, data_, models_, stop, [this](const Progress& progress) { progress_.push_back(progress); });
  }
  static std::string ReasonIn(const v1::WorkerResult& result) { return ReasonOf(FromStatusProto(result.error())); }

  v1::TrainingJob job_;
  testutil::FakeData data_;
  testutil::FakeRegistry models_;
  std::vector<Progress> progress_;
};

TEST_F(TrainingRunTest, PublishesAGoodModelAsTheChampion) {
  const v1::WorkerResult result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_EQ(result.gate_decision().decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  EXPECT_EQ(result.model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_GT(result.evaluation().classifier().auc(), 0.9);
  ASSERT_EQ(models_.headers.size(), 1u);
  const auto& header = models_.headers[0];
  EXPECT_EQ(header.parent(), "tenants/acme/models/churn");
  EXPECT_THAT(header.aliases(), ElementsAre("champion"));
  EXPECT_EQ(header.training_job(), job_.name());
  EXPECT_EQ(header.sha256(), result.artifact_sha256());
  EXPECT_EQ(header.sha256(), Sha256Hex(models_.artifacts[0]));
  EXPECT_EQ(header.size_bytes(), static_cast<int64_t>(models_.artifacts[0].size()));
  EXPECT_LE(header.request_id().size(), 64u);
  EXPECT_EQ(header.gate_decision().decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
}

TEST_F(TrainingRunTest, ASelectionReadsTheDatasetOfEarlierDaysToo) {
  auto& spec = *job_.mutable_spec();
  spec.mutable_dataset()->mutable_as_of()->set_seconds(90 * 86'400);
  spec.mutable_dataset()->mutable_label()->mutable_spend_within()->set_days(30);
  spec.mutable_dataset()->add_auxiliary_labels()->mutable_purchases_within()->set_days(30);
  spec.mutable_dataset()->set_purchase_series_days(7);
  spec.mutable_value_selection()->add_candidates()->mutable_value_regression();
  FixTimes(absl::FromUnixSeconds(200 * 86'400), job_);
  const v1::WorkerResult result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_EQ(data_.last_spec.as_of().seconds(), 60 * 86'400);
  EXPECT_EQ(data_.last_spec.known_at().seconds(), 90 * 86'400);
  EXPECT_EQ(data_.last_spec.labels_known_at().seconds(), 90 * 86'400);
  EXPECT_TRUE(data_.last_spec.auxiliary_labels().empty());
  EXPECT_EQ(data_.last_spec.purchase_series_days(), 0);
  EXPECT_EQ(result.evaluation().selection().chosen(), "least-squares regression");
  double furthest = 0;
  for (const Progress& progress : progress_) {
    EXPECT_GE(progress.fraction(), furthest);
    furthest = progress.fraction();
  }
}

TEST_F(TrainingRunTest, AChosenModelOfPurchasesReadsTheDatasetOfTheWindowsEnd) {
  std::vector<testutil::Purchase> purchases;
  for (int i = 0; i < 600; ++i) {
    const absl::CivilDay first = absl::CivilDay(1997, 1, 1) + i % 80;
    for (int k = 0; k <= i % 7; ++k) purchases.push_back({absl::StrCat("c", i), first + 20 * k + i % 11, 10.0 + i % 5});
  }
  data_.dataset = testutil::PurchaseDataset(purchases, absl::CivilDay(1997, 5, 1), 60);
  auto& spec = *job_.mutable_spec();
  spec = testutil::LifetimeValueSpec(60);
  spec.mutable_value_selection()->add_candidates()->mutable_lifetime_value();
  const int64_t as_of = spec.dataset().as_of().seconds(), now = as_of + 200 * 86'400;
  FixTimes(absl::FromUnixSeconds(now), job_);
  const v1::WorkerResult result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_TRUE(result.evaluation().selection().refitted());
  EXPECT_EQ(data_.last_spec.as_of().seconds(), as_of + 60 * 86'400);
  EXPECT_EQ(data_.last_spec.known_at().seconds(), now);
  EXPECT_FALSE(data_.last_spec.has_label());
  EXPECT_FALSE(data_.last_spec.has_labels_known_at());
  EXPECT_TRUE(data_.last_spec.auxiliary_labels().empty());
}

TEST_F(TrainingRunTest, ReadsTheDataAsOfTheJobsInstants) {
  Run();
  EXPECT_EQ(data_.last_tenant, "acme");
  EXPECT_EQ(data_.last_spec.as_of().seconds(), 1'000);
  EXPECT_EQ(data_.last_spec.known_at().seconds(), 1'000);
  EXPECT_EQ(data_.last_spec.labels_known_at().seconds(), 5'000);
  // The artifact knows nothing of when the job was made.
  ASSERT_EQ(models_.artifacts.size(), 1u);
  model::v1::ModelArtifact artifact;
  ASSERT_TRUE(artifact.ParseFromString(models_.artifacts[0]));
  EXPECT_FALSE(artifact.spec().dataset().has_labels_known_at());
  FixTimes(absl::FromUnixSeconds(6'000), job_);
  Run();
  ASSERT_EQ(models_.artifacts.size(), 2u);
  EXPECT_EQ(models_.artifacts[1], models_.artifacts[0]);
}

TEST_F(TrainingRunTest, AMediocreModelBecomesAChallenger) {
  data_.dataset = testutil::ChurnData(3'000, 0.3);
  const v1::WorkerResult result = Run();
  EXPECT_EQ(result.gate_decision().decision(), GateDecision::DECISION_PUBLISHED_CANDIDATE);
  ASSERT_EQ(models_.headers.size(), 1u);
  EXPECT_THAT(models_.headers[0].aliases(), ElementsAre("challenger"));
  EXPECT_THAT(result.model_version(), Not(IsEmpty()));
}

TEST_F(TrainingRunTest, AModelThatTheGateRejectsIsNotPublished) {
  auto* rule = job_.mutable_spec()->mutable_gate()->add_rules();
  rule->set_metric("auc");
  rule->set_at_least(1.0);
  rule->set_failure(model::v1::Gate::FAILURE_REJECT);
  const v1::WorkerResult result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_EQ(result.gate_decision().decision(), GateDecision::DECISION_REJECTED);
  EXPECT_THAT(models_.headers, IsEmpty());
  EXPECT_EQ(result.model_version(), "");
  EXPECT_EQ(result.artifact_sha256().size(), 64u);
  EXPECT_TRUE(result.has_evaluation());
}

TEST_F(TrainingRunTest, TheChampionIsWhatItIsMeasuredAgainst) {
  auto* rule = job_.mutable_spec()->mutable_gate()->add_rules();
  rule->set_metric("auc");
  rule->set_better_than_champion_by(0);
  models_.champion.emplace();
  models_.champion->mutable_evaluation()->mutable_classifier()->set_auc(0.9999);
  EXPECT_EQ(Run().gate_decision().decision(), GateDecision::DECISION_PUBLISHED_CANDIDATE);
  models_.champion->mutable_evaluation()->mutable_classifier()->set_auc(0.6);
  EXPECT_EQ(Run().gate_decision().decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
}

TEST_F(TrainingRunTest, AResumedJobIsNotMeasuredAgainstItself) {
  auto* rule = job_.mutable_spec()->mutable_gate()->add_rules();
  rule->set_metric("auc");
  rule->set_better_than_champion_by(0.01);
  const v1::WorkerResult first = Run();
  ASSERT_EQ(first.gate_decision().decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  models_.champion.emplace();
  models_.champion->set_name(first.model_version());
  models_.champion->set_training_job(job_.name());
  models_.champion->set_sha256(first.artifact_sha256());
  *models_.champion->mutable_evaluation() = first.evaluation();
  *models_.champion->mutable_gate_decision() = first.gate_decision();
  EXPECT_EQ(Run().SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(models_.headers.size(), 1u);
}

TEST_F(TrainingRunTest, ARepetitionCarriesTheSameRequestId) {
  Run();
  Run();
  job_.set_name("tenants/acme/trainingJobs/other");
  Run();
  ASSERT_EQ(models_.headers.size(), 3u);
  EXPECT_EQ(models_.headers[0].request_id(), models_.headers[1].request_id());
  EXPECT_NE(models_.headers[0].request_id(), models_.headers[2].request_id());
}

TEST_F(TrainingRunTest, DataThatCannotTrainIsToldIssueByIssue) {
  data_.dataset = testutil::ChurnData(3, 0);
  const v1::WorkerResult result = Run();
  EXPECT_EQ(result.error().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonIn(result), "DATA_NOT_READY");
  ASSERT_GT(result.data_issues_size(), 0);
  EXPECT_EQ(result.data_issues(0).severity(), v1::DataIssue::SEVERITY_ERROR);
  EXPECT_THAT(result.error().message(), HasSubstr(result.data_issues(0).message()));
  EXPECT_THAT(models_.headers, IsEmpty());
}

TEST_F(TrainingRunTest, PassesOnWhatItsPeersSay) {
  data_.status = Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature, "no feature recency_days");
  EXPECT_EQ(ReasonIn(Run()), "UNKNOWN_FEATURE");
  data_.status = absl::OkStatus();
  models_.status = Error(absl::StatusCode::kUnavailable, ErrorReason::kInferenceUnavailable, "away");
  const v1::WorkerResult result = Run();
  EXPECT_EQ(ReasonIn(result), "INFERENCE_UNAVAILABLE");
  EXPECT_EQ(result.model_version(), "");
}

TEST_F(TrainingRunTest, AClusteringContinuesTheChampionsSegmentsAndTellsWhoMoved) {
  model::v1::TrainingSpec& spec = *job_.mutable_spec();
  spec.mutable_dataset()->clear_label();
  spec.mutable_split()->set_none(true);
  spec.mutable_kmeans()->set_num_clusters(3);
  v1::WorkerResult result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_FALSE(result.has_segment_migration());
  EXPECT_EQ(models_.artifacts_read, 0);

  models_.champion.emplace().set_name("tenants/acme/models/churn/versions/1");
  models_.champion->set_training_job("tenants/acme/trainingJobs/before");
  models_.champion_artifact = models_.artifacts[0];
  result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_EQ(models_.artifacts_read, 1);
  EXPECT_EQ(result.segment_migration().champion_version(), "tenants/acme/models/churn/versions/1");
  ASSERT_EQ(result.segment_migration().moves_size(), 3);
  for (const auto& move : result.segment_migration().moves()) EXPECT_EQ(move.from_identity(), move.to_identity());
  EXPECT_EQ(models_.artifacts.back(), models_.artifacts[0]);  // It does not name the champion.

  // A champion that cannot be read is as good as none.
  models_.champion_artifact = "damaged";
  result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_FALSE(result.has_segment_migration());
}

TEST_F(TrainingRunTest, RfmTellsWhoMovedSinceTheChampionToo) {
  std::vector<float> recency, purchases, spend;
  for (int i = 0; i < 200; ++i) {
    recency.push_back(static_cast<float>(i * 7 % 200));
    purchases.push_back(static_cast<float>(1 + i * 3 % 11));
    spend.push_back(static_cast<float>(10 + i * 13 % 170));
  }
  const auto read = [&] {
    testutil::Table table(200);
    table.Number("recency_days", recency).Number("purchases", purchases).Number("spend_total", spend);
    data_.dataset = table.Build();
  };
  model::v1::TrainingSpec& spec = *job_.mutable_spec();
  spec.mutable_dataset()->clear_label();
  for (const char* feature : {"purchases", "spend_total"}) spec.mutable_dataset()->add_features(feature);
  spec.mutable_rfm();
  read();
  v1::WorkerResult result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_EQ(result.gate_decision().decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  EXPECT_FALSE(result.has_segment_migration());

  models_.champion.emplace().set_name("tenants/acme/models/churn/versions/1");
  models_.champion_artifact = models_.artifacts[0];
  for (size_t i = 0; i < 100; ++i) recency[i] += 100;
  read();
  result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  int64_t customers = 0, moved = 0;
  for (const auto& move : result.segment_migration().moves()) {
    customers += move.customers();
    if (move.from_identity() != move.to_identity()) moved += move.customers();
  }
  EXPECT_EQ(customers, 200);
  EXPECT_GT(moved, 20);
  EXPECT_EQ(result.segment_migration().value_feature(), "spend_total");

  // Clusters do not continue RFM's segments.
  spec.mutable_kmeans()->set_num_clusters(3);
  result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_FALSE(result.has_segment_migration());
}

TEST_F(TrainingRunTest, TheChampionIsJudgedOnTheSameHoldoutAndTheReportTellsTheTwoApart) {
  Run();
  models_.champion.emplace().set_name("tenants/acme/models/churn/versions/1");
  models_.champion_artifact = models_.artifacts[0];
  // Its own holdout made it look better than it is.
  models_.champion->mutable_evaluation()->mutable_classifier()->set_auc(0.9999);
  auto* rule = job_.mutable_spec()->mutable_gate()->add_rules();
  rule->set_metric("auc");
  rule->set_better_than_champion_by(0);
  data_.dataset = testutil::ChurnData(900, 0.02);
  const v1::WorkerResult result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_EQ(models_.artifacts_read, 1);
  const auto& comparison = result.gate_decision().comparison();
  EXPECT_EQ(comparison.champion_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(comparison.not_compared(), "");
  EXPECT_EQ(comparison.rows(), result.evaluation().holdout_rows());
  EXPECT_TRUE(comparison.same_split());
  EXPECT_EQ(comparison.metrics(1).metric(), "auc");
  EXPECT_DOUBLE_EQ(comparison.metrics(1).value(), result.evaluation().classifier().auc());
  EXPECT_LT(comparison.metrics(1).champion(), 0.9999);
  EXPECT_EQ(result.gate_decision().decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
  EXPECT_EQ(models_.headers.back().gate_decision().comparison().SerializeAsString(), comparison.SerializeAsString())
      << "the version's record keeps it";
}

TEST_F(TrainingRunTest, AChampionThatCannotBeReadIsNotCompared) {
  models_.champion.emplace().set_name("tenants/acme/models/churn/versions/1");
  models_.champion_artifact = "damaged";
  const v1::WorkerResult result = Run();
  ASSERT_FALSE(result.has_error()) << result.error().message();
  EXPECT_FALSE(result.gate_decision().has_comparison());
  EXPECT_EQ(result.gate_decision().decision(), GateDecision::DECISION_PUBLISHED_ACTIVE);
}

TEST_F(TrainingRunTest, StopsWhenItIsTold) {
  const StopToken stop(absl::InfiniteFuture(), std::make_shared<std::atomic<bool>>(true));
  EXPECT_EQ(Run(stop).error().code(), static_cast<int>(absl::StatusCode::kCancelled));
  EXPECT_THAT(models_.headers, IsEmpty());
}

TEST_F(TrainingRunTest, ProgressRisesThroughTheStages) {
  Run();
  double last = 0;
  int stage = 0;
  for (const Progress& progress : progress_) {
    EXPECT_GE(progress.fraction(), last);
    EXPECT_LE(progress.fraction(), 1);
    EXPECT_GE(progress.stage(), stage);
    last = progress.fraction();
    stage = progress.stage();
  }
  EXPECT_EQ(progress_.front().stage(), Progress::STAGE_READING);
  EXPECT_EQ(progress_.back().stage(), Progress::STAGE_PUBLISHING);
}

TEST_F(TrainingRunTest, ThreadsDoNotChangeTheModel) {
  Run();
  job_.set_threads(2);
  Run();
  ASSERT_EQ(models_.artifacts.size(), 2u);
  EXPECT_EQ(models_.artifacts[0], models_.artifacts[1]);
}

}  // namespace
}  // namespace clientele::training
