// The two halves of a stream: a blocking Read over gRPC's OnReadDone, a blocking Write over its OnWriteDone. Bounded: a
// handful of requests are read ahead, one response is on its way; beyond that HTTP/2 flow control holds the other side
// back.
#pragma once

#include <array>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace clientele::rpc {

// What a handler reads its requests from.
template <class Request>
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  // Waits for the next message and swaps it into `*message`, whose memory is used again. False at the end of the
  // stream, or as soon as the call is cancelled: call.stop tells which.
  virtual bool Read(Request* message) = 0;
  // From any thread: no further message is read, and a Read that waits returns false.
  virtual void Close() = 0;
};

// What a handler writes its responses to.
template <class Response>
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  // Sends `message`; waits while the one before it has not left. False once the call is cancelled: then return.
  virtual bool Write(Response message) = 0;
};

// Thread-safe: one thread reads, gRPC's threads call OnReadDone and Close.
template <class Request>
class ReadBuffer final : public StreamReader<Request> {
 public:
  // `start_read` begins a read into a message; OnReadDone must follow, and never from within it.
  // What has arrived is not given out before `not_before`.
  explicit ReadBuffer(
      std::function<void(Request*)> start_read,
      std::function<absl::Time()> not_before = [] { return absl::InfinitePast(); })
      : start_read_(std::move(start_read)), not_before_(std::move(not_before)) {}

  bool Read(Request* message) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    AwaitNext();
    if (closed_ || ready_ == 0 || !HoldBack()) return false;
    using std::swap;
    swap(*message, slots_[first_]);
    first_ = (first_ + 1) % kDepth;
    --ready_;
    StartNext();
    return true;
  }

  // Waits until a message is there, or there will be none. It stays to be read.
  void AwaitFirst() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    AwaitNext();
  }

  void OnReadDone(bool ok) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (ok) {
      ++ready_;
      StartNext();
    } else {
      ended_ = true;
    }
  }

  void Close() override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }

 private:
  static constexpr size_t kDepth = 4;

  void StartNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (reading_ || ended_ || closed_ || ready_ == kDepth) return;
    reading_ = true;
    start_read_(&slots_[(first_ + ready_) % kDepth]);
  }

  void AwaitNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    StartNext();
    mutex_.Await(absl::Condition(
        +[](ReadBuffer* self)
             ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) { return self->ready_ > 0 || self->ended_ || self->closed_; },
        this));
  }

  // False: the call was closed meanwhile.
  bool HoldBack() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const absl::Time until = not_before_();
    return until <= absl::Now() || !mutex_.AwaitWithDeadline(absl::Condition(&closed_), until);
  }

  const std::function<void(Request*)> start_read_;
  const std::function<absl::Time()> not_before_;
  absl::Mutex mutex_;
  std::array<Request, kDepth> slots_ ABSL_GUARDED_BY(mutex_);  // A ring: `ready_` messages from `first_` on.
  size_t first_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t ready_ ABSL_GUARDED_BY(mutex_) = 0;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;  // The slot after the ready ones is gRPC's.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

// Thread-safe: one thread writes, gRPC's threads call OnWriteDone and Close.
template <class Response>
class WriteBuffer final : public StreamWriter<Response> {
 public:
  // `start_write` begins to send a message; OnWriteDone must follow, and never from within it.
  explicit WriteBuffer(std::function<void(const Response*)> start_write) : start_write_(std::move(start_write)) {}

  bool Write(Response message) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](WriteBuffer* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) { return !self->writing_ || self->closed_; },
        this));
    if (closed_) return false;
    pending_ = std::move(message);
    writing_ = true;
    start_write_(&pending_);
    return true;
  }

  void OnWriteDone(bool ok) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) closed_ = true;
  }

  // Write returns false from now on.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }

  // Waits until nothing is on its way: the call may be finished.
  void Drain() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](WriteBuffer* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mutex_) { return !self->writing_; }, this));
  }

 private:
  const std::function<void(const Response*)> start_write_;
  absl::Mutex mutex_;
  Response pending_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;  // `pending_` is gRPC's.
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace clientele::rpc
