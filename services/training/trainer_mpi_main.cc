// clientele-trainer-mpi: runs one training job on many ranks. A program of its own, so that whoever trains on one
// machine needs no MPI. With --ranks it becomes mpirun, which starts it again on every rank.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/config/settings.h"
#include "common/observability/log.h"
#include "common/rpc/options.h"
#include "services/training/communicator/mpi_communicator.h"
#include "services/training/worker/mpirun_command.h"
#include "services/training/worker/trainer.h"

namespace clientele::training {
namespace {

constexpr char kProgram[] = "clientele-trainer-mpi";
// How long the first rank's last event has to get through before all ranks are ended, and how long another rank leaves
// that to the first.
constexpr absl::Duration kLastWords = absl::Milliseconds(500);
constexpr absl::Duration kPatience = absl::Seconds(5);

// Does not return where all goes well. What mpirun starts dies with it, and it ends with the service.
absl::Status BecomeMpirun(const MpirunOptions& options, const observability::LogOptions& log) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::vector<std::string> command = MpirunCommand(options, {std::filesystem::read_symlink("/proc/self/exe").string(),
                                                             "--log-format", log.format, "--log-level", log.level});
  std::vector<char*> pointers;
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execvp(pointers[0], pointers.data());
  return absl::UnavailableError(absl::StrCat("cannot start ", options.mpirun, ": ", std::strerror(errno)));
}

absl::Status RunRank() {
  const StopToken stop = StopOnSignal();
  CLIENTELE_ASSIGN_OR_RETURN(const auto session, MpiSession::Start());
  const auto make_group = [&](absl::Duration timeout) { return session->MakeCommunicator(timeout); };
  const absl::Status status = RunTrainer(make_group, stop);
  if (status.ok()) return status;
  // In one piece: all ranks write to the same place.
  std::cerr << absl::StrCat(kProgram, ": rank ", session->rank(), " of ", session->size(), ": ", status.message(),
                            "\n");
  absl::SleepFor(session->rank() == 0 ? kLastWords : kPatience);
  session->Abandon(1);
}

absl::Status Run(int argc, char** argv) {
  observability::LogOptions log_options;
  log_options.program = kProgram;
  MpirunOptions mpirun;
  mpirun.scratch_directory = std::filesystem::temp_directory_path().string();
  config::Settings settings(kProgram, "Runs one training job on many ranks; clientele-training starts it.");
  settings.Add("ranks", &mpirun.ranks, "Start so many, through mpirun. 0: be one of them.");
  settings.Add("hosts_file", &mpirun.hosts_file, "Open MPI's host file. Empty: all ranks on this machine.");
  settings.Add("mpirun", &mpirun.mpirun, "Open MPI's mpirun.");
  rpc::AddLogOptions(settings, log_options);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, settings.Parse(argc, argv));
  if (outcome == config::Outcome::kExit) return absl::OkStatus();
  if (mpirun.ranks > 0) return BecomeMpirun(mpirun, log_options);
  CLIENTELE_RETURN_IF_ERROR(observability::InitLogging(log_options));
  return RunRank();
}

}  // namespace
}  // namespace clientele::training

int main(int argc, char** argv) {
  const absl::Status status = clientele::training::Run(argc, argv);
  if (status.ok()) return 0;
  std::cerr << "clientele-trainer-mpi: " << status.message() << "\n";
  return 1;
}
