#include "tests/testing/program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

extern char** environ;

namespace clientele::testutil {
namespace {

constexpr absl::string_view kServing = ": serving on ";
constexpr absl::string_view kMetrics = "metrics on ";

// The word after `marker`, in a complete line; "" where there is none.
std::string WordAfter(const std::string& text, absl::string_view marker) {
  const size_t at = text.find(marker.data(), 0, marker.size());
  if (at == std::string::npos || text.find('\n', at) == std::string::npos) return "";
  const size_t begin = at + marker.size();
  return text.substr(begin, text.find_first_of(", \n", begin) - begin);
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Program>> Program::Start(const std::string& path, std::vector<std::string> args,
                                                        const std::string& working_dir,
                                                        const std::vector<std::string>& environment) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0) return absl::InternalError("pipe");
  if (pipe2(err, O_CLOEXEC) != 0) return absl::InternalError("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  if (!working_dir.empty()) posix_spawn_file_actions_addchdir_np(&actions, working_dir.c_str());
  args.insert(args.begin(), path);
  std::vector<std::string> variables = environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name = std::string(*entry).substr(0, std::string(*entry).find('=') + 1);
    bool replaced = false;
    for (const std::string& ours : environment) replaced = replaced || absl::StartsWith(ours, name);
    if (!replaced) variables.emplace_back(*entry);
  }
  pid_t pid = 0;
  const int error =
      posix_spawnp(&pid, path.c_str(), &actions, nullptr, Pointers(args).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  if (error != 0) {
    close(out[0]);
    close(err[0]);
    return absl::NotFoundError(absl::StrCat("cannot start ", path, ": ", std::strerror(error)));
  }
  return std::unique_ptr<Program>(new Program(pid, out[0], err[0]));
}

Program::Program(pid_t pid, int out, int err) : pid_(pid) {
  out_reader_ = std::thread([this, out] { Drain(out, &out_); });
  err_reader_ = std::thread([this, err] { Drain(err, &err_); });
}

Program::~Program() {
  if (!reaped_) {
    Kill(SIGKILL);
    Wait();
  }
}

void Program::Drain(int fd, std::string* into) {
  char buffer[4096];
  while (true) {
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    absl::MutexLock lock(&mutex_);
    if (size <= 0) {
      --open_;
      break;
    }
    into->append(buffer, static_cast<size_t>(size));
  }
  close(fd);
}

bool Program::WaitForOutput(absl::string_view text, absl::Duration timeout) const {
  const auto found = [&] {
    mutex_.AssertReaderHeld();
    return absl::StrContains(out_, text) || absl::StrContains(err_, text) || open_ == 0;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&found), timeout);
  return absl::StrContains(out_, text) || absl::StrContains(err_, text);
}

absl::StatusOr<std::string> Program::WaitUntilServing(absl::Duration timeout) {
  const auto serving = [&] {
    mutex_.AssertReaderHeld();
    return !WordAfter(out_, kServing).empty() || open_ == 0;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&serving), timeout);
  std::string address = WordAfter(out_, kServing);
  if (!address.empty()) return address;
  return absl::UnavailableError(absl::StrCat("it does not serve; it said:\n", out_, err_));
}

std::string Program::metrics_address() const { return WordAfter(standard_output(), kMetrics); }

void Program::Kill(int signal) const { kill(pid_, signal); }

int Program::Wait() {
  if (reaped_) return exit_code_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  out_reader_.join();
  err_reader_.join();
  reaped_ = true;
  exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return exit_code_;
}

std::string Program::standard_output() const {
  absl::MutexLock lock(&mutex_);
  return out_;
}

std::string Program::standard_error() const {
  absl::MutexLock lock(&mutex_);
  return err_;
}

absl::StatusOr<Finished> RunProgram(const std::string& path, std::vector<std::string> args,
                                    const std::string& working_dir, const std::vector<std::string>& environment) {
  auto program = Program::Start(path, std::move(args), working_dir, environment);
  if (!program.ok()) return program.status();
  const int exit_code = (*program)->Wait();
  return Finished{exit_code, (*program)->standard_output(), (*program)->standard_error()};
}

}  // namespace clientele::testutil
