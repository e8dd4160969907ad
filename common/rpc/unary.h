// One request, one reply.
//
//   grpc::ServerUnaryReactor* FooService::GetFoo(grpc::CallbackServerContext* context, const GetFooRequest* request,
//                                                Foo* response) {
//     return rpc::Unary(context, executor_, [this, request, response](const rpc::Call& call) -> absl::Status { ... });
//   }
//
// `request` and `response` live until the handler has returned. The wrapper turns the status into the wire's form,
// counts and times the call, writes the log line, and turns what a library throws into INTERNAL.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <functional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/base/executor.h"
#include "common/rpc/call.h"

namespace clientele::rpc {

using Handler = std::function<absl::Status(const Call&)>;
using HandlerRef = absl::FunctionRef<absl::Status(const Call&)>;  // Of one that is run at once.

// Runs `handler` on a thread of `executor`, where it may block; ends the call with the executor's status where that is
// full.
grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* context, Executor& executor, Handler handler);

// Runs `handler` at once on gRPC's thread: only for what is done in microseconds and never blocks.
grpc::ServerUnaryReactor* UnaryInline(grpc::CallbackServerContext* context, HandlerRef handler);

// For a call that waits for something without a thread: runs `begin` at once on gRPC's thread, as UnaryInline does.
// `begin`, which does not throw, sees to it that `end` is called once, then or later, on any thread: with the rest of
// the handler, whose status ends the call.
using EndCall = std::function<void(HandlerRef rest)>;
grpc::ServerUnaryReactor* UnaryLater(grpc::CallbackServerContext* context,
                                     absl::FunctionRef<void(const Call&, const EndCall& end)> begin);

}  // namespace clientele::rpc
