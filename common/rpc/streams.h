// Streams whose handler reads as if it were a loop: it runs on a thread of an executor and may block; gRPC's threads
// never do.
//
//   return rpc::BidiStream<Request, Response>(context, executor_,
//       [this](const rpc::Call& call, rpc::StreamReader<Request>& reader, rpc::StreamWriter<Response>& writer) {
//         Request request;
//         while (reader.Read(&request)) {
//           if (!writer.Write(Answer(request))) return absl::CancelledError();
//         }
//         return call.stop.Check();
//       });
//
// A call that the executor refuses ends with its status. A handler that returns OK although the caller has gone ends as
// CANCELLED. A message that its caller may not send ends the stream before the handler sees it; a tenant over its quota
// of rows is read from more slowly, and flow control holds it back. See unary.h for what else the wrapper does.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "common/base/executor.h"
#include "common/rpc/call.h"
#include "common/rpc/server_call.h"
#include "common/rpc/stream_buffers.h"

namespace clientele::rpc {

template <class Response>
using ServerStreamHandler = std::function<absl::Status(const Call&, StreamWriter<Response>&)>;
template <class Request>
using ClientStreamHandler = std::function<absl::Status(const Call&, StreamReader<Request>&)>;
template <class Request, class Response>
using BidiStreamHandler = std::function<absl::Status(const Call&, StreamReader<Request>&, StreamWriter<Response>&)>;

namespace internal {

// Begins `reactor`, which has Admit, flow, Run and End.
template <class Reactor>
Reactor* Launch(Executor& executor, Reactor* reactor) {
  absl::Status status = reactor->Admit();
  if (status.ok()) status = executor.Run(reactor->flow(), [reactor] { reactor->Run(); });
  if (!status.ok()) reactor->End(status);
  return reactor;
}

template <class Response>
class ServerStreamReactor final : public grpc::ServerWriteReactor<Response> {
 public:
  ServerStreamReactor(grpc::CallbackServerContext* context, ServerStreamHandler<Response> handler)
      : call_(context, ServerCall::Kind::kStream),
        handler_(std::move(handler)),
        writer_([this](const Response* message) {
          call_.BeforeWrite();
          this->StartWrite(message);
        }) {}

  absl::Status Admit() const { return call_.Admit(); }
  Flow flow() const { return call_.flow(); }
  void Run() {
    const absl::Status status = call_.Guard([this] { return handler_(call_.call(), writer_); });
    writer_.Drain();
    End(status);
  }
  void End(const absl::Status& status) { this->Finish(call_.End(status)); }  // May delete `this`.

  void OnWriteDone(bool ok) override {
    if (!ok) call_.Cancel();  // A write fails on a broken call alone, and may do so before OnCancel says it.
    writer_.OnWriteDone(ok);
  }
  void OnCancel() override {
    call_.Cancel();
    writer_.Close();
  }
  void OnDone() override { delete this; }

 private:
  ServerCall call_;
  ServerStreamHandler<Response> handler_;
  WriteBuffer<Response> writer_;
};

template <class Request>
class ClientStreamReactor final : public grpc::ServerReadReactor<Request> {
 public:
  ClientStreamReactor(grpc::CallbackServerContext* context, ClientStreamHandler<Request> handler)
      : call_(context, ServerCall::Kind::kStream),
        handler_(std::move(handler)),
        reader_([this](Request* message) { this->StartRead(message); }, [this] { return call_.not_before(); }) {}

  absl::Status Admit() const { return call_.Admit(); }
  Flow flow() const { return call_.flow(); }
  void Run() {
    if (call_.audited()) reader_.AwaitFirst();
    const absl::Status status = call_.Guard([this] { return handler_(call_.call(), reader_); });
    End(status);
  }
  void End(const absl::Status& status) {  // May delete `this`.
    reader_.Close();
    this->Finish(call_.End(status));
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      call_.CountReceived();
    } else if (call_.broken()) {
      OnCancel();
    }
    reader_.OnReadDone(ok && call_.MayRead());
  }
  void OnCancel() override {
    call_.Cancel();
    reader_.Close();
  }
  void OnDone() override { delete this; }

 private:
  ServerCall call_;
  ClientStreamHandler<Request> handler_;
  ReadBuffer<Request> reader_;
};

template <class Request, class Response>
class BidiStreamReactor final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  BidiStreamReactor(grpc::CallbackServerContext* context, BidiStreamHandler<Request, Response> handler)
      : call_(context, ServerCall::Kind::kStream),
        handler_(std::move(handler)),
        reader_([this](Request* message) { this->StartRead(message); }, [this] { return call_.not_before(); }),
        writer_([this](const Response* message) {
          call_.BeforeWrite();
          this->StartWrite(message);
        }) {}

  absl::Status Admit() const { return call_.Admit(); }
  Flow flow() const { return call_.flow(); }
  void Run() {
    if (call_.audited()) reader_.AwaitFirst();
    const absl::Status status = call_.Guard([this] { return handler_(call_.call(), reader_, writer_); });
    writer_.Drain();
    End(status);
  }
  void End(const absl::Status& status) {  // May delete `this`.
    reader_.Close();
    this->Finish(call_.End(status));
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      call_.CountReceived();
    } else if (call_.broken()) {
      OnCancel();
    }
    reader_.OnReadDone(ok && call_.MayRead());
  }
  void OnWriteDone(bool ok) override {
    if (!ok) call_.Cancel();  // A write fails on a broken call alone, and may do so before OnCancel says it.
    writer_.OnWriteDone(ok);
  }
  void OnCancel() override {
    call_.Cancel();
    writer_.Close();  // First: a handler that wakes from Read finds it closed.
    reader_.Close();
  }
  void OnDone() override { delete this; }

 private:
  ServerCall call_;
  BidiStreamHandler<Request, Response> handler_;
  ReadBuffer<Request> reader_;
  WriteBuffer<Response> writer_;
};

}  // namespace internal

// One request, many responses.
template <class Response>
grpc::ServerWriteReactor<Response>* ServerStream(grpc::CallbackServerContext* context, Executor& executor,
                                                 ServerStreamHandler<Response> handler) {
  return internal::Launch(executor, new internal::ServerStreamReactor<Response>(context, std::move(handler)));
}

// Many requests, one response, which the handler fills in before it returns OK.
template <class Request, class Response>
grpc::ServerReadReactor<Request>* ClientStream(grpc::CallbackServerContext* context, Executor& executor,
                                               Response* /*response: kept by the caller's handler*/,
                                               ClientStreamHandler<Request> handler) {
  return internal::Launch(executor, new internal::ClientStreamReactor<Request>(context, std::move(handler)));
}

// Many of both.
template <class Request, class Response>
grpc::ServerBidiReactor<Request, Response>* BidiStream(grpc::CallbackServerContext* context, Executor& executor,
                                                       BidiStreamHandler<Request, Response> handler) {
  return internal::Launch(executor, new internal::BidiStreamReactor<Request, Response>(context, std::move(handler)));
}

}  // namespace clientele::rpc
