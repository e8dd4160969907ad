#include "services/inference/feature_client.h"

#include <grpcpp/client_context.h>

#include <utility>

#include "absl/time/clock.h"
#include "common/base/resource_name.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/inference/ingestion_status.h"

namespace clientele::inference {

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
  return FromIngestion(status, "the customer's features", call);
}

}  // namespace clientele::inference
