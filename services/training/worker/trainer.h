// The worker's program: one training job, by one process or by many ranks. The job comes on the first rank's standard
// input, events go out on its standard output (jobs/worker_wire.h); ranks differ in nothing else but who leads.
#pragma once

#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clientele/training/v1/worker.pb.h"
#include "common/base/stop_token.h"
#include "services/training/communicator/communicator.h"

namespace clientele::training {

// Makes a group of all ranks of the job; every rank calls it in the same order.
using MakeGroup = absl::FunctionRef<absl::StatusOr<std::unique_ptr<Communicator>>(absl::Duration timeout)>;

// Stops with SIGTERM, which asks for the end: learners look at the token, and who does not look in time is killed.
// Once.
StopToken StopOnSignal();

// Runs the job that standard input of the first rank holds. An error: there was no job, nobody took its result, or the
// ranks have lost one another; then the others may wait for ever, and all of them are to be ended. What comes of a job
// that failed is no error.
absl::Status RunTrainer(MakeGroup make_group, const StopToken& stop);

}  // namespace clientele::training
