// Requests that are parsed onto an arena of their own: one block of memory a call, used again by later calls, where
// hundreds of small allocations would be. For methods whose requests hold many small messages.
//
//   ArenaRequests<ScoreRequest, ScoreResponse> messages_;   // A member of the service.
//   FooService() { SetMessageAllocatorFor_Score(&messages_); }
#pragma once

#include <grpcpp/support/message_allocator.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/arena.h"

namespace clientele::rpc {

// Thread-safe. Must outlive the server's calls.
template <class Request, class Response>
class ArenaRequests final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override ABSL_LOCKS_EXCLUDED(mutex_) {
    std::unique_ptr<Holder> holder;
    {
      absl::MutexLock lock(&mutex_);
      if (!free_.empty()) {
        holder = std::move(free_.back());
        free_.pop_back();
      }
    }
    if (holder == nullptr) holder = std::make_unique<Holder>(*this);
    holder->Begin();
    return holder.release();
  }

 private:
  static constexpr size_t kBlockBytes = 8192;  // A request of 64 features; larger ones add blocks, which go again.
  static constexpr size_t kMostFree = 256;

  class Holder final : public grpc::MessageHolder<Request, Response> {
   public:
    explicit Holder(ArenaRequests& owner) : owner_(owner), block_(kBlockBytes), arena_(block_.data(), block_.size()) {}

    void Begin() {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(&response_);
    }
    void Release() override {
      arena_.Reset();
      response_.Clear();
      owner_.Keep(std::unique_ptr<Holder>(this));
    }

   private:
    ArenaRequests& owner_;
    std::vector<char> block_;
    google::protobuf::Arena arena_;
    Response response_;
  };

  void Keep(std::unique_ptr<Holder> holder) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (free_.size() < kMostFree) free_.push_back(std::move(holder));
  }

  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Holder>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace clientele::rpc
