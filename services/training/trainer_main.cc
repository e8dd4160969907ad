// clientele-trainer: runs one training job. Started by clientele-training, which gives the job on standard input and
// takes events from standard output (services/training/jobs/worker_wire.h).
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <iostream>
#include <memory>
#include <new>

#include "absl/strings/str_cat.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/rpc/channel.h"
#include "common/rpc/options.h"
#include "services/training/dataset_client.h"
#include "services/training/jobs/status_proto.h"
#include "services/training/jobs/worker_wire.h"
#include "services/training/model_client.h"
#include "services/training/peer_options.h"
#include "services/training/worker/event_writer.h"
#include "services/training/worker/training_run.h"

namespace clientele::training {
namespace {

constexpr char kProgram[] = "clientele-trainer";
constexpr absl::Duration kReadTimeout = absl::Hours(6);
constexpr absl::Duration kPublishTimeout = absl::Minutes(10);

std::atomic<bool>* stop_flag = nullptr;  // For the signal handler; set before it is installed.

// SIGTERM asks for the end: learners look at the token, and who does not look in time is killed by the service.
StopToken StopOnSignal() {
  const auto flag = std::make_shared<std::atomic<bool>>(false);
  static const auto keep_alive = flag;
  stop_flag = flag.get();
  struct sigaction action = {};
  action.sa_handler = [](int) { stop_flag->store(true, std::memory_order_relaxed); };
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return StopToken(absl::InfiniteFuture(), flag);
}

// No worker without its service, however that ended.
absl::Status DieWith(pid_t service) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != service) return absl::FailedPreconditionError("the service that started this worker has gone");
  return absl::OkStatus();
}

v1::WorkerResult RunJob(const v1::WorkerJob& worker_job, const StopToken& stop, EventWriter& events) {
  const auto failed = [](const absl::Status& status) {
    v1::WorkerResult result;
    *result.mutable_error() = ToStatusProto(status);
    return result;
  };
  const auto ingestion = rpc::MakeChannel(FromPeer(worker_job.ingestion()));
  if (!ingestion.ok()) return failed(ingestion.status());
  const auto inference = rpc::MakeChannel(FromPeer(worker_job.inference()));
  if (!inference.ok()) return failed(inference.status());
  DatasetClient data(*ingestion, kReadTimeout);
  ModelClient models(*inference, kPublishTimeout);
  try {
    return RunTraining(worker_job.job(), data, models, stop,
                       [&](const v1::Progress& progress) { events.Tell(progress); });
  } catch (const std::bad_alloc&) {
    return failed(Error(absl::StatusCode::kResourceExhausted, ErrorReason::kWorkerCrashed,
                        "the worker has no memory left; ask for fewer features or give it more"));
  } catch (const std::exception& thrown) {
    return failed(Error(absl::StatusCode::kInternal, ErrorReason::kWorkerCrashed, thrown.what()));
  }
}

absl::Status Run(int argc, char** argv) {
  observability::LogOptions log_options;
  log_options.program = kProgram;
  config::Settings settings(kProgram, "Runs one training job; clientele-training starts it.");
  rpc::AddLogOptions(settings, log_options);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, settings.Parse(argc, argv));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(log_options));
  const StopToken stop = StopOnSignal();
  CLIENTELE_ASSIGN_OR_RETURN(const v1::WorkerJob job, ReadWorkerJob(STDIN_FILENO));
  CLIENTELE_RETURN_IF_ERROR(DieWith(static_cast<pid_t>(job.service_pid())));

  // Events go where standard output was; whatever a library prints from now on goes to standard error.
  const int event_fd = dup(STDOUT_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  const SystemClock clock;
  EventWriter events(event_fd, clock);
  return events.Finish(RunJob(job, stop, events));
}

}  // namespace
}  // namespace clientele::training

int main(int argc, char** argv) {
  const absl::Status status = clientele::training::Run(argc, argv);
  if (status.ok()) return 0;
  std::cerr << "clientele-trainer: " << status.message() << "\n";
  return 1;
}
