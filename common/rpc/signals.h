// SIGTERM and SIGINT as something to wait for.
#pragma once

#include "absl/status/status.h"

namespace clientele::rpc {

// While it lives, SIGTERM and SIGINT do not end the process: Wait returns instead. The first one puts the defaults back, so
// that a second ends the process at once. One at a time in a process.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();

  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // UNAVAILABLE where the system has no pipe to give.
  const absl::Status& status() const { return status_; }
  // Returns the signal's number.
  int Wait();

 private:
  absl::Status status_;
};

}  // namespace clientele::rpc
