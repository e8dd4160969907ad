// What the command asks of ingestion about how long records are kept.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "clientele/ingestion/v1/retention_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class RetentionClient {
 public:
  static absl::StatusOr<std::unique_ptr<RetentionClient>> Connect(const ServiceOptions& options);
  ~RetentionClient();

  absl::StatusOr<ingestion::v1::RetentionPolicy> GetPolicy(const ingestion::v1::GetRetentionPolicyRequest& request);
  absl::StatusOr<ingestion::v1::RetentionPolicy> UpdatePolicy(
      const ingestion::v1::UpdateRetentionPolicyRequest& request);
  absl::StatusOr<ingestion::v1::PreviewRetentionResponse> Preview(
      const ingestion::v1::PreviewRetentionRequest& request);
  absl::StatusOr<ingestion::v1::ListRetentionRunsResponse> ListRuns(
      const ingestion::v1::ListRetentionRunsRequest& request);

 private:
  struct Impl;
  explicit RetentionClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
