// A handler may run on any thread, in the middle of anything, and may do no more than write to a pipe.
#include "common/rpc/signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"

namespace clientele::rpc {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT};
int signal_pipe[2] = {-1, -1};  // Signal handlers reach nothing but globals.

void SetHandlers(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : kSignals) sigaction(signal, &action, nullptr);
}

void OnSignal(int signal) {
  const int saved_errno = errno;
  const auto byte = static_cast<unsigned char>(signal);
  [[maybe_unused]] const ssize_t written = write(signal_pipe[1], &byte, 1);
  errno = saved_errno;
}

}  // namespace

StopSignals::StopSignals() {
  if (pipe2(signal_pipe, O_CLOEXEC) != 0) {
    status_ =
        Error(absl::StatusCode::kUnavailable, ErrorReason::kInternal, absl::StrCat("pipe: ", std::strerror(errno)));
    return;
  }
  SetHandlers(&OnSignal);
}

StopSignals::~StopSignals() {
  if (!status_.ok()) return;
  SetHandlers(SIG_DFL);
  for (int& fd : signal_pipe) {
    close(fd);
    fd = -1;
  }
}

int StopSignals::Wait() {
  unsigned char signal = 0;
  while (read(signal_pipe[0], &signal, 1) != 1) {
  }
  SetHandlers(SIG_DFL);
  return signal;
}

}  // namespace clientele::rpc
