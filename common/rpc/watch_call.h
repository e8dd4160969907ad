// The caller's side of a stream that tells changes for ever: read until the reader has enough or somebody stops it.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"

namespace clientele::rpc {

// Thread-safe; one Read at a time.
class WatchCall {
 public:
  // Calls with every message of the stream that `open` begins, in order, until `visit` says false, Stop was called or
  // the connection breaks: OK, CANCELLED, or its error. A watch has no end of its own; it ends now and then, with OK,
  // so that no half-dead connection is waited on for ever.
  template <typename Message>
  absl::Status Read(const std::function<std::unique_ptr<grpc::ClientReader<Message>>(grpc::ClientContext&)>& open,
                    absl::FunctionRef<bool(const Message&)> visit) ABSL_LOCKS_EXCLUDED(mutex_) {
    grpc::ClientContext context;
    Prepare(context, kLongest);
    {
      absl::MutexLock lock(&mutex_);
      if (stopped_) return absl::CancelledError("stopped");
      reading_ = &context;
    }
    const std::unique_ptr<grpc::ClientReader<Message>> reader = open(context);
    Message message;
    bool wants_more = true;
    while (wants_more && reader->Read(&message)) wants_more = visit(message);
    if (!wants_more) context.TryCancel();
    const absl::Status status = FromGrpc(reader->Finish());
    absl::MutexLock lock(&mutex_);
    reading_ = nullptr;
    return absl::IsDeadlineExceeded(status) ? absl::OkStatus() : status;
  }

  // Ends the Read that is under way, and lets none begin.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    if (reading_ != nullptr) reading_->TryCancel();
  }

 private:
  static constexpr absl::Duration kLongest = absl::Minutes(10);

  absl::Mutex mutex_;
  grpc::ClientContext* reading_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace clientele::rpc
