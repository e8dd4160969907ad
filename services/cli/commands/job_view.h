// Training jobs on the console, for `train` and `jobs`.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/training/v1/training_service.pb.h"
#include "services/cli/commands/context.h"

namespace clientele::cli {

// Watches a job with its progress until it has ended.
absl::StatusOr<training::v1::TrainingJob> WatchUntilEnd(Context& context, const std::string& name,
                                                        absl::string_view label);

// The job, its evaluation, what the gate decided and why. INTERNAL for a failed job, with its reason; sets exit code 6
// where the gate rejected the model.
absl::Status ShowJob(Context& context, const training::v1::TrainingJob& job);

}  // namespace clientele::cli
