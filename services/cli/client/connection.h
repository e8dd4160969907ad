// A channel to one service, and calls over it whose errors say what to do. For the clients alone.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe.
struct Connection {
  ServiceOptions options;
  std::shared_ptr<grpc::Channel> channel;

  // INVALID_ARGUMENT names the option that is wrong. Connects with the first call.
  static absl::StatusOr<Connection> Make(const ServiceOptions& options);

  // The status for people: who does not answer, where, and what to do about it. Code and payloads stay.
  absl::Status Explain(const grpc::Status& status) const;

  // One call.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Call(const std::unique_ptr<Stub>& stub,
                                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                const Request& request) const {
    grpc::ClientContext context;
    rpc::Prepare(context, options.timeout);
    Response response;
    const grpc::Status status = (stub.get()->*method)(&context, request, &response);
    if (!status.ok()) return Explain(status);
    return response;
  }
};

}  // namespace clientele::cli
