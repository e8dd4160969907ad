#include "services/cli/local/installation.h"

#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "services/cli/client/health.h"
#include "services/cli/local/process.h"

namespace clientele::cli {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(100);
constexpr absl::Duration kHealthTimeout = absl::Seconds(2);
constexpr int kLogLines = 8;

// The flags of a program. Peers it does not call are not its flags.
std::vector<std::string> Arguments(const LocalService& service, const std::vector<Started>& all,
                                   const std::string& data_directory) {
  std::vector<std::string> arguments = {"--data-directory",         data_directory,
                                        "--server-address",         service.address(),
                                        "--server-metrics-address", absl::StrCat("127.0.0.1:", service.metrics_port)};
  for (const Started& other : all) {
    const LocalService& peer = other.service;
    const bool called = (service.name == "training" && peer.name != "training") ||
                        (service.name == "inference" && peer.name == "ingestion");
    if (called) arguments.insert(arguments.end(), {absl::StrCat("--", peer.name, "-address"), peer.address()});
  }
  return arguments;
}

}  // namespace

std::string OwnDirectory() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
}

Installation::Installation(const std::string& directory)
    : directory_(std::filesystem::absolute(directory).lexically_normal().string()) {}

std::string Installation::log_file(absl::string_view service) const {
  return absl::StrCat(directory_, "/logs/", service, ".log");
}

std::string Installation::data_directory(absl::string_view service) const {
  return absl::StrCat(directory_, "/", service);
}

std::string Installation::run_file(absl::string_view service, absl::string_view extension) const {
  return absl::StrCat(directory_, "/run/", service, extension);
}

std::optional<pid_t> Installation::FindPid(absl::string_view service) const {
  return FindProcess(run_file(service, ".pid"), absl::StrCat("clientele-", service), data_directory(service));
}

std::optional<std::string> Installation::FindAddress(absl::string_view service) const {
  return ReadSmallFile(run_file(service, ".address"));
}

absl::Status Installation::CheckStartable(const LocalService& service) const {
  if (!std::filesystem::exists(service.binary)) {
    return absl::NotFoundError(absl::StrCat("there is no ", service.binary, "; build it, or say with --programs where ",
                                            service.program(), " is"));
  }
  for (int port : {service.port, service.metrics_port}) {
    if (!PortTaken(port)) continue;
    return absl::AlreadyExistsError(absl::StrCat("port ", port, ", which ", service.name,
                                                 " would serve on, is taken by another program; choose ",
                                                 "others with --", service.name, "-port or --port-base"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Started>> Installation::Plan(const std::vector<LocalService>& services) const {
  std::vector<Started> plan;
  for (LocalService service : services) {
    const auto pid = FindPid(service.name);
    if (!pid) {
      CLIENTELE_RETURN_IF_ERROR(CheckStartable(service));
      plan.push_back({service, StartOutcome::kStarted, 0});
      continue;
    }
    // It stays where it is, whatever port was asked for now.
    const std::string address = FindAddress(service.name).value_or(service.address());
    if (!absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &service.port)) {
      return absl::DataLossError(absl::StrCat(run_file(service.name, ".address"), " is damaged; run clientele down"));
    }
    plan.push_back({service, StartOutcome::kAlreadyUp, *pid});
  }
  return plan;
}

absl::Status Installation::Launch(Started& one, const std::vector<Started>& all) const {
  const LocalService& service = one.service;
  CLIENTELE_ASSIGN_OR_RETURN(
      one.pid,
      StartDetached(service.binary, Arguments(service, all, data_directory(service.name)), log_file(service.name)));
  CLIENTELE_RETURN_IF_ERROR(WriteFile(run_file(service.name, ".address"), service.address()));
  return WriteFile(run_file(service.name, ".pid"), absl::StrCat(one.pid));
}

absl::Status Installation::AwaitServing(const LocalService& service, pid_t pid, bool child, absl::Time deadline) const {
  ServiceOptions options;
  options.name = service.name;
  options.address = service.address();
  for (;;) {
    const auto health = CheckHealth(options, kHealthTimeout);
    if (health.ok() && *health == Health::kServing) return absl::OkStatus();
    const std::string log =
        absl::StrCat("The end of ", log_file(service.name), ":\n", LastLines(log_file(service.name), kLogLines));
    if (child && ChildEnded(pid)) return absl::InternalError(absl::StrCat(service.program(), " ended. ", log));
    if (absl::Now() > deadline) {
      return absl::UnavailableError(absl::StrCat(service.program(), " (process ", pid, ") does not serve yet. ", log));
    }
    absl::SleepFor(kPoll);
  }
}

absl::Status Installation::Start(const std::vector<LocalService>& services, absl::Duration timeout,
                                 const std::function<void(const Started&)>& started) {
  std::error_code error;
  for (const char* folder : {"logs", "run"}) {
    std::filesystem::create_directories(absl::StrCat(directory_, "/", folder), error);
    if (error) return absl::PermissionDeniedError(absl::StrCat("cannot write to ", directory_, ": ", error.message()));
  }
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<Started> all, Plan(services));
  absl::Status status;
  for (Started& one : all) {
    if (one.outcome == StartOutcome::kStarted && status.ok()) status = Launch(one, all);
  }
  const absl::Time deadline = absl::Now() + timeout;
  for (const Started& one : all) {
    if (!status.ok()) break;
    status = AwaitServing(one.service, one.pid, one.outcome == StartOutcome::kStarted, deadline);
    if (status.ok()) started(one);
  }
  if (status.ok()) return status;
  for (const Started& one : all) {
    // By its number: the pid file's check may not see a program that has only just begun.
    if (one.outcome != StartOutcome::kStarted || one.pid == 0) continue;
    Terminate(one.pid, absl::Seconds(5)).IgnoreError();
    std::filesystem::remove(run_file(one.service.name, ".pid"), error);
    std::filesystem::remove(run_file(one.service.name, ".address"), error);
  }
  return status;
}

absl::StatusOr<bool> Installation::Stop(absl::string_view service, absl::Duration timeout) {
  const auto pid = FindPid(service);
  std::error_code error;
  if (pid) {
    const absl::Status status = Terminate(*pid, timeout);
    if (!status.ok() && !absl::IsNotFound(status)) return status;
    ChildEnded(*pid);  // Where this very command started it.
  }
  std::filesystem::remove(run_file(service, ".pid"), error);
  std::filesystem::remove(run_file(service, ".address"), error);
  return pid.has_value();
}

}  // namespace clientele::cli
