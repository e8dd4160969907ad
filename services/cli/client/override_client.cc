#include "services/cli/client/override_client.h"

#include <utility>

#include "absl/memory/memory.h"
#include "clientele/inference/v1/override_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace inference::v1;  // NOLINT: the client is made of its messages.

struct OverrideClient::Impl {
  Connection connection;
  std::unique_ptr<OverrideService::Stub> stub = OverrideService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<OverrideClient>> OverrideClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new OverrideClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

OverrideClient::OverrideClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OverrideClient::~OverrideClient() = default;

absl::StatusOr<ScoreOverride> OverrideClient::Set(const SetScoreOverrideRequest& request) {
  return impl_->connection.Call(impl_->stub, &OverrideService::Stub::SetScoreOverride, request);
}

absl::StatusOr<ScoreOverride> OverrideClient::Get(const GetScoreOverrideRequest& request) {
  return impl_->connection.Call(impl_->stub, &OverrideService::Stub::GetScoreOverride, request);
}

absl::StatusOr<ListScoreOverridesResponse> OverrideClient::List(const ListScoreOverridesRequest& request) {
  return impl_->connection.Call(impl_->stub, &OverrideService::Stub::ListScoreOverrides, request);
}

absl::StatusOr<ScoreOverride> OverrideClient::Delete(const DeleteScoreOverrideRequest& request) {
  return impl_->connection.Call(impl_->stub, &OverrideService::Stub::DeleteScoreOverride, request);
}

absl::StatusOr<ListScoreOverrideChangesResponse> OverrideClient::ListChanges(
    const ListScoreOverrideChangesRequest& request) {
  return impl_->connection.Call(impl_->stub, &OverrideService::Stub::ListScoreOverrideChanges, request);
}

}  // namespace clientele::cli
