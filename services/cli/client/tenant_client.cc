#include "services/cli/client/tenant_client.h"

#include "absl/memory/memory.h"
#include "clientele/admin/v1/tenant_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace admin::v1;  // NOLINT: the client is made of its messages.

struct TenantClient::Impl {
  Connection connection;
  std::unique_ptr<TenantService::Stub> stub = TenantService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<TenantClient>> TenantClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new TenantClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

TenantClient::TenantClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TenantClient::~TenantClient() = default;

absl::StatusOr<Tenant> TenantClient::CreateTenant(const CreateTenantRequest& request) {
  return impl_->connection.Call(impl_->stub, &TenantService::Stub::CreateTenant, request);
}

absl::StatusOr<Tenant> TenantClient::GetTenant(const GetTenantRequest& request) {
  return impl_->connection.Call(impl_->stub, &TenantService::Stub::GetTenant, request);
}

absl::StatusOr<ListTenantsResponse> TenantClient::ListTenants() {
  return impl_->connection.Call(impl_->stub, &TenantService::Stub::ListTenants, ListTenantsRequest());
}

absl::StatusOr<Tenant> TenantClient::UpdateTenant(const UpdateTenantRequest& request) {
  return impl_->connection.Call(impl_->stub, &TenantService::Stub::UpdateTenant, request);
}

}  // namespace clientele::cli
