// Features from ingestion's FeatureService.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/observability/metrics.h"
#include "services/inference/scoring/feature_source.h"

namespace clientele::inference {

// Thread-safe. A call waits at most `timeout`, and never longer than its caller; no thread waits with it. Must outlive
// the calls that are under way.
class FeatureClient final : public FeatureSource {
 public:
  // At most `most_calls` are under way; RESOURCE_EXHAUSTED with a RetryInfo for one more.
  FeatureClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout, int most_calls,
                observability::Metrics& metrics);

  // Asks for the features as of ingestion's own present, so that no difference between two clocks hides a record.
  void Fetch(const TenantId& tenant, absl::Span<const std::string> customer_ids, const FeatureNames& features,
             const rpc::Call& call, Done done) override;

 private:
  struct Asked;
  absl::StatusOr<FeatureRows> Answer(const Asked& asked, const grpc::Status& status);

  grpc::GenericStub stub_;  // The answer is read as bytes: see feature_rows.h.
  const absl::Duration timeout_;
  const int most_calls_;
  std::atomic<int> calls_{0};  // Under way.
  prometheus::Histogram& seconds_;
  prometheus::Counter& failures_;
};

}  // namespace clientele::inference
