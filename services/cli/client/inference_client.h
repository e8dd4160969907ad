// What the command asks of inference: models and scores.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clientele/inference/v1/due_version_service.pb.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "clientele/inference/v1/quality_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/inference/v1/value_service.pb.h"
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
  absl::StatusOr<inference::v1::Model> UpdateModel(const inference::v1::UpdateModelRequest& request);
  absl::StatusOr<inference::v1::ModelVersion> DeleteVersion(const inference::v1::DeleteModelVersionRequest& request);
  absl::StatusOr<model::v1::ModelCard> GetCard(const inference::v1::GetModelCardRequest& request);
  struct ExportedVersion {
    std::string name;
    std::string sha256;  // Of the bytes.
    std::string bytes;
  };
  absl::StatusOr<ExportedVersion> Export(const inference::v1::ExportModelVersionRequest& request);
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
  absl::StatusOr<inference::v1::ExplainScoreChangeResponse> ExplainScoreChange(
      const inference::v1::ExplainScoreChangeRequest& request);

  absl::StatusOr<inference::v1::ValueSettings> GetValueSettings(const inference::v1::GetValueSettingsRequest& request);
  absl::StatusOr<inference::v1::ValueSettings> UpdateValueSettings(
      const inference::v1::UpdateValueSettingsRequest& request);
  absl::StatusOr<inference::v1::ListValueSettingsRevisionsResponse> ListValueSettingsRevisions(
      const inference::v1::ListValueSettingsRevisionsRequest& request);
  absl::StatusOr<inference::v1::ComputePotentialValuesResponse> ComputePotentialValues(
      const inference::v1::ComputePotentialValuesRequest& request);
  absl::StatusOr<inference::v1::ComputePortfolioValueResponse> ComputePortfolioValue(
      const inference::v1::ComputePortfolioValueRequest& request);

  absl::StatusOr<inference::v1::ShadowReport> GetShadowReport(const inference::v1::GetShadowReportRequest& request);
  absl::StatusOr<inference::v1::OutcomeReport> GetOutcomeReport(const inference::v1::GetOutcomeReportRequest& request);
  absl::StatusOr<inference::v1::DriftReport> GetDriftReport(const inference::v1::GetDriftReportRequest& request);
  absl::StatusOr<inference::v1::QualityHistory> GetQualityHistory(
      const inference::v1::GetQualityHistoryRequest& request);
  absl::StatusOr<inference::v1::ListDueVersionsResponse> ListDueVersions(
      const inference::v1::ListDueVersionsRequest& request);

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
