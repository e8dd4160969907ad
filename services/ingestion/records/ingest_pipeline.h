// One stream of batches: the caller's thread prepares the next while a thread of the pipeline writes what is ready, all
// of it in one durable write, and answers in order.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "common/base/ids.h"
#include "services/ingestion/records/ingester.h"

namespace clientele::ingestion {

// For one thread, and one tenant.
class IngestPipeline {
 public:
  // Batches that wait to be written; then Push waits.
  static constexpr size_t kMaxWaiting = 8;
  // Records that go into one write, unless a single batch has more.
  static constexpr size_t kMaxRecordsPerWrite = 8'000;

  // Sends the result of the batch with this sequence; false where the sender has gone. Called on the pipeline's thread.
  using Answer = std::function<bool(uint64_t sequence, v1::BatchResult result)>;

  // `on_failure` is called there once the writing has stopped for an error: nothing more is answered then, and a sender
  // may be waiting for an answer before it sends more.
  IngestPipeline(Ingester& ingester, TenantId tenant, Answer answer, std::function<void()> on_failure);
  ~IngestPipeline();  // Finish().
  IngestPipeline(const IngestPipeline&) = delete;
  IngestPipeline& operator=(const IngestPipeline&) = delete;

  // Prepares and queues a batch. The error that stopped the writing, where one did.
  absl::Status Push(uint64_t sequence, absl::Span<const absl::string_view> records) ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until everything is written and answered. Idempotent.
  absl::Status Finish() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Work() ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes what goes into the next write; nothing at the end.
  std::vector<PreparedBatch> Take() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status WriteAndAnswer(std::vector<PreparedBatch> batches);

  Ingester& ingester_;
  const TenantId tenant_;
  const Answer answer_;
  const std::function<void()> on_failure_;
  absl::Mutex mutex_;
  std::deque<PreparedBatch> waiting_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);  // Why the writing stopped.
  std::thread thread_;
};

}  // namespace clientele::ingestion
