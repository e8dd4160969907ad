#include "services/inference/settings_client.h"

#include <grpcpp/client_context.h>

#include "absl/strings/str_cat.h"
#include "common/base/resource_name.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/inference/ingestion_status.h"

namespace clientele::inference {

absl::StatusOr<std::string> SettingsClient::TimeZone(const TenantId& tenant, const rpc::Call& call) {
  ingestion::v1::GetSettingsRequest request;
  request.set_name(absl::StrCat(FormatTenant(tenant), "/settings"));
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_, &call);
  ingestion::v1::Settings settings;
  const absl::Status status = rpc::FromGrpc(stub_->GetSettings(&context, request, &settings));
  if (!status.ok()) return FromIngestion(status, "the tenant's time zone", call);
  return settings.time_zone().empty() ? "UTC" : settings.time_zone();
}

}  // namespace clientele::inference
