// echo_server callback|one|queue: a gRPC server that only echoes, by gRPC's callback API as it comes, on one polling
// thread, or by a completion queue and one thread. Prints where it serves; ends when it is killed.
#include <grpcpp/grpcpp.h>

#include <iostream>
#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "common/rpc/polling_threads.h"
#include "echo.grpc.pb.h"

namespace clientele::benchmark {
namespace {

void Answer(const EchoRequest& request, EchoResponse& response) {
  response.mutable_payload()->assign(static_cast<size_t>(request.response_bytes()), 'x');
}

class CallbackEcho final : public EchoService::CallbackService {
 public:
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const EchoRequest* request,
                                 EchoResponse* response) override {
    Answer(*request, *response);
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerBidiReactor<EchoRequest, EchoResponse>* EchoStream(grpc::CallbackServerContext*) override {
    class Reactor final : public grpc::ServerBidiReactor<EchoRequest, EchoResponse> {
     public:
      Reactor() { StartRead(&request_); }
      void OnReadDone(bool ok) override {
        if (!ok) return Finish(grpc::Status::OK);
        Answer(request_, response_);
        StartWrite(&response_);
      }
      void OnWriteDone(bool ok) override {
        if (!ok) return Finish(grpc::Status::CANCELLED);
        StartRead(&request_);
      }
      void OnDone() override { delete this; }

     private:
      EchoRequest request_;
      EchoResponse response_;
    };
    return new Reactor();
  }
};

// One unary call of the completion queue's server: waiting, then answering.
class QueuedCall {
 public:
  QueuedCall(EchoService::AsyncService& service, grpc::ServerCompletionQueue& queue)
      : service_(service), queue_(queue), writer_(&context_) {
    service_.RequestEcho(&context_, &request_, &writer_, &queue_, &queue_, this);
  }

  void Proceed(bool ok) {
    if (answered_ || !ok) {
      delete this;
      return;
    }
    new QueuedCall(service_, queue_);
    EchoResponse response;
    Answer(request_, response);
    answered_ = true;
    writer_.Finish(response, grpc::Status::OK, this);
  }

 private:
  EchoService::AsyncService& service_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  EchoRequest request_;
  grpc::ServerAsyncResponseWriter<EchoResponse> writer_;
  bool answered_ = false;
};

void SetUp(grpc::ServerBuilder& builder, int* port) {
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), port);
  builder.SetMaxReceiveMessageSize(64 << 20);
}

void Announce(const std::string& way, int port) {
  std::cout << "echo_server: serving on 127.0.0.1:" << port << " by " << way << std::endl;
}

void ServeByCallback(int polling_threads) {
  CallbackEcho service;
  grpc::ServerBuilder builder;
  int port = 0;
  SetUp(builder, &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const rpc::PollingThreads threads(polling_threads);
  Announce("callback", port);
  server->Wait();
}

void ServeByQueue() {
  constexpr int kWaiting = 128;
  EchoService::AsyncService service;
  grpc::ServerBuilder builder;
  int port = 0;
  SetUp(builder, &port);
  builder.RegisterService(&service);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  Announce("queue", port);
  for (int i = 0; i < kWaiting; ++i) new QueuedCall(service, *queue);
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<QueuedCall*>(tag)->Proceed(ok);
}

}  // namespace
}  // namespace clientele::benchmark

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // As our servers do.
  const std::string way = argc == 2 ? argv[1] : "";
  if (way == "callback")
    clientele::benchmark::ServeByCallback(/*polling_threads=*/0);
  else if (way == "one")
    clientele::benchmark::ServeByCallback(/*polling_threads=*/1);
  else if (way == "queue")
    clientele::benchmark::ServeByQueue();
  else
    std::cerr << "usage: echo_server callback|one|queue\n";
  return 1;
}
