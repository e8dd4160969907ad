// One training job from data to published version: read, check, train, judge, publish. Knows no process and no gRPC.
#pragma once

#include "absl/functional/function_ref.h"
#include "clientele/training/v1/training_service.pb.h"
#include "clientele/training/v1/worker.pb.h"
#include "common/base/stop_token.h"
#include "services/training/learn.h"
#include "services/training/worker/peers.h"

namespace clientele::training {

// What came of `job`, which is valid and has its times (FixTimes). An error is in the result: FAILED_PRECONDITION with
// DATA_NOT_READY where the data cannot train it (then the result has the data issues), what the data source, the
// learner or the registry said, or CANCELLED. Run again, it publishes nothing twice. `on_progress` is called on this
// thread, often; its fraction never falls. `team`: the ranks, each of which calls this with the same job, its part of
// the data and a registry that says the same to all; null: this process alone.
v1::WorkerResult RunTraining(const v1::TrainingJob& job, DatasetSource& data, ModelRegistry& models,
                             const StopToken& stop, absl::FunctionRef<void(const v1::Progress&)> on_progress,
                             Team* team = nullptr);

}  // namespace clientele::training
