// Whole jobs on many ranks: what they say of the data, of the new model beside the champion and of who moved is what
// one rank says, and the registry hears of it once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "services/training/jobs/job_times.h"
#include "services/training/jobs/status_proto.h"
#include "services/training/ranks/shared_registry.h"
#include "services/training/worker/training_run.h"
#include "tests/services/training/ranks/rank_threads.h"
#include "tests/services/training/worker/fake_peers.h"
#include "tests/testing/status_matchers.h"

namespace clientele::training {
namespace {

using dataset::Dataset;
using ::testing::Each;
using ::testing::HasSubstr;
using testutil::ChurnData;

model::v1::TrainingSpec SegmentSpec(int clusters) {
  model::v1::TrainingSpec spec = testutil::ChurnSpec();
  spec.mutable_dataset()->clear_label();
  spec.mutable_kmeans()->set_num_clusters(clusters);
  return spec;
}

class JobOnRanksTest : public ::testing::Test {
 protected:
  void SetJob(Dataset dataset, model::v1::TrainingSpec spec) {
    datasets_ = {std::move(dataset)};
    job_.set_name("tenants/acme/trainingJobs/nightly");
    *job_.mutable_spec() = std::move(spec);
    job_.set_threads(2);
    FixTimes(absl::FromUnixSeconds(job_.spec().dataset().as_of().seconds() + 400 * 86'400), job_);
  }

  // The result on every rank. A rank that wrote to the registry but for the first would crash.
  std::vector<v1::WorkerResult> Run(int ranks) {
    return RunWatched(ranks, absl::Seconds(60), [](int, const v1::Progress&) {}, [](int rank, const absl::Status& end) {
      EXPECT_OK(end) << "rank " << rank;
    });
  }

  // `patience`: of ranks that are in step. `on_progress` and `on_end` are called by each rank.
  std::vector<v1::WorkerResult> RunWatched(int ranks, absl::Duration patience,
                                           absl::FunctionRef<void(int, const v1::Progress&)> on_progress,
                                           absl::FunctionRef<void(int, const absl::Status&)> on_end) {
    testutil::FakeShards shards(datasets_);
    const testutil::ManualClock clock;
    const auto patient = MakeThreadGroup(ranks, absl::InfiniteDuration());
    const auto in_step = MakeThreadGroup(ranks, patience);
    const CheckpointFiles checkpoints("");
    return testutil::OnRanks<v1::WorkerResult>(ranks, [&](int rank) {
      JobRanks team({*patient[rank], *in_step[rank]}, shards, checkpoints, clock);
      SharedRegistry models(rank == 0 ? &registry_ : nullptr, team.patient_ranks());
      v1::WorkerResult result = RunTraining(
          job_, team, models, StopToken(), [&](const v1::Progress& progress) { on_progress(rank, progress); }, &team);
      on_end(rank, team.End(FromStatusProto(result.error())));
      return result;
    });
  }

  // Publishes a model of these data, which serves from then on.
  void ServeModelOf(Dataset dataset, const model::v1::TrainingSpec& spec) {
    SetJob(std::move(dataset), spec);
    const v1::WorkerResult result = std::move(Run(1).front());
    ASSERT_FALSE(result.has_error()) << result.error().message();
    registry_.champion.emplace();
    registry_.champion->set_name(result.model_version());
    *registry_.champion->mutable_evaluation() = result.evaluation();
    registry_.champion_artifact = registry_.artifacts.back();
    registry_.headers.clear();
    registry_.artifacts.clear();
  }

  v1::TrainingJob job_;
  std::vector<Dataset> datasets_;
  testutil::FakeRegistry registry_;
};

std::vector<std::string> BytesOf(const std::vector<v1::WorkerResult>& results) {
  std::vector<std::string> bytes;
  for (v1::WorkerResult result : results) {
    result.clear_model_version();  // Numbers go on.
    bytes.push_back(result.SerializeAsString());
  }
  return bytes;
}

TEST_F(JobOnRanksTest, TheComparisonWithTheChampionIsThatOfOneRank) {
  ServeModelOf(ChurnData(1200, 0.1), testutil::ChurnSpec());
  SetJob(ChurnData(1500, 0.1), testutil::ChurnSpec());
  const auto alone = Run(1);
  ASSERT_FALSE(alone[0].has_error()) << alone[0].error().message();
  EXPECT_GT(alone[0].gate_decision().comparison().metrics_size(), 3);
  EXPECT_GT(alone[0].gate_decision().comparison().data_drift_size(), 0);
  EXPECT_TRUE(alone[0].gate_decision().comparison().has_movement());
  for (const int ranks : {2, 5}) {
    registry_.headers.clear();
    EXPECT_THAT(BytesOf(Run(ranks)), Each(BytesOf(alone)[0])) << ranks << " ranks";
    EXPECT_EQ(registry_.headers.size(), 1u);
  }
}

TEST_F(JobOnRanksTest, WhoMovedBetweenSegmentsIsThatOfOneRank) {
  ServeModelOf(ChurnData(900, 0.1), SegmentSpec(3));
  SetJob(ChurnData(1500, 0.1), SegmentSpec(5));
  const auto alone = Run(1);
  ASSERT_FALSE(alone[0].has_error()) << alone[0].error().message();
  EXPECT_GE(alone[0].segment_migration().moves_size(), 5);
  for (const int ranks : {2, 5}) EXPECT_THAT(BytesOf(Run(ranks)), Each(BytesOf(alone)[0])) << ranks << " ranks";
}

TEST_F(JobOnRanksTest, WhatIsTheMatterWithTheDataIsThatOfOneRank) {
  Dataset dataset = ChurnData(1500, 0.1);
  for (auto& shard : dataset.shards) {
    for (double& label : shard.labels) label = 1;
  }
  SetJob(std::move(dataset), testutil::ChurnSpec());
  const auto alone = Run(1);
  EXPECT_EQ(FromStatusProto(alone[0].error()).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_GE(alone[0].data_issues_size(), 1);
  EXPECT_THAT(BytesOf(Run(3)), Each(BytesOf(alone)[0]));
}

TEST_F(JobOnRanksTest, ARankThatHangsAfterLearningIsMissedToo) {
  SetJob(ChurnData(1500, 0.1), testutil::ChurnSpec());
  absl::Notification first_has_ended;
  const auto results = RunWatched(
      3, absl::Seconds(2),
      [&](int rank, const v1::Progress& progress) {
        if (rank == 2 && progress.stage() == v1::Progress::STAGE_EVALUATING) first_has_ended.WaitForNotification();
      },
      [&](int rank, const absl::Status& end) {
        EXPECT_FALSE(end.ok());
        if (rank == 0) first_has_ended.Notify();
      });
  EXPECT_EQ(FromStatusProto(results[0].error()).code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(registry_.headers.size(), 0u);
}

TEST_F(JobOnRanksTest, WhatTheRegistrySaysAllHear) {
  SetJob(ChurnData(1500, 0.1), testutil::ChurnSpec());
  registry_.status = absl::UnavailableError("inference is away");
  for (const v1::WorkerResult& result : Run(3)) {
    EXPECT_THAT(FromStatusProto(result.error()),
                testutil::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("inference is away")));
  }
}

}  // namespace
}  // namespace clientele::training
