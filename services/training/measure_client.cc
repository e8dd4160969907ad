#include "services/training/measure_client.h"

#include <grpcpp/client_context.h>

#include <string>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/training/peer_calls.h"

namespace clientele::training {
namespace {

constexpr absl::Duration kLongestCall = absl::Minutes(5);

template <typename Response, typename Stub, typename Request>
absl::StatusOr<Response> Ask(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                             const Request& request, const StopToken& stop) {
  grpc::ClientContext context;
  const rpc::Call call = CallUntil(stop);
  rpc::Prepare(context, kLongestCall, &call);
  Response response;
  CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc((stub.*method)(&context, request, &response)));
  return response;
}

}  // namespace

absl::StatusOr<std::optional<inference::v1::ModelVersion>> MeasureClient::Champion(const TenantId& tenant,
                                                                                   absl::string_view model,
                                                                                   const StopToken& stop) {
  inference::v1::GetModelVersionRequest request;
  request.set_name(FormatModel(tenant, model));
  const auto version = Ask<inference::v1::ModelVersion>(
      *models_, &inference::v1::ModelService::Stub::GetModelVersion, request, stop);
  if (absl::IsNotFound(version.status())) return std::nullopt;
  CLIENTELE_RETURN_IF_ERROR(version.status());
  return *version;
}

absl::StatusOr<inference::v1::DriftReport> MeasureClient::Drift(absl::string_view version, absl::Time since,
                                                                const StopToken& stop) {
  inference::v1::GetDriftReportRequest request;
  request.set_name(std::string(version));
  *request.mutable_start_time() = ToProto(since);
  return Ask<inference::v1::DriftReport>(*monitoring_, &inference::v1::MonitoringService::Stub::GetDriftReport,
                                         request, stop);
}

absl::StatusOr<inference::v1::OutcomeReport> MeasureClient::Outcomes(const TenantId& tenant, absl::string_view model,
                                                                     absl::Time since, const StopToken& stop) {
  inference::v1::GetOutcomeReportRequest request;
  request.set_name(FormatModel(tenant, model));
  *request.mutable_start_time() = ToProto(since);
  return Ask<inference::v1::OutcomeReport>(*monitoring_, &inference::v1::MonitoringService::Stub::GetOutcomeReport,
                                           request, stop);
}

}  // namespace clientele::training
