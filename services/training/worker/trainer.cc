#include "services/training/worker/trainer.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <new>
#include <string>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "services/training/dataset_client.h"
#include "services/training/jobs/status_proto.h"
#include "services/training/jobs/worker_wire.h"
#include "services/training/model_client.h"
#include "services/training/peer_options.h"
#include "services/training/ranks/job_ranks.h"
#include "services/training/ranks/shared_registry.h"
#include "services/training/worker/event_writer.h"
#include "services/training/worker/training_run.h"

namespace clientele::training {
namespace {

constexpr absl::Duration kReadTimeout = absl::Hours(6);
constexpr absl::Duration kPublishTimeout = absl::Minutes(10);

std::atomic<bool>* stop_flag = nullptr;  // For the signal handler; set before it is installed.

// No worker without who started it, however that ended. `service` is 0 where another process stands between.
absl::Status DieWith(pid_t service) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (service == 0 ? getppid() != 1 : getppid() == service) return absl::OkStatus();
  return absl::FailedPreconditionError("the service that started this worker has gone");
}

v1::WorkerResult Failed(const absl::Status& status) {
  v1::WorkerResult result;
  *result.mutable_error() = ToStatusProto(status);
  return result;
}

// The job on this rank. `registry`: null but on the first.
v1::WorkerResult RunOnRank(const v1::TrainingJob& job, JobRanks& ranks, ModelRegistry* registry, const StopToken& stop,
                           absl::FunctionRef<void(const v1::Progress&)> on_progress) {
  SharedRegistry models(registry, ranks.patient_ranks());
  try {
    return RunTraining(job, ranks, models, stop, on_progress, &ranks);
  } catch (const std::bad_alloc&) {
    return Failed(Error(absl::StatusCode::kResourceExhausted, ErrorReason::kNotEnoughMemory,
                        "the worker has no memory left; ask for fewer features or give it more"));
  } catch (const std::exception& thrown) {
    return Failed(Error(absl::StatusCode::kInternal, ErrorReason::kWorkerCrashed, thrown.what()));
  }
}

// What is printed goes to standard error from now on; events where standard output was.
int TakeOverOutput() {
  const int events = dup(STDOUT_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return events;
}

// The job, on every rank.
absl::StatusOr<v1::WorkerJob> ShareJob(Communicator& control) {
  std::string bytes;
  if (control.rank() == 0) {
    absl::StatusOr<v1::WorkerJob> job = ReadWorkerJob(STDIN_FILENO);
    if (!job.ok()) {
      control.Abort(job.status());
      return job;
    }
    bytes = job->SerializeAsString();
  }
  CLIENTELE_RETURN_IF_ERROR(control.Broadcast(0, bytes));
  v1::WorkerJob job;
  if (!job.ParseFromString(bytes)) return absl::InternalError("the first rank told something that is no job");
  return job;
}

}  // namespace

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

absl::Status RunTrainer(MakeGroup make_group, const StopToken& stop) {
  const int event_fd = TakeOverOutput();
  CLIENTELE_ASSIGN_OR_RETURN(const auto patient, make_group(absl::InfiniteDuration()));
  const bool alone = patient->size() == 1;
  if (!alone) CLIENTELE_RETURN_IF_ERROR(DieWith(/*service=*/0));
  CLIENTELE_ASSIGN_OR_RETURN(const v1::WorkerJob job, ShareJob(*patient));
  if (alone) CLIENTELE_RETURN_IF_ERROR(DieWith(static_cast<pid_t>(job.service_pid())));
  const auto& timeout = job.rank_timeout();
  CLIENTELE_ASSIGN_OR_RETURN(const auto in_step,
                             make_group(absl::Seconds(timeout.seconds()) + absl::Nanoseconds(timeout.nanos())));
  const SystemClock clock;
  EventWriter events(event_fd, clock);
  const auto ingestion = rpc::MakeChannel(FromPeer(job.ingestion()));
  const auto inference = rpc::MakeChannel(FromPeer(job.inference()));
  const bool is_first = patient->rank() == 0;
  for (const auto* channel : {&ingestion, &inference}) {
    if (!channel->ok()) return is_first ? events.Finish(Failed(channel->status())) : channel->status();
  }
  DatasetClient shards(*ingestion, kReadTimeout);
  ModelClient models(*inference, kPublishTimeout);
  const CheckpointFiles checkpoints(is_first ? job.checkpoint_directory() : "");
  JobRanks ranks({*patient, *in_step}, shards, checkpoints, clock);
  const v1::WorkerResult result =
      RunOnRank(job.job(), ranks, is_first ? &models : nullptr, stop, [&](const v1::Progress& progress) {
        if (is_first) events.Tell(progress);
      });
  if (is_first) CLIENTELE_RETURN_IF_ERROR(events.Finish(result));
  return ranks.End(FromStatusProto(result.error()));
}

}  // namespace clientele::training
