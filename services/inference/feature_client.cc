#include "services/inference/feature_client.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"

namespace clientele::inference {
namespace {

// Ingestion that does not answer is an outage of its own: scoring with given features still works.
absl::Status Translate(const absl::Status& status, const rpc::Call& call) {
  if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) return status;
  CLIENTELE_RETURN_IF_ERROR(call.stop.Check());  // Then it was the caller who could not wait.
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kIngestionUnavailable,
               absl::StrCat("the customer's features could not be read, because ingestion does not answer: ",
                            status.message()));
}

}  // namespace

FeatureClient::FeatureClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout,
                             observability::Metrics& metrics)
    : stub_(ingestion::v1::FeatureService::NewStub(channel)),
      timeout_(timeout),
      seconds_(metrics.Histogram("clientele_inference_feature_fetch_seconds", "Time to read features from ingestion.",
                                 observability::LatencyBounds())),
      failures_(metrics.Counter("clientele_inference_feature_fetch_failures_total",
                                "Reads of features that ingestion did not answer well.")) {}

absl::StatusOr<ingestion::v1::BatchGetFeaturesResponse> FeatureClient::Fetch(const TenantId& tenant,
                                                                             absl::Span<const std::string> customer_ids,
                                                                             absl::Span<const std::string> features,
                                                                             const rpc::Call& call) {
  ingestion::v1::BatchGetFeaturesRequest request;
  request.set_parent(FormatTenant(tenant));
  request.mutable_customer_ids()->Add(customer_ids.begin(), customer_ids.end());
  request.mutable_features()->Add(features.begin(), features.end());
  request.set_allow_missing(true);
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_, &call);
  ingestion::v1::BatchGetFeaturesResponse response;
  const absl::Time begin = absl::Now();
  const absl::Status status = rpc::FromGrpc(stub_->BatchGetFeatures(&context, request, &response));
  seconds_.Observe(absl::ToDoubleSeconds(absl::Now() - begin));
  if (status.ok()) return response;
  failures_.Increment();
  return Translate(status, call);
}

}  // namespace clientele::inference
