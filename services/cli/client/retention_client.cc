#include "services/cli/client/retention_client.h"

#include "absl/memory/memory.h"
#include "clientele/ingestion/v1/retention_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace ingestion::v1;  // NOLINT: the client is made of its messages.

struct RetentionClient::Impl {
  Connection connection;
  std::unique_ptr<RetentionService::Stub> stub = RetentionService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<RetentionClient>> RetentionClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new RetentionClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

RetentionClient::RetentionClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RetentionClient::~RetentionClient() = default;

absl::StatusOr<RetentionPolicy> RetentionClient::GetPolicy(const GetRetentionPolicyRequest& request) {
  return impl_->connection.Call(impl_->stub, &RetentionService::Stub::GetRetentionPolicy, request);
}

absl::StatusOr<RetentionPolicy> RetentionClient::UpdatePolicy(const UpdateRetentionPolicyRequest& request) {
  return impl_->connection.Call(impl_->stub, &RetentionService::Stub::UpdateRetentionPolicy, request);
}

absl::StatusOr<PreviewRetentionResponse> RetentionClient::Preview(const PreviewRetentionRequest& request) {
  return impl_->connection.Call(impl_->stub, &RetentionService::Stub::PreviewRetention, request);
}

absl::StatusOr<ListRetentionRunsResponse> RetentionClient::ListRuns(const ListRetentionRunsRequest& request) {
  return impl_->connection.Call(impl_->stub, &RetentionService::Stub::ListRetentionRuns, request);
}

}  // namespace clientele::cli
