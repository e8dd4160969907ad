#include "services/training/jobs/process_launcher.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/config.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/job_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/jobs/job_manager.h"
#include "services/training/jobs/status_proto.h"
#include "services/training/jobs/worker_wire.h"

namespace clientele::training {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// Real processes: small shell scripts that play the worker.
class ProcessLauncherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static int places = 0;
    place_ = absl::StrCat(::testing::TempDir(), "/process_launcher_", getpid(), "_", ++places);
    std::filesystem::remove_all(place_);
    std::filesystem::create_directories(place_);
  }
  void TearDown() override { std::filesystem::remove_all(place_); }

  std::string Path(absl::string_view name) const { return absl::StrCat(place_, "/", name); }
  std::string ReadFile(absl::string_view name) const {
    std::ifstream file(Path(name));
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  // Leaves events where a script can `cat` them.
  void WriteEvents(absl::string_view name, const std::vector<v1::WorkerEvent>& events) const {
    std::ofstream file(Path(name), std::ios::binary);
    for (const v1::WorkerEvent& event : events) file << Delimited(event);
  }
  static v1::WorkerEvent ProgressEvent(double fraction) {
    v1::WorkerEvent event;
    event.mutable_progress()->set_fraction(fraction);
    return event;
  }
  static v1::WorkerEvent ResultEvent(const std::string& version) {
    v1::WorkerEvent event;
    event.mutable_result()->set_model_version(version);
    return event;
  }

  // Whether a process that was killed is gone, or a zombie until whoever adopted it reaps it. It may take an instant.
  static bool EndsSoon(int pid) {
    for (const absl::Time end = absl::Now() + absl::Seconds(20); absl::Now() < end;) {
      std::ifstream file(absl::StrCat("/proc/", pid, "/stat"));
      std::string number, name, state;
      if (!(file >> number >> name >> state) || state == "Z") return true;
      std::this_thread::yield();
    }
    return false;
  }

  ProcessLauncherOptions Script(const std::string& script) const {
    ProcessLauncherOptions options;
    options.program = "/bin/sh";
    options.arguments = {"-c", absl::StrCat("cd ", place_, "; ", script)};
    options.default_threads = 3;
    return options;
  }
  absl::StatusOr<v1::WorkerResult> Run(const ProcessLauncherOptions& options, const v1::TrainingJob& job = {}) {
    ProcessLauncher launcher(options);
    auto worker = launcher.Launch(job, allowance_);
    if (!worker.ok()) return worker.status();
    auto result = (*worker)->Wait([&](const v1::Progress& progress) { progress_.push_back(progress.fraction()); });
    memory_ = (*worker)->memory();
    return result;
  }

  std::string place_;
  MemoryAllowance allowance_;
  WorkerMemory memory_;  // Of the last run.
  std::vector<double> progress_;
};

TEST_F(ProcessLauncherTest, GivesTheJobAndTakesEvents) {
  WriteEvents("events", {ProgressEvent(0.25), ProgressEvent(0.5), ResultEvent("v7")});
  v1::TrainingJob job;
  job.set_name("tenants/acme/trainingJobs/a");
  ProcessLauncherOptions options = Script("cat >job; echo $OMP_NUM_THREADS >threads; cat events");
  options.ingestion.set_address("host:1");
  const auto result = Run(options, job);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->model_version(), "v7");
  EXPECT_THAT(progress_, ElementsAre(0.25, 0.5));
  EXPECT_EQ(ReadFile("threads"), "3\n");
  v1::WorkerJob sent;
  ASSERT_TRUE(sent.ParseFromString(ReadFile("job")));
  EXPECT_EQ(sent.job().name(), job.name());
  EXPECT_EQ(sent.job().threads(), 3);
  EXPECT_EQ(sent.ingestion().address(), "host:1");
  EXPECT_EQ(sent.service_pid(), getpid());
}

TEST_F(ProcessLauncherTest, AJobMayNameItsThreads) {
  v1::TrainingJob job;
  job.set_threads(5);
  WriteEvents("events", {ResultEvent("v")});
  ASSERT_TRUE(Run(Script("echo $OMP_NUM_THREADS >threads; cat events"), job).ok());
  EXPECT_EQ(ReadFile("threads"), "5\n");
}

// A shell that fills a variable, and then waits for as long as it is let.
std::string Holding(int mebibytes, absl::string_view then) {
  return absl::StrCat("x=$(head -c ", mebibytes << 20, " /dev/zero | tr '\\0' x); ", then);
}

TEST_F(ProcessLauncherTest, AWorkerThatWantsMoreMemoryThanItMayIsEndedAndSaysSo) {
  allowance_ = {.limit = 48 << 20, .most = 64 << 20, .setting = "worker.memory_per_tenant"};
  const auto result = Run(Script(Holding(100, "sleep 60; echo late >late")));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(result.status()), "NOT_ENOUGH_MEMORY");
  EXPECT_THAT(std::string(result.status().message()),
              AllOf(HasSubstr("the job needs more memory than its budget of 48.0 MiB"),
                    EndsWith("raise worker.memory_per_tenant")));
  EXPECT_TRUE(memory_.outgrew);
  EXPECT_GT(memory_.peak, allowance_.limit);
}

TEST_F(ProcessLauncherTest, MemoryOfWhatAWorkerHasStartedCounts) {
  allowance_ = {.limit = 48 << 20, .most = 64 << 20};
  const auto result = Run(Script(absl::StrCat("sh -c \"", "x=\\$(head -c 104857600 /dev/zero | tr '\\\\0' x); sleep 60",
                                              "\"; echo late >late")));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(memory_.outgrew);
}

TEST_F(ProcessLauncherTest, AWorkerIsGivenMoreMemoryWhereThereIsSome) {
  WriteEvents("events", {ResultEvent("v")});
  std::vector<int64_t> asked;
  allowance_ = {.limit = 16 << 20, .most = 1 << 30, .more = [&](int64_t used) {
                  asked.push_back(used);
                  return 2 * used;
                }};
  const auto result = Run(Script(Holding(100, "sleep 0.3; cat events")));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_FALSE(memory_.outgrew);
  EXPECT_GT(memory_.peak, 100 << 20);
  ASSERT_FALSE(asked.empty());
  EXPECT_GT(asked.front(), 16 << 20);
}

TEST_F(ProcessLauncherTest, TheKernelBoundsWhatHappensBetweenTwoLooks) {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
  GTEST_SKIP() << "a sanitizer's shadow of all memory would count";
#endif
  allowance_ = {.limit = 64 << 20, .most = 64 << 20};
  // It is set just after the start.
  ASSERT_FALSE(Run(Script("for i in $(seq 1000); do test $(ulimit -d) = unlimited || break; sleep 0.01; done;"
                          " ulimit -d >limit")).ok());
  EXPECT_EQ(ReadFile("limit"), absl::StrCat((128 << 10) + (1 << 20), "\n"));  // In KiB: twice, and 1 GiB.
}

TEST_F(ProcessLauncherTest, TakesEventsThatComeInPieces) {
  WriteEvents("events", {ProgressEvent(0.25), ResultEvent(std::string(300'000, 'x'))});
  const auto result = Run(
      Script("head -c 3 events; sleep 0.05; tail -c +4 events | head -c 9; sleep 0.05; tail -c +13 events"));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->model_version().size(), 300'000u);
  EXPECT_THAT(progress_, ElementsAre(0.25));
}

TEST_F(ProcessLauncherTest, AWorkerThatDoesNotEndAfterItsResultIsEnded) {
  WriteEvents("events", {ResultEvent("v")});
  ProcessLauncherOptions options = Script("trap '' TERM; cat events; sleep 1000");
  options.farewell = absl::Milliseconds(100);
  const auto result = Run(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->model_version(), "v");
}

TEST_F(ProcessLauncherTest, TellsTheSignalThatKilledTheWorker) {
  const auto result = Run(Script("kill -9 $$"));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReasonOf(result.status()), "WORKER_CRASHED");
  EXPECT_THAT(std::string(result.status().message()),
              HasSubstr("the worker was killed by signal 9 (out of memory?)"));
  EXPECT_THAT(std::string(Run(Script("kill -SEGV $$")).status().message()), HasSubstr("killed by signal 11"));
}

TEST_F(ProcessLauncherTest, TellsTheExitCodeAndTheLastWords) {
  const auto result = Run(Script("yes 0123456789 | head -n 10000 >&2; echo 'std::bad_alloc' >&2; exit 3"));
  EXPECT_EQ(ReasonOf(result.status()), "WORKER_CRASHED");
  EXPECT_THAT(std::string(result.status().message()),
              ::testing::AllOf(HasSubstr("exit code 3"), ::testing::EndsWith("its last words: std::bad_alloc")));
}

TEST_F(ProcessLauncherTest, AWorkerThatEndsWellButWithoutAnAnswerHasCrashed) {
  EXPECT_EQ(ReasonOf(Run(Script("exit 0")).status()), "WORKER_CRASHED");
}

TEST_F(ProcessLauncherTest, AWorkerThatWritesNonsenseIsEnded) {
  // No varint; a length of 4 GiB; three bytes that are no message.
  for (const char* bytes : {R"(\377\377\377\377\377\377\377\377\377\377)", R"(\377\377\377\377\017)", R"(\003abc)"}) {
    const auto result = Run(Script(absl::StrCat("printf '", bytes, "'; sleep 1000")));
    EXPECT_EQ(ReasonOf(result.status()), "WORKER_CRASHED") << bytes;
    EXPECT_THAT(std::string(result.status().message()), HasSubstr("the worker wrote")) << bytes;
  }
}

TEST_F(ProcessLauncherTest, AProgramThatIsNotThereIsToldByName) {
  ProcessLauncherOptions options;
  options.program = "/nowhere/clientele-trainer";
  const auto result = Run(options);
  EXPECT_EQ(ReasonOf(result.status()), "WORKER_CRASHED");
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("/nowhere/clientele-trainer"));
}

TEST_F(ProcessLauncherTest, StopsAWorkerGently) {
  WriteEvents("ready", {ProgressEvent(0.1)});
  ProcessLauncher launcher(Script("trap 'echo bye >bye; exit 0' TERM; cat ready; while true; do sleep 0.01; done"));
  const auto worker = launcher.Launch({}, {});
  ASSERT_TRUE(worker.ok());
  const auto result = (*worker)->Wait([&](const v1::Progress&) { (*worker)->Stop(); });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(ReadFile("bye"), "bye\n");
}

TEST_F(ProcessLauncherTest, KillsAWorkerThatWillNotStopAndAllItsChildren) {
  WriteEvents("ready", {ProgressEvent(0.1)});
  ProcessLauncherOptions options = Script("trap '' TERM; sleep 1000 & echo $! >child; cat ready; wait; sleep 1000");
  options.grace = absl::Milliseconds(50);
  ProcessLauncher launcher(options);
  const auto worker = launcher.Launch({}, {});
  ASSERT_TRUE(worker.ok());
  const auto result = (*worker)->Wait([&](const v1::Progress&) { (*worker)->Stop(); });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
  int child = 0;
  ASSERT_TRUE(absl::SimpleAtoi(ReadFile("child"), &child));
  EXPECT_TRUE(EndsSoon(child));
}

TEST_F(ProcessLauncherTest, AResultThatCameBeforeTheStopCounts) {
  WriteEvents("events", {ResultEvent("v1"), ProgressEvent(1)});
  ProcessLauncher launcher(Script("cat events; sleep 1000"));
  const auto worker = launcher.Launch({}, {});
  ASSERT_TRUE(worker.ok());
  const auto result = (*worker)->Wait([&](const v1::Progress&) { (*worker)->Stop(); });
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->model_version(), "v1");
}

TEST_F(ProcessLauncherTest, AForgottenWorkerIsKilled) {
  WriteEvents("ready", {ProgressEvent(0.1)});
  ProcessLauncher launcher(Script("echo $$ >pid; mv pid pid.done; sleep 1000"));
  {
    const auto worker = launcher.Launch({}, {});
    ASSERT_TRUE(worker.ok());
    while (ReadFile("pid.done").empty()) std::this_thread::yield();
  }
  int pid = 0;
  ASSERT_TRUE(absl::SimpleAtoi(ReadFile("pid.done"), &pid));
  EXPECT_NE(kill(pid, 0), 0);
}

// The whole way: a worker killed from outside is a failed job, and the manager runs the next one.
TEST_F(ProcessLauncherTest, KillingAWorkerFailsItsJobAndNothingElse) {
  WriteEvents("ready", {ProgressEvent(0.1)});
  WriteEvents("result", {ResultEvent("v2")});
  ProcessLauncher launcher(Script(
      "if [ -e second ]; then cat result; exit; fi; touch second; echo $$ >pid; cat ready; sleep 1000"));
  const auto store = storage::OpenRocksJobStore(Path("store"));
  ASSERT_TRUE(store.ok());
  const SystemClock clock;
  const auto manager = JobManager::Start(**store, launcher, clock, {});
  ASSERT_TRUE(manager.ok());
  const TenantId tenant = *TenantId::Parse("acme");
  ASSERT_TRUE((*manager)->Create(tenant, {.job_id = "a", .request_id = "", .job = {}}).ok());
  ASSERT_TRUE((*manager)->Create(tenant, {.job_id = "b", .request_id = "", .job = {}}).ok());

  const auto await = [&](const char* id, auto done) {
    JobView view{{}, -1};
    while (!done(view.job)) view = *(*manager)->Await({tenant, id}, view.revision, StopToken());
    return view.job;
  };
  await("a", [](const v1::TrainingJob& job) { return job.progress().fraction() > 0; });
  int pid = 0;
  ASSERT_TRUE(absl::SimpleAtoi(ReadFile("pid"), &pid));
  ASSERT_EQ(kill(pid, SIGKILL), 0);
  const auto has_ended = [](const v1::TrainingJob& job) { return HasEnded(job.state()); };
  const v1::TrainingJob killed = await("a", has_ended);
  EXPECT_EQ(killed.state(), v1::TrainingJob::STATE_FAILED);
  EXPECT_THAT(killed.error().message(), HasSubstr("killed by signal 9"));
  EXPECT_EQ(await("b", has_ended).state(), v1::TrainingJob::STATE_SUCCEEDED);
}

TEST(BesideThisProgramTest, IsInTheFolderOfThisProgram) {
  EXPECT_TRUE(std::filesystem::exists(BesideThisProgram("process_launcher_test")));
}

}  // namespace
}  // namespace clientele::training
