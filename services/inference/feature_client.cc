#include "services/inference/feature_client.h"

#include <grpcpp/client_context.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "common/base/overload.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/byte_buffer.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/inference/ingestion_status.h"

namespace clientele::inference {

FeatureClient::FeatureClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout, int most_calls,
                             observability::Metrics& metrics)
    : stub_(channel),
      timeout_(timeout),
      most_calls_(most_calls),
      seconds_(metrics.Histogram("clientele_inference_feature_fetch_seconds", "Time to read features from ingestion.",
                                 observability::LatencyBounds())),
      failures_(metrics.Counter("clientele_inference_feature_fetch_failures_total",
                                "Reads of features that ingestion did not answer well.")) {}

// A call that is under way.
struct FeatureClient::Asked {
  Asked(absl::Span<const std::string> customer_ids, const FeatureNames& names, const rpc::Call& asking)
      : ids(customer_ids.begin(), customer_ids.end()), features(names), call(asking) {}

  const std::vector<std::string> ids;
  const FeatureNames features;
  const rpc::Call& call;
  const absl::Time begin = absl::Now();
  grpc::ClientContext context;
  grpc::ByteBuffer request, response;
};

void FeatureClient::Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids,
                          const FeatureNames& features, const rpc::Call& call, Done done) {
  if (calls_.fetch_add(1, std::memory_order_relaxed) >= most_calls_) {
    calls_.fetch_sub(1, std::memory_order_relaxed);
    return done(TooManyCalls());
  }
  ingestion::v1::BatchGetFeaturesRequest request;
  request.set_parent(FormatTenant(tenant));
  request.mutable_customer_ids()->Add(customer_ids.begin(), customer_ids.end());
  request.mutable_features()->Add(features.begin(), features.end());
  request.set_allow_missing(true);
  const auto asked = std::make_shared<Asked>(customer_ids, features, call);
  rpc::Prepare(asked->context, timeout_, &call);
  asked->request = rpc::Serialize(request);
  stub_.UnaryCall(&asked->context, "/clientele.ingestion.v1.FeatureService/BatchGetFeatures", grpc::StubOptions(),
                  &asked->request, &asked->response,
                  [this, asked, done = std::move(done)](const grpc::Status& status) {
                    calls_.fetch_sub(1, std::memory_order_relaxed);
                    done(Answer(*asked, status));
                  });
}

absl::StatusOr<FeatureRows> FeatureClient::Answer(const Asked& asked, const grpc::Status& ended) {
  seconds_.Observe(absl::ToDoubleSeconds(absl::Now() - asked.begin));
  const absl::Status status = rpc::FromGrpc(ended);
  if (!status.ok()) {
    failures_.Increment();
    return FromIngestion(status, "the customer's features", asked.call);
  }
  CLIENTELE_ASSIGN_OR_RETURN(const grpc::Slice bytes, rpc::Flatten(asked.response));
  return ReadFeatureRows(rpc::View(bytes), asked.ids, asked.features);
}

}  // namespace clientele::inference
