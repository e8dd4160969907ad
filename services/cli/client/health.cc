#include "services/cli/client/health.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "absl/synchronization/notification.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {
namespace {

// HealthCheckResponse { ServingStatus status = 1; }, SERVING = 1, on the wire.
constexpr char kServingResponse[] = "\x08\x01";

std::string Bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

absl::StatusOr<Health> CheckHealth(const ServiceOptions& options, absl::Duration timeout) {
  CLIENTELE_ASSIGN_OR_RETURN(const Connection connection, Connection::Make(options));
  grpc::GenericStub stub(connection.channel);
  grpc::ClientContext context;
  rpc::Prepare(context, timeout);
  const grpc::Slice empty("");
  const grpc::ByteBuffer request(&empty, 1);  // HealthCheckRequest {}: the server as a whole.
  grpc::ByteBuffer response;
  grpc::Status status;
  absl::Notification done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response, [&](grpc::Status result) {
    status = std::move(result);
    done.Notify();
  });
  done.WaitForNotification();
  if (!status.ok()) return connection.Explain(status);
  return Bytes(response) == kServingResponse ? Health::kServing : Health::kNotServing;
}

}  // namespace clientele::cli
