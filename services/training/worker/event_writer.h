// The worker's side of the conversation: events to its service, progress at most ten times a second.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clientele/training/v1/worker.pb.h"
#include "common/base/clock.h"

namespace clientele::training {

// Thread-compatible.
class EventWriter {
 public:
  static constexpr absl::Duration kMinInterval = absl::Milliseconds(100);

  EventWriter(int fd, const Clock& clock) : fd_(fd), clock_(clock) {}

  // Writes the first of a stage, and of the others those that come late enough; the rest is dropped. A service that
  // does not listen is no reason to stop: it ends the worker itself.
  void Tell(const v1::Progress& progress);

  // The last event. UNAVAILABLE where nobody listens.
  absl::Status Finish(const v1::WorkerResult& result);

 private:
  const int fd_;
  const Clock& clock_;
  v1::Progress::Stage stage_ = v1::Progress::STAGE_UNSPECIFIED;
  absl::Time last_ = absl::InfinitePast();
};

}  // namespace clientele::training
