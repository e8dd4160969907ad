// Which folder a job's checkpoints lie in. It follows from what the job learns and from what, not from its name: the
// same job again, after it was cancelled or its worker killed, goes on where the earlier one had got to.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "clientele/training/v1/training_service.pb.h"
#include "clientele/training/v1/worker.pb.h"

namespace clientele::training {

// `job` has its times (FixTimes).
std::string CheckpointDirectoryOf(const std::string& root, const v1::TrainingJob& job);

// Whether the same job again would come to the same end: what it had worked out is of no more use.
bool IsFinal(const v1::WorkerResult& result);

// Takes away folders in `root` that were not written for `age`.
void SweepCheckpoints(const std::string& root, absl::Duration age);

}  // namespace clientele::training
