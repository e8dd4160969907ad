#include "services/ingestion/encryption_service.h"

#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/privacy/master_keys.h"
#include "common/rpc/unary.h"
#include "services/ingestion/privacy/encryption_census.h"

namespace clientele::ingestion {
namespace {

constexpr absl::string_view kOfAll = "tenants/-/encryption";

// None: of all tenants. Only a credential of every tenant reaches that.
absl::StatusOr<std::optional<TenantId>> ParseName(absl::string_view name) {
  if (name == kOfAll) return std::nullopt;
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseSingletonName("name", name, "encryption"));
  return std::make_optional(std::move(tenant));
}

}  // namespace

grpc::ServerUnaryReactor* EncryptionService::GetEncryption(grpc::CallbackServerContext* context,
                                                           const admin::v1::GetEncryptionRequest* request,
                                                           admin::v1::Encryption* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const std::optional<TenantId> tenant, ParseName(request->name()));
    if (request->count_records() && !tenant) return InvalidField("count_records", "is for one tenant alone");
    CLIENTELE_ASSIGN_OR_RETURN(*response, CountKeys(keys_, tenant, call.stop));
    response->set_name(request->name());
    if (!request->count_records()) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(*response->mutable_records(), CountSealedRecords(records_, keys_, *tenant, call.stop));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* EncryptionService::RotateKeys(grpc::CallbackServerContext* context,
                                                        const admin::v1::RotateKeysRequest* request,
                                                        admin::v1::Encryption* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const std::optional<TenantId> tenant, ParseName(request->name()));
    CLIENTELE_RETURN_IF_ERROR(Rotate(request->level(), tenant));
    CLIENTELE_ASSIGN_OR_RETURN(*response, CountKeys(keys_, tenant, call.stop));
    response->set_name(request->name());
    return absl::OkStatus();
  });
}

absl::Status EncryptionService::Rotate(admin::v1::KeyLevel level, const std::optional<TenantId>& tenant) {
  if (level == admin::v1::KEY_LEVEL_MASTER) {
    if (tenant) return InvalidField("name", "must be tenants/-/encryption: the master key is every tenant's");
    CLIENTELE_ASSIGN_OR_RETURN(privacy::MasterKeys master, privacy::MasterKeys::Read(master_key_file_));
    return keys_.RotateMaster(std::move(master));
  }
  if (level != admin::v1::KEY_LEVEL_TENANT && level != admin::v1::KEY_LEVEL_CUSTOMER) {
    return InvalidField("level", "must be MASTER, TENANT or CUSTOMER");
  }
  std::vector<TenantId> tenants;
  if (tenant) {
    tenants.push_back(*tenant);
  } else {
    CLIENTELE_ASSIGN_OR_RETURN(tenants, keys_.store().ListTenants());
  }
  for (const TenantId& one : tenants) {
    CLIENTELE_RETURN_IF_ERROR(level == admin::v1::KEY_LEVEL_TENANT ? keys_.RotateTenant(one)
                                                                   : keys_.RotateCustomers(one));
  }
  if (level == admin::v1::KEY_LEVEL_TENANT) rotation_.Begin();
  return absl::OkStatus();
}

}  // namespace clientele::ingestion
