#include "services/cli/local/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

extern char** environ;

namespace clientele::cli {
namespace {

int OpenPid(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

absl::StatusOr<pid_t> StartDetached(const std::string& binary, const std::vector<std::string>& arguments,
                                    const std::string& log_file) {
  std::vector<char*> argv = {const_cast<char*>(binary.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);  // It must hear the signal that stops it.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, binary.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return absl::ErrnoToStatus(error, absl::StrCat("cannot start ", binary));
  return pid;
}

std::optional<pid_t> FindProcess(const std::string& pid_file, absl::string_view program, absl::string_view argument) {
  const auto content = ReadSmallFile(pid_file);
  int pid = 0;
  if (!content || !absl::SimpleAtoi(*content, &pid) || pid <= 1) return std::nullopt;
  const std::string process = absl::StrCat("/proc/", pid);
  std::error_code error;
  const std::string executable = std::filesystem::read_symlink(process + "/exe", error).string();
  // A program that was built anew since it started is still the one.
  const absl::string_view path = absl::StripSuffix(executable, " (deleted)");
  if (error || path.substr(path.rfind('/') + 1) != program) return std::nullopt;
  const std::vector<std::string> arguments = absl::StrSplit(ReadSmallFile(process + "/cmdline").value_or(""), '\0');
  if (!absl::c_linear_search(arguments, argument)) return std::nullopt;
  return pid;
}

absl::Status Terminate(pid_t pid, absl::Duration timeout) {
  const int descriptor = OpenPid(pid);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("process ", pid));
  absl::Status status;
  if (syscall(SYS_pidfd_send_signal, descriptor, SIGTERM, nullptr, 0) != 0) {
    status = absl::ErrnoToStatus(errno, absl::StrCat("process ", pid));
  } else {
    pollfd poll_for = {descriptor, POLLIN, 0};
    const int ended = poll(&poll_for, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
    if (ended <= 0) {
      status = absl::DeadlineExceededError(
          absl::StrCat("process ", pid, " still runs after ", absl::FormatDuration(timeout)));
    }
  }
  close(descriptor);
  return status;
}

bool ChildEnded(pid_t pid) { return waitpid(pid, nullptr, WNOHANG) == pid; }

bool PortTaken(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));  // Connections that linger are nobody's.
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool taken =
      bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 && errno == EADDRINUSE;
  close(descriptor);
  return taken;
}

std::string LastLines(const std::string& path, int lines) {
  std::ifstream file(path);
  std::vector<std::string> last;
  for (std::string line; std::getline(file, line);) {
    last.push_back(line);
    if (static_cast<int>(last.size()) > lines) last.erase(last.begin());
  }
  return absl::StrJoin(last, "\n");
}

absl::Status WriteFile(const std::string& path, absl::string_view content) {
  const std::string temporary = path + ".new";
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    file.flush();
    if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) return absl::InternalError(absl::StrCat("cannot write ", path, ": ", error.message()));
  return absl::OkStatus();
}

std::optional<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace clientele::cli
