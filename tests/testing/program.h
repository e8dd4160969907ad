// A real program, run as a process of its own, as a user would.
//
//   ASSERT_OK_AND_ASSIGN(auto server, testutil::Program::Start(testutil::ProgramPath("clientele-ingestion"),
//                                                              {"--server-address=127.0.0.1:0", "--data-dir", dir.path()}));
//   ASSERT_OK_AND_ASSIGN(const std::string address, server->WaitUntilServing());
//   server->Kill(SIGTERM);
//   EXPECT_EQ(server->Wait(), 0);
#pragma once

#include <sys/types.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace clientele::testutil {

// Thread-safe but for Wait. Killed (SIGKILL) and reaped where it is still there in the end.
class Program {
 public:
  // Starts `path` with `args`, in `working_dir` ("": this one), standard input empty. `environment`: KEY=VALUE, added to ours.
  static absl::StatusOr<std::unique_ptr<Program>> Start(const std::string& path, std::vector<std::string> args,
                                                        const std::string& working_dir = "",
                                                        const std::vector<std::string>& environment = {});
  ~Program();

  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Waits for its line "...: serving on HOST:PORT, metrics on HOST:PORT" and returns the first HOST:PORT. An error with its
  // output where it ends before, or the time is up.
  absl::StatusOr<std::string> WaitUntilServing(absl::Duration timeout = absl::Seconds(60));
  // The HOST:PORT of its metrics; after WaitUntilServing.
  std::string metrics_address() const;
  // Waits until its output holds `text`; false where it ends before, or the time is up.
  bool WaitForOutput(absl::string_view text, absl::Duration timeout = absl::Seconds(60)) const;

  void Kill(int signal = SIGKILL) const;
  // Waits for its end: the exit code, or 128 + the signal that ended it.
  int Wait();
  pid_t pid() const { return pid_; }

  std::string standard_output() const;
  std::string standard_error() const;

 private:
  Program(pid_t pid, int out, int err);
  void Drain(int fd, std::string* into);

  const pid_t pid_;
  bool reaped_ = false;
  int exit_code_ = -1;
  mutable absl::Mutex mutex_;
  std::string out_ ABSL_GUARDED_BY(mutex_);
  std::string err_ ABSL_GUARDED_BY(mutex_);
  int open_ ABSL_GUARDED_BY(mutex_) = 2;  // Pipes that may still bring something.
  std::thread out_reader_, err_reader_;
};

// Runs a program to its end.
struct Finished {
  int exit_code = -1;
  std::string standard_output;
  std::string standard_error;
};
absl::StatusOr<Finished> RunProgram(const std::string& path, std::vector<std::string> args, const std::string& working_dir = "",
                                    const std::vector<std::string>& environment = {});

}  // namespace clientele::testutil
