// The caller's side of a stream that tells changes for ever: read until the reader has enough or somebody stops it.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <functional>

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
  template <typename Message>
  using Open = std::function<void(grpc::ClientContext& context, grpc::ClientReadReactor<Message>* reader)>;

  // Calls with every message of the stream that `open` begins, in order, until `visit` says false, Stop was called or
  // the connection breaks: OK, CANCELLED, or its error. A watch has no end of its own; it ends now and then, with OK,
  // so that no half-dead connection is waited on for ever. Waits outside of gRPC, where every thread that waits for one
  // connection is woken for the others too.
  template <typename Message>
  absl::Status Read(const Open<Message>& open, absl::FunctionRef<bool(const Message&)> visit)
      ABSL_LOCKS_EXCLUDED(mutex_) {
    grpc::ClientContext context;
    Prepare(context, kLongest);
    {
      absl::MutexLock lock(&mutex_);
      if (stopped_) return absl::CancelledError("stopped");
      reading_ = &context;
    }
    Reader<Message> reader;
    open(context, &reader);
    reader.Start();
    bool wants_more = true;
    while (wants_more && reader.Next()) wants_more = visit(reader.message());
    if (!wants_more) context.TryCancel();
    const absl::Status status = FromGrpc(reader.Finish());
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

  // Reads a message when it is asked for the next.
  template <typename Message>
  class Reader final : public grpc::ClientReadReactor<Message> {
   public:
    void Start() {
      this->AddHold();  // Reads begin outside of what gRPC calls back.
      this->StartCall();
    }
    bool Next() {
      {
        absl::MutexLock lock(&mutex_);
        state_ = State::kReading;
      }
      this->StartRead(&message_);
      return Await(State::kRead, State::kEnded) == State::kRead;
    }
    const Message& message() const { return message_; }
    grpc::Status Finish() {
      this->RemoveHold();
      Await(State::kDone, State::kDone);
      return status_;
    }

   private:
    enum class State { kReading, kRead, kEnded, kDone };

    void OnReadDone(bool ok) override {
      absl::MutexLock lock(&mutex_);
      state_ = ok ? State::kRead : State::kEnded;
    }
    void OnDone(const grpc::Status& status) override {
      absl::MutexLock lock(&mutex_);
      status_ = status;
      state_ = State::kDone;
    }
    State Await(State one, State other) {
      absl::MutexLock lock(&mutex_);
      const auto is_there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return state_ == one || state_ == other; };
      mutex_.Await(absl::Condition(&is_there));
      return state_;
    }

    Message message_;
    grpc::Status status_;
    absl::Mutex mutex_;
    State state_ ABSL_GUARDED_BY(mutex_) = State::kReading;
  };

  absl::Mutex mutex_;
  grpc::ClientContext* reading_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace clientele::rpc
