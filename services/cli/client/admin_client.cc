#include "services/cli/client/admin_client.h"

#include "absl/memory/memory.h"
#include "clientele/admin/v1/admin_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace admin::v1;  // NOLINT: the client is made of its messages.

struct AdminClient::Impl {
  Connection connection;
  std::unique_ptr<AdminService::Stub> stub = AdminService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<AdminClient>> AdminClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new AdminClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

AdminClient::AdminClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AdminClient::~AdminClient() = default;

absl::StatusOr<CreateApiKeyResponse> AdminClient::CreateApiKey(const CreateApiKeyRequest& request) {
  return impl_->connection.Call(impl_->stub, &AdminService::Stub::CreateApiKey, request);
}

absl::StatusOr<ListApiKeysResponse> AdminClient::ListApiKeys(const ListApiKeysRequest& request) {
  return impl_->connection.Call(impl_->stub, &AdminService::Stub::ListApiKeys, request);
}

absl::StatusOr<ApiKey> AdminClient::RevokeApiKey(const RevokeApiKeyRequest& request) {
  return impl_->connection.Call(impl_->stub, &AdminService::Stub::RevokeApiKey, request);
}

absl::StatusOr<TenantQuota> AdminClient::GetTenantQuota(const GetTenantQuotaRequest& request) {
  return impl_->connection.Call(impl_->stub, &AdminService::Stub::GetTenantQuota, request);
}

absl::StatusOr<TenantQuota> AdminClient::UpdateTenantQuota(const UpdateTenantQuotaRequest& request) {
  return impl_->connection.Call(impl_->stub, &AdminService::Stub::UpdateTenantQuota, request);
}

absl::StatusOr<ListTenantQuotasResponse> AdminClient::ListTenantQuotas() {
  return impl_->connection.Call(impl_->stub, &AdminService::Stub::ListTenantQuotas, ListTenantQuotasRequest());
}

absl::StatusOr<TenantUsage> AdminClient::GetTenantUsage(const GetTenantUsageRequest& request) {
  return impl_->connection.Call(impl_->stub, &AdminService::Stub::GetTenantUsage, request);
}

absl::StatusOr<ListTenantUsagesResponse> AdminClient::ListTenantUsages() {
  return impl_->connection.Call(impl_->stub, &AdminService::Stub::ListTenantUsages, ListTenantUsagesRequest());
}

}  // namespace clientele::cli
