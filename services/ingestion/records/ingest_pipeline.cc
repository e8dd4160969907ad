#include "services/ingestion/records/ingest_pipeline.h"

#include <utility>

#include "common/base/status_macros.h"

namespace clientele::ingestion {

IngestPipeline::IngestPipeline(Ingester& ingester, TenantId tenant, Answer answer, std::function<void()> on_failure)
    : ingester_(ingester),
      tenant_(std::move(tenant)),
      answer_(std::move(answer)),
      on_failure_(std::move(on_failure)),
      thread_([this] { Work(); }) {}

IngestPipeline::~IngestPipeline() { Finish().IgnoreError(); }

absl::Status IngestPipeline::Push(uint64_t sequence, absl::Span<const absl::string_view> records) {
  CLIENTELE_ASSIGN_OR_RETURN(PreparedBatch batch, ingester_.Prepare(tenant_, records));
  batch.sequence = sequence;
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](IngestPipeline* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
        return self->waiting_.size() < kMaxWaiting || !self->status_.ok();
      },
      this));
  if (!status_.ok()) return status_;
  waiting_.push_back(std::move(batch));
  return absl::OkStatus();
}

absl::Status IngestPipeline::Finish() {
  {
    absl::MutexLock lock(&mutex_);
    finished_ = true;
  }
  if (thread_.joinable()) thread_.join();
  absl::MutexLock lock(&mutex_);
  return status_;
}

std::vector<PreparedBatch> IngestPipeline::Take() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](IngestPipeline* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) {
        return !self->waiting_.empty() || self->finished_;
      },
      this));
  std::vector<PreparedBatch> batches;
  size_t records = 0;
  while (!waiting_.empty() && (batches.empty() || records + waiting_.front().size <= kMaxRecordsPerWrite)) {
    records += waiting_.front().size;
    batches.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batches;
}

absl::Status IngestPipeline::WriteAndAnswer(std::vector<PreparedBatch> batches) {
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<v1::BatchResult> results, ingester_.Store(tenant_, absl::MakeSpan(batches)));
  for (size_t i = 0; i < batches.size(); ++i) {
    if (!answer_(batches[i].sequence, std::move(results[i]))) return absl::CancelledError("the sender has gone");
  }
  return absl::OkStatus();
}

void IngestPipeline::Work() {
  while (true) {
    std::vector<PreparedBatch> batches = Take();
    if (batches.empty()) return;
    absl::Status status = WriteAndAnswer(std::move(batches));
    if (status.ok()) continue;
    {
      absl::MutexLock lock(&mutex_);
      status_ = std::move(status);
      waiting_.clear();  // Releases what they hold.
    }
    return on_failure_();
  }
}

}  // namespace clientele::ingestion
