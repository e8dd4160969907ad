// A stream whose requests are answered one by one, in order, and that waits without a thread: an answer that is quick
// is made where gRPC brings its request, any other on a thread. While one request is answered the next is read, and no
// more: HTTP/2 flow control holds the other side back.
//
// A call that finds no place ends as an executor that is full ends it. All else is as streams.h has it.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/executor.h"
#include "common/base/overload.h"
#include "common/rpc/call.h"
#include "common/rpc/server_call.h"

namespace clientele::rpc {

// What answers the requests of one stream. Called by one thread at a time.
template <class Request, class Response>
class Answerer {
 public:
  virtual ~Answerer() = default;
  // Takes in the next request, which lives until it is answered. Whether its Answer takes well under a millisecond and
  // never blocks. What is wrong with it, Answer says.
  virtual bool Take(const Request& request) = 0;
  // To the request that was taken in last. An error ends the stream.
  virtual absl::StatusOr<Response> Answer(const Call& call) = 0;
};

// How many such streams may be open at once, and a thread for each whose answer takes one. Thread-safe.
class StreamPlaces {
 public:
  explicit StreamPlaces(int most) : most_(most), threads_(most, most) {}

  // False: all are taken.
  bool Take() {
    if (taken_.fetch_add(1) < most_) return true;
    Leave();
    return false;
  }
  void Leave() { taken_.fetch_sub(1); }
  // For who has a place, one task at a time: then there is a thread. UNAVAILABLE while the program stops.
  absl::Status Run(std::function<void()> task) { return threads_.Run(std::move(task)); }

 private:
  const int most_;
  std::atomic<int> taken_ = 0;
  Executor threads_;
};

namespace internal {

// Thread-safe, as gRPC calls it: one thread works on an answer until its write is done, another may bring the next
// request meanwhile.
template <class Request, class Response>
class AnswerStreamReactor final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  AnswerStreamReactor(grpc::CallbackServerContext* context, StreamPlaces& places,
                      std::unique_ptr<Answerer<Request, Response>> answerer)
      : call_(context, ServerCall::Kind::kStream),
        places_(places),
        has_place_(places.Take()),
        answerer_(std::move(answerer)) {}
  ~AnswerStreamReactor() override {
    if (has_place_) places_.Leave();
  }

  void Begin() {
    absl::Status status = call_.Admit();
    if (status.ok() && !has_place_) status = TooManyCalls();
    if (!status.ok()) return End(status);
    this->StartRead(&next_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      call_.CountReceived();
    } else if (call_.broken()) {
      call_.Cancel();
    }
    {
      absl::MutexLock lock(&mutex_);
      read_ = ok && call_.MayRead() ? Reading::kArrived : Reading::kEnded;
      if (std::exchange(working_, true)) return;
    }
    Work();
  }
  void OnWriteDone(bool ok) override {
    if (!ok) {  // A write fails on a broken call alone, and may do so before OnCancel says it.
      call_.Cancel();
      return End(call_.call().stop.Check());
    }
    {
      absl::MutexLock lock(&mutex_);
      working_ = read_ != Reading::kUnderWay;
      if (!working_) return;
    }
    Work();
  }
  void OnCancel() override {
    call_.Cancel();
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
  }
  void OnDone() override { delete this; }

 private:
  enum class Reading { kUnderWay, kArrived, kEnded };

  // What follows is for who works. Nothing of `this` may be touched once the call has ended or a write has begun.

  // A request has arrived, or there will be none.
  void Work() {
    if (!HasRequest()) return End(call_.call().stop.Check());
    const absl::Time not_before = call_.not_before();
    if (not_before <= absl::Now()) return AnswerHere();
    RunOnThread([this, not_before] {
      if (!HoldBack(not_before)) return End(call_.call().stop.Check());
      TakeRequest();
      Write(call_.Guard([this] {
        answerer_->Take(request_);
        return SetResponse();
      }));
    });
  }

  void AnswerHere() {
    TakeRequest();
    bool quick = true;
    const absl::Status status = call_.Guard([&] {
      quick = answerer_->Take(request_);
      return quick ? SetResponse() : absl::OkStatus();
    });
    if (quick) return Write(status);
    RunOnThread([this] { Write(call_.Guard([this] { return SetResponse(); })); });
  }

  void RunOnThread(std::function<void()> work) {
    const absl::Status status = places_.Run(std::move(work));
    if (!status.ok()) End(status);
  }

  bool HasRequest() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return read_ == Reading::kArrived && !cancelled_;
  }

  // False: the call was cancelled meanwhile.
  bool HoldBack(absl::Time until) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return !mutex_.AwaitWithDeadline(absl::Condition(&cancelled_), until);
  }

  // Begins to read the one after it.
  void TakeRequest() ABSL_LOCKS_EXCLUDED(mutex_) {
    using std::swap;
    swap(request_, next_);
    {
      absl::MutexLock lock(&mutex_);
      read_ = Reading::kUnderWay;
    }
    this->StartRead(&next_);
  }

  absl::Status SetResponse() {
    absl::StatusOr<Response> answer = answerer_->Answer(call_.call());
    if (answer.ok()) response_ = *std::move(answer);
    return answer.status();
  }

  void Write(const absl::Status& status) {
    if (!status.ok()) return End(status);
    call_.BeforeWrite();
    this->StartWrite(&response_);
  }

  void End(const absl::Status& status) { this->Finish(call_.End(status)); }

  ServerCall call_;
  StreamPlaces& places_;
  const bool has_place_;
  const std::unique_ptr<Answerer<Request, Response>> answerer_;
  Request request_;    // Of who works.
  Response response_;  // Of who works; gRPC's while it is written.
  Request next_;       // gRPC's while a read is under way, then of who works.
  absl::Mutex mutex_;
  Reading read_ ABSL_GUARDED_BY(mutex_) = Reading::kUnderWay;
  bool working_ ABSL_GUARDED_BY(mutex_) = false;  // From a request's arrival to its answer's last byte; then for ever.
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace internal

// `answerer` is the stream's own. `places` must outlive the call.
template <class Request, class Response>
grpc::ServerBidiReactor<Request, Response>* AnswerStream(grpc::CallbackServerContext* context, StreamPlaces& places,
                                                         std::unique_ptr<Answerer<Request, Response>> answerer) {
  auto* reactor = new internal::AnswerStreamReactor<Request, Response>(context, places, std::move(answerer));
  reactor->Begin();
  return reactor;
}

}  // namespace clientele::rpc
