// What a job of many ranks asks of its launcher: its threads shared out, a folder of its own, checkpoints, last words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/training/jobs/checkpoint_directory.h"
#include "services/training/jobs/last_words.h"
#include "services/training/jobs/process_launcher.h"
#include "services/training/jobs/scratch_directory.h"
#include "services/training/jobs/status_proto.h"
#include "services/training/jobs/worker_wire.h"
#include "tests/testing/temp_dir.h"

namespace clientele::training {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr char kMpirunSays[] = R"(clientele-trainer-mpi: rank 2 of 3: rank 2 aborted: cancelled
--------------------------------------------------------------------------
mpirun noticed that process rank 1 with PID 77 on node a exited on signal 9 (Killed).
--------------------------------------------------------------------------
)";

class RankLaunchTest : public ::testing::Test {
 protected:
  // A shell script that plays the worker, in place_.
  ProcessLauncherOptions Script(const std::string& script) const {
    ProcessLauncherOptions options;
    options.program = "/bin/sh";
    options.arguments = {"-c", absl::StrCat("cd ", place_.path(), "; ", script)};
    options.default_threads = 6;
    options.ranks_here = 3;
    options.scratch_root = place_.path();
    options.checkpoint_root = place_.File("checkpoints");
    return options;
  }
  absl::StatusOr<v1::WorkerResult> Run(const ProcessLauncherOptions& options) {
    ProcessLauncher launcher(options);
    auto worker = launcher.Launch(job_, {});
    if (!worker.ok()) return worker.status();
    return (*worker)->Wait([](const v1::Progress&) {});
  }
  std::string Read(absl::string_view name) const {
    std::ifstream file(place_.File(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void WriteResult(const absl::Status& status) {
    v1::WorkerEvent event;
    if (!status.ok()) *event.mutable_result()->mutable_error() = ToStatusProto(status);
    if (status.ok()) event.mutable_result()->set_model_version("v");
    std::ofstream(place_.File("events"), std::ios::binary) << Delimited(event);
  }

  const testutil::TempDir place_;
  v1::TrainingJob job_;
};

TEST_F(RankLaunchTest, RanksShareTheThreadsOfTheJob) {
  WriteResult(absl::OkStatus());
  ASSERT_TRUE(Run(Script("echo $OMP_NUM_THREADS >threads; cat >job; cat events")).ok());
  EXPECT_EQ(Read("threads"), "2\n");
  v1::WorkerJob sent;
  ASSERT_TRUE(sent.ParseFromString(Read("job")));
  EXPECT_EQ(sent.job().threads(), 2);
  EXPECT_EQ(sent.rank_timeout().seconds(), 300);
  EXPECT_THAT(sent.checkpoint_directory(), HasSubstr(place_.File("checkpoints")));
}

TEST_F(RankLaunchTest, TheFolderOfAWorkerGoesWithIt) {
  WriteResult(absl::OkStatus());
  ASSERT_TRUE(Run(Script("echo -n $TMPDIR >scratch; touch $TMPDIR/segment; cat events")).ok());
  EXPECT_THAT(Read("scratch"), HasSubstr(place_.path()));
  EXPECT_FALSE(fs::exists(Read("scratch")));
}

TEST_F(RankLaunchTest, WhatADeadServiceLeftIsTakenAway) {
  const std::string dead = place_.File("clientele-worker-999999999-abcdef"), other = place_.File("clientele-worker-x");
  fs::create_directories(dead);
  fs::create_directories(other);
  const auto mine = ScratchDirectory::Make(place_.path());
  ASSERT_TRUE(mine.ok());
  EXPECT_TRUE(fs::exists(mine->path()));
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(other));
}

TEST_F(RankLaunchTest, CheckpointsGoWhenTheJobHasComeToItsEnd) {
  const auto kept_after = [&](const absl::Status& status) {
    WriteResult(status);
    const std::string directory = CheckpointDirectoryOf(place_.File("checkpoints"), job_);
    fs::create_directories(directory);
    (void)Run(Script("cat events"));
    return fs::exists(directory);
  };
  EXPECT_FALSE(kept_after(absl::OkStatus()));
  EXPECT_FALSE(kept_after(absl::FailedPreconditionError("too few rows")));
  EXPECT_TRUE(kept_after(absl::CancelledError("")));
  EXPECT_TRUE(kept_after(absl::DeadlineExceededError("rank 1 is missing")));
}

TEST_F(RankLaunchTest, CheckpointsAreOfWhatIsLearntAndNotOfTheJobsName) {
  v1::TrainingJob job;
  job.set_name("tenants/acme/trainingJobs/monday");
  job.mutable_spec()->mutable_kmeans()->set_num_clusters(3);
  const std::string monday = CheckpointDirectoryOf("root", job);
  job.set_name("tenants/acme/trainingJobs/tuesday");
  EXPECT_EQ(CheckpointDirectoryOf("root", job), monday);
  job.set_name("tenants/other/trainingJobs/tuesday");
  EXPECT_NE(CheckpointDirectoryOf("root", job), monday);
  job.set_name("tenants/acme/trainingJobs/tuesday");
  job.mutable_spec()->mutable_kmeans()->set_num_clusters(4);
  EXPECT_NE(CheckpointDirectoryOf("root", job), monday);
}

TEST_F(RankLaunchTest, OldCheckpointsAreSweptAway) {
  fs::create_directories(place_.File("old"));
  fs::create_directories(place_.File("new"));
  fs::last_write_time(place_.File("old"), fs::file_time_type::clock::now() - std::chrono::hours(2));
  SweepCheckpoints(place_.path(), absl::Hours(1));
  EXPECT_FALSE(fs::exists(place_.File("old")));
  EXPECT_TRUE(fs::exists(place_.File("new")));
}

TEST_F(RankLaunchTest, TheRankThatWasLostIsTheReason) {
  place_.Write("words", kMpirunSays);
  // What the first rank says last is what the loss did to it.
  WriteResult(absl::AbortedError("rank 2 aborted: cancelled"));
  const auto result = Run(Script("cat words >&2; cat events; exit 137"));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("process rank 1 with PID 77 on node a exited on signal 9"));
}

TEST_F(RankLaunchTest, WhoWasNotStoppedWasNotCancelled) {
  // Rank 0 hung until mpirun ended it, since another rank had lost patience.
  place_.Write("words", "clientele-trainer-mpi: rank 1 of 2: rank 0 did not come\nMPI_ABORT was invoked\n");
  WriteResult(absl::CancelledError("cancelled"));
  const auto result = Run(Script("cat words >&2; cat events; exit 1"));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("rank 0 did not come"));
}

TEST(LastWordsTest, PrefersWhatNamesARank) {
  EXPECT_EQ(LastWords(kMpirunSays), "process rank 1 with PID 77 on node a exited on signal 9 (Killed).");
  EXPECT_EQ(LastWords("hello\nclientele-trainer-mpi: rank 1 of 2: rank 0 did not come\nMPI_ABORT was invoked\n"),
            "clientele-trainer-mpi: rank 1 of 2: rank 0 did not come");
  EXPECT_EQ(LastWords("one\ntwo\n"), "two");
  EXPECT_EQ(LastWords(""), "");
  EXPECT_EQ(LostRank("one\ntwo\n"), "");
}

}  // namespace
}  // namespace clientele::training
