#include "services/training/worker/event_writer.h"

#include "services/training/jobs/worker_wire.h"

namespace clientele::training {

void EventWriter::Tell(const v1::Progress& progress) {
  const absl::Time now = clock_.Now();
  if (progress.stage() == stage_ && now - last_ < kMinInterval) return;
  stage_ = progress.stage();
  last_ = now;
  v1::WorkerEvent event;
  *event.mutable_progress() = progress;
  WriteAll(fd_, Delimited(event)).IgnoreError();
}

absl::Status EventWriter::Finish(const v1::WorkerResult& result) {
  v1::WorkerEvent event;
  *event.mutable_result() = result;
  return WriteAll(fd_, Delimited(event));
}

}  // namespace clientele::training
