// Ends this process unless what it lives through is done in time: MPI waits for ever for a rank that it cannot reach.
#pragma once

#include <signal.h>
#include <unistd.h>

namespace clientele::training {

// One at a time in a process, for it has but one alarm.
class MeetingTimeout {
 public:
  explicit MeetingTimeout(unsigned seconds) {
    signal(SIGALRM, [](int) {
      constexpr char kMessage[] = "clientele-trainer-mpi: the ranks did not find one another in time\n";
      [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
      _exit(1);
    });
    alarm(seconds);
  }
  ~MeetingTimeout() { alarm(0); }
  MeetingTimeout(const MeetingTimeout&) = delete;
  MeetingTimeout& operator=(const MeetingTimeout&) = delete;
};

}  // namespace clientele::training
