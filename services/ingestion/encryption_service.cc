#include "services/ingestion/encryption_service.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/privacy/master_keys.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"
#include "services/ingestion/privacy/encryption_census.h"
#include "services/ingestion/privacy/record_sealing.h"

namespace clientele::ingestion {
namespace {

constexpr absl::string_view kOfAll = "tenants/-/encryption";

// None: of all tenants. Only a credential of every tenant reaches that.
absl::StatusOr<std::optional<TenantId>> ParseName(absl::string_view name) {
  if (name == kOfAll) return std::nullopt;
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseSingletonName("name", name, "encryption"));
  return std::make_optional(std::move(tenant));
}

absl::Status ShuttingDown() {
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kShuttingDown,
               "the server is shutting down; what is sealed stays so, and another call goes on");
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

absl::Status EncryptionService::RotateMaster() {
  if (master_.file().empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotConfigured,
                 "the master keys are those of an environment variable, which is read at start: put the new one before "
                 "the others in it, and start the server again");
  }
  CLIENTELE_ASSIGN_OR_RETURN(privacy::MasterKeys master, master_.Read());
  return keys_.RotateMaster(std::move(master));
}

absl::Status EncryptionService::Rotate(admin::v1::KeyLevel level, const std::optional<TenantId>& tenant) {
  if (level == admin::v1::KEY_LEVEL_MASTER) {
    if (tenant) return InvalidField("name", "must be tenants/-/encryption: the master key is every tenant's");
    return RotateMaster();
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

grpc::ServerWriteReactor<admin::v1::SealRecordsResponse>* EncryptionService::SealRecords(
    grpc::CallbackServerContext* context, const admin::v1::SealRecordsRequest* request) {
  return rpc::ServerStream<admin::v1::SealRecordsResponse>(
      context, streams_,
      [this, request](const rpc::Call& call,
                      rpc::StreamWriter<admin::v1::SealRecordsResponse>& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseSingletonName("name", request->name(), "encryption"));
        admin::v1::SealRecordsResponse told;
        const auto write = [&] {
          return writer.Write(admin::v1::SealRecordsResponse(told)) ? absl::OkStatus()
                                                                    : absl::CancelledError("the receiver has gone");
        };
        CLIENTELE_RETURN_IF_ERROR(SealStoredRecords(records_, keys_, tenant, call.stop, [&](const SealedSoFar& sealed) {
          told.set_sealed_count(sealed.records);
          told.set_sealed_rejected_count(sealed.rejected);
          if (!call.drain.Check().ok()) return ShuttingDown();
          const int percent = sealed.shards * 100 / kShardCount;
          if (percent == told.percent()) return absl::OkStatus();
          told.set_percent(percent);
          return write();
        }));
        call.audit_note.Add("sealed_records", absl::StrCat(told.sealed_count()));
        told.set_is_done(true);
        return write();
      });
}

}  // namespace clientele::ingestion
