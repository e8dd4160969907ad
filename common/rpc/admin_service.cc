#include "common/rpc/admin_service.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/auth/api_key_file.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"
#include "common/quota/quota_file.h"
#include "common/rpc/actor.h"
#include "common/rpc/caller.h"
#include "common/rpc/unary.h"

namespace clientele::rpc {
namespace {

namespace v1 = admin::v1;

constexpr absl::string_view kAnyTenant = "-";  // Stands for every tenant where one's id stands.
constexpr absl::Duration kDefaultLifetime = absl::Hours(24 * 365);

// None of "tenants/-".
absl::StatusOr<std::optional<TenantId>> ParseParent(absl::string_view name) {
  if (name == "tenants/-") return std::optional<TenantId>();
  CLIENTELE_ASSIGN_OR_RETURN(TenantId tenant, ParseTenantName("parent", name));
  return std::optional<TenantId>(std::move(tenant));
}

// The tenant's id of tenants/{tenant}/{singleton}, or "-".
absl::StatusOr<std::string> ParseId(absl::string_view field, absl::string_view name, absl::string_view singleton) {
  if (name == absl::StrCat("tenants/", kAnyTenant, "/", singleton)) return std::string(kAnyTenant);
  CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseSingletonName(field, name, singleton));
  return tenant.value();
}

std::string IdOf(const std::optional<TenantId>& tenant) {
  return tenant.has_value() ? tenant->value() : std::string(kAnyTenant);
}

v1::ApiKey KeyProto(const auth::ApiKey& key, absl::Time now) {
  v1::ApiKey proto;
  proto.set_name(absl::StrCat("tenants/", IdOf(key.principal.tenant), "/apiKeys/", key.prefix));
  proto.set_description(key.description);
  for (int value = common::v1::Role_MIN + 1; value <= common::v1::Role_MAX; ++value) {
    const auto role = static_cast<auth::Role>(value);
    if (key.principal.roles.Has(role)) proto.add_roles(role);
  }
  *proto.mutable_create_time() = ToProto(key.create_time);
  if (key.expire_time != absl::InfiniteFuture()) *proto.mutable_expire_time() = ToProto(key.expire_time);
  if (key.revoke_time != absl::InfiniteFuture()) *proto.mutable_revoke_time() = ToProto(key.revoke_time);
  proto.set_state(key.Holds(now)               ? v1::ApiKey::STATE_ACTIVE
                  : now >= key.revoke_time     ? v1::ApiKey::STATE_REVOKED
                                               : v1::ApiKey::STATE_EXPIRED);
  return proto;
}

// Those asked for, where `caller` may give them: operators of the platform any, others what they hold.
absl::StatusOr<auth::Roles> RolesToGive(const v1::ApiKey& key, const auth::Principal& caller) {
  auth::Roles roles;
  for (const int value : key.roles()) {
    const auto role = static_cast<auth::Role>(value);
    if (!common::v1::Role_IsValid(value) || role == common::v1::ROLE_UNSPECIFIED) {
      return InvalidField("api_key.roles", absl::StrCat(value, " is no role"));
    }
    if (caller.tenant.has_value() && !caller.roles.Has(common::v1::ROLE_TENANT_ADMIN) && !caller.roles.Has(role)) {
      return Error(absl::StatusCode::kPermissionDenied, ErrorReason::kPermissionDenied,
                   absl::StrCat("the caller does not hold ", common::v1::Role_Name(role), " and cannot give it"));
    }
    roles.Add(role);
  }
  if (roles.empty()) return InvalidField("api_key.roles", "a key without a role opens nothing; name one");
  return roles;
}

v1::TenantUsage UsageProto(absl::string_view tenant, const quota::Usage& usage, const quota::Standing& standing,
                           absl::Time since) {
  v1::TenantUsage proto;
  proto.set_name(absl::StrCat("tenants/", tenant, "/usage"));
  *proto.mutable_start_time() = ToProto(since);
  proto.set_call_count(usage.calls);
  proto.set_refused_count(usage.refused);
  proto.set_row_count(usage.rows);
  proto.set_cpu_seconds(absl::ToDoubleSeconds(usage.cpu));
  proto.set_received_bytes(usage.received_bytes);
  proto.set_sent_bytes(usage.sent_bytes);
  proto.set_open_stream_count(usage.open_streams);
  proto.set_job_cpu_seconds(absl::ToDoubleSeconds(usage.job_cpu));
  proto.set_stored_record_count(standing.stored_records);
  proto.set_stored_bytes(standing.stored_bytes);
  proto.set_model_count(standing.models);
  proto.set_model_version_count(standing.model_versions);
  return proto;
}

}  // namespace

absl::Status AdminService::WantKeyFile() const {
  if (!api_keys_file_.empty()) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotConfigured,
               "this server has no file of API keys: set auth.api_keys_file");
}

absl::Status AdminService::CheckTenantExists(const TenantId& tenant) const {
  if (tenants_ == nullptr) return absl::OkStatus();
  return tenants_->Get(absl::InfiniteFuture())->Get(tenant.value()).status();  // It may have been made just now.
}

grpc::ServerUnaryReactor* AdminService::CreateApiKey(grpc::CallbackServerContext* context,
                                                     const v1::CreateApiKeyRequest* request,
                                                     v1::CreateApiKeyResponse* response) {
  return Unary(context, executor_, [=, this](const Call& call) -> absl::Status {
    CLIENTELE_RETURN_IF_ERROR(WantKeyFile());
    auth::Principal holder;
    CLIENTELE_ASSIGN_OR_RETURN(holder.tenant, ParseParent(request->parent()));
    if (holder.tenant.has_value()) CLIENTELE_RETURN_IF_ERROR(CheckTenantExists(*holder.tenant));
    CLIENTELE_ASSIGN_OR_RETURN(holder.roles, RolesToGive(request->api_key(), CallerOf(*context)));
    const absl::Time now = clock_.Now();
    const absl::Duration lifetime =
        request->api_key().has_expire_time() ? FromProto(request->api_key().expire_time()) - now : kDefaultLifetime;
    if (lifetime <= absl::ZeroDuration()) return InvalidField("api_key.expire_time", "is not in the future");
    auth::NewApiKey made = auth::MakeApiKey(std::move(holder), request->api_key().description(), now, lifetime);
    CLIENTELE_RETURN_IF_ERROR(auth::AddToApiKeyFile(api_keys_file_, made.key));
    *response->mutable_api_key() = KeyProto(made.key, now);
    response->set_secret(std::move(made.secret));
    call.audit_note.Add("api_key", response->api_key().name());
    observability::Log(observability::LogLevel::kInfo, "API key created",
                       {{"key", response->api_key().name()}, {"by", ActorOf(call, context->peer())}});
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminService::ListApiKeys(grpc::CallbackServerContext* context,
                                                    const v1::ListApiKeysRequest* request,
                                                    v1::ListApiKeysResponse* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    CLIENTELE_RETURN_IF_ERROR(WantKeyFile());
    CLIENTELE_ASSIGN_OR_RETURN(const std::optional<TenantId> tenant, ParseParent(request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const auth::ApiKeys keys, auth::ReadApiKeyFile(api_keys_file_));
    const absl::Time now = clock_.Now();
    for (const auto& [prefix, key] : keys.keys()) {
      if (!tenant.has_value() || key.principal.tenant == tenant) *response->add_api_keys() = KeyProto(key, now);
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminService::RevokeApiKey(grpc::CallbackServerContext* context,
                                                     const v1::RevokeApiKeyRequest* request, v1::ApiKey* response) {
  return Unary(context, executor_, [=, this](const Call& call) -> absl::Status {
    CLIENTELE_RETURN_IF_ERROR(WantKeyFile());
    const std::vector<std::string> parts = absl::StrSplit(request->name(), '/');
    if (parts.size() != 4 || parts[2] != "apiKeys") {
      return InvalidField("name", "is not tenants/{tenant}/apiKeys/{prefix}");
    }
    CLIENTELE_ASSIGN_OR_RETURN(const std::optional<TenantId> tenant, ParseParent(absl::StrCat("tenants/", parts[1])));
    const absl::Time now = clock_.Now();
    // A key of another tenant and one that does not exist are alike.
    CLIENTELE_ASSIGN_OR_RETURN(const auth::ApiKeys keys, auth::ReadApiKeyFile(api_keys_file_));
    const auto it = keys.keys().find(parts[3]);
    if (it == keys.keys().end() || it->second.principal.tenant != tenant) {
      return Error(absl::StatusCode::kNotFound, ErrorReason::kApiKeyNotFound,
                   absl::StrCat("the tenant has no key ", parts[3]));
    }
    CLIENTELE_ASSIGN_OR_RETURN(const auth::ApiKey key, auth::RevokeInApiKeyFile(api_keys_file_, parts[3], now));
    *response = KeyProto(key, now);
    observability::Log(observability::LogLevel::kInfo, "API key revoked",
                       {{"key", response->name()}, {"by", ActorOf(call, context->peer())}});
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminService::GetTenantQuota(grpc::CallbackServerContext* context,
                                                       const v1::GetTenantQuotaRequest* request,
                                                       v1::TenantQuota* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const std::string id, ParseId("name", request->name(), "quota"));
    CLIENTELE_ASSIGN_OR_RETURN(const quota::QuotaTable table, quota::ReadQuotaFile(meter_.file()));
    *response = table.Effective(id);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminService::UpdateTenantQuota(grpc::CallbackServerContext* context,
                                                          const v1::UpdateTenantQuotaRequest* request,
                                                          v1::TenantQuota* response) {
  return Unary(context, executor_, [=, this](const Call& call) -> absl::Status {
    // Else a tenant's administrator would raise the tenant's own.
    CLIENTELE_RETURN_IF_ERROR(CheckIsOfPlatform(*context, "quotas are set"));
    if (meter_.file().empty()) {
      return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotConfigured,
                   "this server has no file of quotas: set quota.file");
    }
    const v1::TenantQuota& change = request->tenant_quota();
    CLIENTELE_ASSIGN_OR_RETURN(const std::string id, ParseId("tenant_quota.name", change.name(), "quota"));
    CLIENTELE_ASSIGN_OR_RETURN(*response,
                               quota::ChangeQuotaFile(meter_.file(), id, change, request->update_mask()));
    meter_.ReadAgain();
    observability::Log(observability::LogLevel::kInfo, "quota changed",
                       {{"quota", response->name()}, {"by", ActorOf(call, context->peer())}});
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminService::ListTenantQuotas(grpc::CallbackServerContext* context,
                                                         const v1::ListTenantQuotasRequest*,
                                                         v1::ListTenantQuotasResponse* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const quota::QuotaTable table, quota::ReadQuotaFile(meter_.file()));
    *response = table.Written();
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminService::GetTenantUsage(grpc::CallbackServerContext* context,
                                                       const v1::GetTenantUsageRequest* request,
                                                       v1::TenantUsage* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseSingletonName("name", request->name(), "usage"));
    if (request->days() < 0 || request->days() > quota::kUsageDays) {
      return InvalidField("days", absl::StrCat(request->days(), " is out of range; allowed: 0 to ", quota::kUsageDays));
    }
    const quota::Account* account = meter_.Find(tenant.value());
    *response = UsageProto(tenant.value(), account == nullptr ? quota::Usage() : account->usage(),
                           meter_.StandingNow(tenant.value()), meter_.start_time());
    CLIENTELE_ASSIGN_OR_RETURN(const auto days, meter_.Days(tenant.value(), request->days()));
    response->mutable_days()->Assign(days.begin(), days.end());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* AdminService::ListTenantUsages(grpc::CallbackServerContext* context,
                                                         const v1::ListTenantUsagesRequest*,
                                                         v1::ListTenantUsagesResponse* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    for (const auto& [tenant, usage] : meter_.Usages()) {
      *response->add_tenant_usages() = UsageProto(tenant, usage, meter_.StandingNow(tenant), meter_.start_time());
    }
    return absl::OkStatus();
  });
}

}  // namespace clientele::rpc
