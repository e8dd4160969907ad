// clientele-trainer: runs one training job. Started by clientele-training, which gives the job on standard input and
// takes events from standard output (services/training/jobs/worker_wire.h).
#include <iostream>
#include <memory>

#include "common/base/status_macros.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/rpc/options.h"
#include "services/training/communicator/local_communicator.h"
#include "services/training/worker/trainer.h"

namespace clientele::training {
namespace {

constexpr char kProgram[] = "clientele-trainer";

absl::Status Run(int argc, char** argv) {
  observability::LogOptions log_options;
  log_options.program = kProgram;
  config::Settings settings(kProgram, "Runs one training job; clientele-training starts it.");
  rpc::AddLogOptions(settings, log_options);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, settings.Parse(argc, argv));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(log_options));
  return RunTrainer([](absl::Duration) { return std::make_unique<LocalCommunicator>(); }, StopOnSignal());
}

}  // namespace
}  // namespace clientele::training

int main(int argc, char** argv) {
  const absl::Status status = clientele::training::Run(argc, argv);
  if (status.ok()) return 0;
  std::cerr << "clientele-trainer: " << status.message() << "\n";
  return 1;
}
