#include "services/inference/customer_history_client.h"

#include <grpcpp/client_context.h>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/inference/ingestion_status.h"

namespace clientele::inference {
namespace {

constexpr int kRecordsPerPage = 200;

}  // namespace

CustomerHistoryClient::CustomerHistoryClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
    : features_(ingestion::v1::FeatureService::NewStub(channel)),
      customers_(ingestion::v1::CustomerService::NewStub(channel)),
      timeout_(timeout) {}

absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> CustomerHistoryClient::FeaturesAt(
    const TenantId& tenant, absl::Span<const std::string> customer_ids, absl::Span<const std::string> features,
    const PastInstant& instant, const rpc::Call& call) {
  ingestion::v1::BatchGetFeaturesRequest request;
  request.set_parent(FormatTenant(tenant));
  request.mutable_customer_ids()->Add(customer_ids.begin(), customer_ids.end());
  request.mutable_features()->Add(features.begin(), features.end());
  request.set_allow_missing(true);
  if (instant.as_of.has_value()) *request.mutable_as_of() = ToProto(*instant.as_of);
  if (instant.known_at.has_value()) *request.mutable_known_at() = ToProto(*instant.known_at);
  if (instant.events_until.has_value()) *request.mutable_events_until() = ToProto(*instant.events_until);
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_, &call);
  ingestion::v1::BatchGetFeaturesResponse response;
  const absl::Status status = rpc::FromGrpc(features_->BatchGetFeatures(&context, request, &response));
  if (!status.ok()) return FromIngestion(status, "the customer's features", call);
  return response;
}

absl::Status CustomerHistoryClient::ForEachRecord(const TenantId& tenant, const std::string& customer_id,
                                                  const rpc::Call& call,
                                                  absl::FunctionRef<bool(const ingestion::v1::Record&)> visit) {
  ingestion::v1::GetCustomerTimelineRequest request;
  request.set_name(FormatCustomer(tenant, customer_id));
  request.set_page_size(kRecordsPerPage);
  do {
    grpc::ClientContext context;
    rpc::Prepare(context, timeout_, &call);
    ingestion::v1::GetCustomerTimelineResponse page;
    const absl::Status status = rpc::FromGrpc(customers_->GetCustomerTimeline(&context, request, &page));
    if (!status.ok()) return FromIngestion(status, "the customer's records", call);
    for (const ingestion::v1::Record& record : page.records()) {
      if (!visit(record)) return absl::OkStatus();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace clientele::inference
