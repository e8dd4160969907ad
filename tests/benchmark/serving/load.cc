#include "tests/benchmark/serving/load.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <deque>
#include <optional>
#include <utility>

#include "absl/time/clock.h"

namespace clientele::benchmark {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);

// One place for a call: used again and again.
struct Slot {
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer response;
  grpc::Status status;
  absl::Time due;
};

class UnaryLoad {
 public:
  UnaryLoad(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
            const std::vector<grpc::ByteBuffer>& requests, const LoadOptions& options)
      : stub_(channel), method_(method), requests_(requests), options_(options), slots_(options.outstanding) {
    for (Slot& slot : slots_) free_.push_back(&slot);
  }

  LoadResult Run() {
    const absl::Time start = absl::Now();
    const absl::Time end = start + options_.duration;
    const bool open_loop = options_.calls_per_second > 0;
    const absl::Duration step = open_loop ? absl::Seconds(1 / options_.calls_per_second) : absl::ZeroDuration();
    absl::Time due = start;
    while (true) {
      const absl::Time now = absl::Now();
      for (; due < end && (open_loop ? due <= now : now < end) && !free_.empty(); due += step)
        Begin(open_loop ? due : now);
      if (now >= end && free_.size() == slots_.size()) break;
      Await(open_loop && now < end && !free_.empty() ? due : absl::InfiniteFuture());
    }
    result_.seconds = absl::ToDoubleSeconds(absl::Now() - start);
    return std::move(result_);
  }

 private:
  void Begin(absl::Time due) {
    Slot& slot = *free_.back();
    free_.pop_back();
    slot.context.emplace();
    slot.context->set_deadline(absl::ToChronoTime(absl::Now() + kCallTimeout));
    slot.due = due;
    slot.reader = stub_.PrepareUnaryCall(&*slot.context, method_, requests_[next_++ % requests_.size()], &queue_);
    slot.reader->StartCall();
    slot.reader->Finish(&slot.response, &slot.status, &slot);
  }

  // Until a call has ended, or the time has come.
  void Await(absl::Time until) {
    void* tag = nullptr;
    bool ok = false;
    const auto deadline =
        until == absl::InfiniteFuture() ? std::chrono::system_clock::time_point::max() : absl::ToChronoTime(until);
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) return;
    Slot& slot = *static_cast<Slot*>(tag);
    const absl::Duration latency = absl::Now() - slot.due;
    ++result_.by_status[slot.status.error_code()];
    (slot.status.ok() ? result_.latency : result_.refused).Add(latency);
    free_.push_back(&slot);
  }

  grpc::GenericStub stub_;
  const std::string& method_;
  const std::vector<grpc::ByteBuffer>& requests_;
  const LoadOptions& options_;
  grpc::CompletionQueue queue_;
  std::vector<Slot> slots_;
  std::vector<Slot*> free_;
  size_t next_ = 0;
  LoadResult result_;
};

}  // namespace

grpc::ByteBuffer Serialized(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(64 << 20);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
  channel->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  return channel;
}

LoadResult CallRepeatedly(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                          const std::vector<grpc::ByteBuffer>& requests, const LoadOptions& options) {
  return UnaryLoad(channel, method, requests, options).Run();
}

LoadResult StreamRepeatedly(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                            const std::vector<grpc::ByteBuffer>& requests, int window, absl::Duration duration) {
  enum Tag : intptr_t { kStart = 1, kRead, kWrite, kDone, kFinish };
  const auto tag_of = [](Tag tag) { return reinterpret_cast<void*>(tag); };
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto stream = stub.PrepareCall(&context, method, &queue);
  LoadResult result;
  grpc::ByteBuffer response;
  grpc::Status status;
  std::deque<absl::Time> written;
  size_t next = 0;
  bool writing = false, done = false;
  const absl::Time start = absl::Now();
  const auto write = [&] {
    if (writing || done) return;
    if (absl::Now() - start >= duration) {
      done = writing = true;
      return stream->WritesDone(tag_of(kDone));
    }
    if (static_cast<int>(written.size()) >= window) return;
    written.push_back(absl::Now());
    writing = true;
    stream->Write(requests[next++ % requests.size()], tag_of(kWrite));
  };
  stream->StartCall(tag_of(kStart));
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) {
    switch (static_cast<Tag>(reinterpret_cast<intptr_t>(tag))) {
      case kStart: stream->Read(&response, tag_of(kRead)); break;
      case kWrite: writing = false; break;
      case kDone: break;
      case kRead:
        if (!ok) {
          done = true;
          stream->Finish(&status, tag_of(kFinish));
          break;
        }
        result.latency.Add(absl::Now() - written.front());
        written.pop_front();
        stream->Read(&response, tag_of(kRead));
        break;
      case kFinish: queue.Shutdown(); break;
    }
    write();
  }
  ++result.by_status[status.error_code()];
  result.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  return result;
}

}  // namespace clientele::benchmark
