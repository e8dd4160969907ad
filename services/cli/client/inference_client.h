// What the command asks of inference: models and scores.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class InferenceClient {
 public:
  static absl::StatusOr<std::unique_ptr<InferenceClient>> Connect(const ServiceOptions& options);
  ~InferenceClient();

  // Every model of the tenant.
  absl::StatusOr<std::vector<inference::v1::Model>> ListModels(const std::string& parent);
  absl::StatusOr<inference::v1::Model> GetModel(const inference::v1::GetModelRequest& request);
  absl::StatusOr<inference::v1::ModelVersion> GetVersion(const inference::v1::GetModelVersionRequest& request);
  absl::StatusOr<inference::v1::ListModelVersionsResponse> ListVersions(
      const inference::v1::ListModelVersionsRequest& request);
  // The artifact's bytes. `name` as in ExportModelVersionRequest.
  absl::StatusOr<std::string> Export(const std::string& name);
  absl::StatusOr<inference::v1::ModelAlias> SetAlias(const inference::v1::SetModelAliasRequest& request);
  absl::StatusOr<inference::v1::ModelAlias> RollbackAlias(const inference::v1::RollbackModelAliasRequest& request);
  absl::StatusOr<inference::v1::ModelAlias> GetAlias(const inference::v1::GetModelAliasRequest& request);
  absl::StatusOr<inference::v1::ModelTraffic> GetTraffic(const inference::v1::GetModelTrafficRequest& request);
  absl::StatusOr<inference::v1::ModelTraffic> UpdateTraffic(const inference::v1::UpdateModelTrafficRequest& request);
  absl::StatusOr<inference::v1::ListModelAliasChangesResponse> ListAliasChanges(
      const inference::v1::ListModelAliasChangesRequest& request);

  absl::StatusOr<inference::v1::ScoreResponse> Score(const inference::v1::ScoreRequest& request);
  absl::StatusOr<inference::v1::ScoreCustomerResponse> ScoreCustomer(
      const inference::v1::ScoreCustomerRequest& request);

  // Scores batches over one stream, two on their way at a time. `next` fills the next request and says whether there
  // was one; `visit` gets the answers, in order, on the calling thread.
  absl::Status StreamScore(const std::function<absl::StatusOr<bool>(inference::v1::BatchScoreRequest&)>& next,
                           const std::function<absl::Status(const inference::v1::BatchScoreResponse&)>& visit);

 private:
  struct Impl;
  explicit InferenceClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
