// Clientele on one machine: three programs beside this one, their data, logs and pid files in one directory.
//
//   DIR/ingestion  DIR/training  DIR/inference    data
//   DIR/logs/*.log                                what they say
//   DIR/run/*.pid  DIR/run/*.address              who they are and where they answer
#pragma once

#include <sys/types.h>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace clientele::cli {

inline constexpr std::array<absl::string_view, 3> kServices = {"ingestion", "training", "inference"};
inline constexpr int kDefaultPorts[] = {7401, 7402, 7403};
inline constexpr int kMetricsPortOffset = 10;

// How one service is run.
struct LocalService {
  std::string name;    // "ingestion"
  std::string binary;  // Path of the program.
  int port = 0;
  int metrics_port = 0;

  std::string program() const { return "clientele-" + name; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port); }
};

enum class StartOutcome { kStarted, kAlreadyUp };

struct Started {
  LocalService service;
  StartOutcome outcome;
  pid_t pid;
};

// One thread.
class Installation {
 public:
  // `directory` is made absolute; nothing is written before Start.
  explicit Installation(const std::string& directory);

  const std::string& directory() const { return directory_; }
  std::string log_file(absl::string_view service) const;

  // Starts what does not run yet and waits until all of them serve, `timeout` at most; what this call started is
  // stopped again where one does not. NOT_FOUND: a program is not where it should be. ALREADY_EXISTS: another program
  // has the port. INTERNAL, with the last lines of its log: a program ended. `started` is called for each as it serves.
  absl::Status Start(const std::vector<LocalService>& services, absl::Duration timeout,
                     const std::function<void(const Started&)>& started);

  // Stops a service; false where it did not run. DEADLINE_EXCEEDED: it has not finished yet.
  absl::StatusOr<bool> Stop(absl::string_view service, absl::Duration timeout);

  std::optional<pid_t> FindPid(absl::string_view service) const;
  // Where a service of this installation answers, as Start wrote it down.
  std::optional<std::string> FindAddress(absl::string_view service) const;

 private:
  std::string data_directory(absl::string_view service) const;
  std::string run_file(absl::string_view service, absl::string_view extension) const;
  absl::Status CheckStartable(const LocalService& service) const;
  // What runs already and what is to be started; nothing is started where one of them could not be.
  absl::StatusOr<std::vector<Started>> Plan(const std::vector<LocalService>& services) const;
  absl::Status Launch(Started& one, const std::vector<Started>& all) const;
  absl::Status AwaitServing(const LocalService& service, pid_t pid, bool child, absl::Time deadline) const;

  const std::string directory_;
};

// The folder of the running program.
std::string OwnDirectory();

}  // namespace clientele::cli
