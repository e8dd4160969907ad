#include "services/ingestion/settings_service.h"

#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/unary.h"

namespace clientele::ingestion {

grpc::ServerUnaryReactor* SettingsService::GetSettings(grpc::CallbackServerContext* context,
                                                       const v1::GetSettingsRequest* request, v1::Settings* response) {
  return rpc::Unary(context, executor_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseSingletonName("name", request->name(), "settings"));
    CLIENTELE_ASSIGN_OR_RETURN(const auto settings, contexts_.Get(tenant));
    *response = settings->settings();
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* SettingsService::UpdateSettings(grpc::CallbackServerContext* context,
                                                          const v1::UpdateSettingsRequest* request,
                                                          v1::Settings* response) {
  return rpc::Unary(context, executor_, [this, request, response](const rpc::Call&) -> absl::Status {
    if (!request->has_settings()) return InvalidField("settings", "is required");
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant,
                               ParseSingletonName("settings.name", request->settings().name(), "settings"));
    CLIENTELE_ASSIGN_OR_RETURN(*response, contexts_.Update(tenant, *request));
    return absl::OkStatus();
  });
}

}  // namespace clientele::ingestion
