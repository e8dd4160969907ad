#include "services/cli/client/ingest_stream.h"

#include <grpcpp/support/sync_stream.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {
namespace {

using ingestion::v1::IngestionService;
using ingestion::v1::IngestRecordsRequest;
using ingestion::v1::IngestRecordsResponse;

// One stream, from its first batch to its end. A thread of its own reads the answers, for a sender that waits for the
// server to read while the server waits for it to read would wait for ever. Bounded by what is outstanding.
class Attempt {
 public:
  explicit Attempt(IngestionService::Stub& stub)
      : stream_(stub.IngestRecords(&context_)), reader_([this] { Read(); }) {}

  ~Attempt() {
    context_.TryCancel();
    reader_.join();
  }

  // False where the stream is broken.
  bool Write(const IngestRecordsRequest& request) { return stream_->Write(request); }
  void WritesDone() { stream_->WritesDone(); }

  // The next answer; none at the end of the stream, or where none came before `deadline`.
  std::optional<IngestRecordsResponse> Next(absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithDeadline(absl::Condition(this, &Attempt::HasNews), deadline);
    if (responses_.empty()) return std::nullopt;
    IngestRecordsResponse response = std::move(responses_.front());
    responses_.pop_front();
    return response;
  }

  // Once: how the stream ended. Cancels it where it has not.
  grpc::Status End() ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      absl::MutexLock lock(&mutex_);
      if (!ended_) context_.TryCancel();
      mutex_.Await(absl::Condition(&ended_));
    }
    return stream_->Finish();
  }

 private:
  bool HasNews() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return ended_ || !responses_.empty(); }

  void Read() ABSL_LOCKS_EXCLUDED(mutex_) {
    IngestRecordsResponse response;
    while (stream_->Read(&response)) {
      absl::MutexLock lock(&mutex_);
      responses_.push_back(std::move(response));
    }
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }

  grpc::ClientContext context_;
  const std::unique_ptr<grpc::ClientReaderWriter<IngestRecordsRequest, IngestRecordsResponse>> stream_;
  absl::Mutex mutex_;
  std::deque<IngestRecordsResponse> responses_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread reader_;
};

}  // namespace

class IngestStream::Impl {
 public:
  Impl(const ServiceOptions& service, std::string parent, const IngestStreamOptions& options, OnResult on_result,
       OnOutage on_outage)
      : service_(service),
        parent_(std::move(parent)),
        options_(options),
        on_result_(std::move(on_result)),
        on_outage_(std::move(on_outage)),
        last_answer_(absl::Now()) {}

  absl::Status Send(IngestBatch batch) {
    while (static_cast<int>(outstanding_.size()) >= options_.max_outstanding) CLIENTELE_RETURN_IF_ERROR(TakeAnswer());
    batch.request.set_parent(parent_);
    batch.request.set_sequence(++sequence_);
    if (outstanding_.empty()) last_answer_ = absl::Now();
    outstanding_.push_back(std::move(batch));
    if (attempt_ == nullptr) return Reconnect(absl::OkStatus());
    // A stream that broke is noticed where its answers are read.
    attempt_->Write(outstanding_.back().request);
    return absl::OkStatus();
  }

  absl::Status Finish() {
    while (!outstanding_.empty()) CLIENTELE_RETURN_IF_ERROR(TakeAnswer());
    if (attempt_ == nullptr) return absl::OkStatus();
    attempt_->WritesDone();
    const grpc::Status status = attempt_->Next(absl::Now() + service_.timeout) ? grpc::Status() : attempt_->End();
    attempt_.reset();
    return connection_->Explain(status);
  }

 private:
  absl::Status TakeAnswer() {
    const auto answer = attempt_->Next(absl::Now() + service_.timeout);
    if (!answer) return Reconnect(WhyBroken());
    if (answer->sequence() != outstanding_.front().request.sequence()) {
      return absl::InternalError(absl::StrCat("ingestion answered batch ", answer->sequence(), " where ",
                                              outstanding_.front().request.sequence(), " was due"));
    }
    last_answer_ = absl::Now();
    backoff_ = options_.first_backoff;
    on_result_(outstanding_.front(), answer->result());
    outstanding_.pop_front();
    return absl::OkStatus();
  }

  // Why no answer came: the server's error, or UNAVAILABLE where it fell silent or ended the stream early.
  absl::Status WhyBroken() {
    const absl::Status status = connection_->Explain(attempt_->End());
    if (!status.ok() && !absl::IsCancelled(status)) return status;
    return absl::UnavailableError(absl::StrCat("ingestion at ", service_.address, " stopped answering"));
  }

  // Opens a stream and sends all that is outstanding; waits before, where the last one broke with `why`.
  absl::Status Reconnect(const absl::Status& why) {
    attempt_.reset();
    if (!why.ok() && !absl::IsUnavailable(why)) return why;
    if (!connected_once_) {
      CLIENTELE_ASSIGN_OR_RETURN(connection_, Connection::Make(service_));
      stub_ = IngestionService::NewStub(connection_->channel);
    } else if (!why.ok()) {
      if (absl::Now() - last_answer_ > options_.give_up_after || !ever_answered()) return why;
      if (on_outage_ && backoff_ == options_.first_backoff) on_outage_(why);
      absl::SleepFor(backoff_);
      backoff_ = std::min(2 * backoff_, options_.max_backoff);
    }
    connected_once_ = true;
    attempt_ = std::make_unique<Attempt>(*stub_);
    for (const IngestBatch& batch : outstanding_) {
      if (!attempt_->Write(batch.request)) break;
    }
    return absl::OkStatus();
  }

  // A server that never answered is not down for a moment: whoever calls is told at once.
  bool ever_answered() const { return sequence_ > outstanding_.size(); }

  const ServiceOptions service_;
  const std::string parent_;
  const IngestStreamOptions options_;
  const OnResult on_result_;
  const OnOutage on_outage_;
  std::optional<Connection> connection_;
  std::unique_ptr<IngestionService::Stub> stub_;
  std::unique_ptr<Attempt> attempt_;
  std::deque<IngestBatch> outstanding_;
  uint64_t sequence_ = 0;
  absl::Time last_answer_;
  absl::Duration backoff_ = options_.first_backoff;
  bool connected_once_ = false;
};

IngestStream::IngestStream(const ServiceOptions& service, std::string parent, const IngestStreamOptions& options,
                           OnResult on_result, OnOutage on_outage)
    : impl_(std::make_unique<Impl>(service, std::move(parent), options, std::move(on_result), std::move(on_outage))) {}

IngestStream::~IngestStream() = default;

absl::Status IngestStream::Send(IngestBatch batch) { return impl_->Send(std::move(batch)); }
absl::Status IngestStream::Finish() { return impl_->Finish(); }

}  // namespace clientele::cli
