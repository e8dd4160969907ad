#include "services/cli/client/inference_client.h"

#include "absl/memory/memory.h"
#include "clientele/inference/v1/due_version_service.grpc.pb.h"
#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/inference/v1/monitoring_service.grpc.pb.h"
#include "clientele/inference/v1/quality_service.grpc.pb.h"
#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "clientele/inference/v1/value_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace inference::v1;  // NOLINT: the client is made of its messages.

struct InferenceClient::Impl {
  Connection connection;
  std::unique_ptr<ModelService::Stub> models = ModelService::NewStub(connection.channel);
  std::unique_ptr<MonitoringService::Stub> monitoring = MonitoringService::NewStub(connection.channel);
  std::unique_ptr<QualityService::Stub> quality = QualityService::NewStub(connection.channel);
  std::unique_ptr<DueVersionService::Stub> due = DueVersionService::NewStub(connection.channel);
  std::unique_ptr<ScoringService::Stub> scoring = ScoringService::NewStub(connection.channel);
  std::unique_ptr<ValueService::Stub> values = ValueService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<InferenceClient>> InferenceClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new InferenceClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

InferenceClient::InferenceClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
InferenceClient::~InferenceClient() = default;

absl::StatusOr<std::vector<Model>> InferenceClient::ListModels(const std::string& parent) {
  std::vector<Model> models;
  ListModelsRequest request;
  request.set_parent(parent);
  request.set_page_size(1'000);
  do {
    CLIENTELE_ASSIGN_OR_RETURN(ListModelsResponse page,
                               impl_->connection.Call(impl_->models, &ModelService::Stub::ListModels, request));
    for (Model& model : *page.mutable_models()) models.push_back(std::move(model));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return models;
}

absl::StatusOr<Model> InferenceClient::GetModel(const GetModelRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::GetModel, request);
}

absl::StatusOr<ModelVersion> InferenceClient::GetVersion(const GetModelVersionRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::GetModelVersion, request);
}

absl::StatusOr<ListModelVersionsResponse> InferenceClient::ListVersions(const ListModelVersionsRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::ListModelVersions, request);
}

absl::StatusOr<model::v1::ModelCard> InferenceClient::GetCard(const GetModelCardRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::GetModelCard, request);
}

absl::StatusOr<InferenceClient::ExportedVersion> InferenceClient::Export(const ExportModelVersionRequest& request) {
  grpc::ClientContext context;
  rpc::Prepare(context, impl_->connection.options.timeout);
  const auto stream = impl_->models->ExportModelVersion(&context, request);
  ExportedVersion exported;
  ExportModelVersionResponse response;
  while (stream->Read(&response)) {
    if (response.has_header()) {
      exported.name = response.header().name();
      exported.sha256 = response.header().sha256();
    }
    exported.bytes += response.chunk();
  }
  CLIENTELE_RETURN_IF_ERROR(impl_->connection.Explain(stream->Finish()));
  return exported;
}

absl::StatusOr<Model> InferenceClient::UpdateModel(const UpdateModelRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::UpdateModel, request);
}

absl::StatusOr<ModelVersion> InferenceClient::DeleteVersion(const DeleteModelVersionRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::DeleteModelVersion, request);
}

absl::StatusOr<ModelAlias> InferenceClient::SetAlias(const SetModelAliasRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::SetModelAlias, request);
}

absl::StatusOr<ModelAlias> InferenceClient::RollbackAlias(const RollbackModelAliasRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::RollbackModelAlias, request);
}

absl::StatusOr<ModelAlias> InferenceClient::GetAlias(const GetModelAliasRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::GetModelAlias, request);
}

absl::StatusOr<ModelTraffic> InferenceClient::GetTraffic(const GetModelTrafficRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::GetModelTraffic, request);
}

absl::StatusOr<ModelTraffic> InferenceClient::UpdateTraffic(const UpdateModelTrafficRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::UpdateModelTraffic, request);
}

absl::StatusOr<ListModelAliasChangesResponse> InferenceClient::ListAliasChanges(
    const ListModelAliasChangesRequest& request) {
  return impl_->connection.Call(impl_->models, &ModelService::Stub::ListModelAliasChanges, request);
}

absl::StatusOr<ScoreResponse> InferenceClient::Score(const ScoreRequest& request) {
  return impl_->connection.Call(impl_->scoring, &ScoringService::Stub::Score, request);
}

absl::StatusOr<ScoreCustomerResponse> InferenceClient::ScoreCustomer(const ScoreCustomerRequest& request) {
  return impl_->connection.Call(impl_->scoring, &ScoringService::Stub::ScoreCustomer, request);
}

absl::StatusOr<ExplainScoreChangeResponse> InferenceClient::ExplainScoreChange(
    const ExplainScoreChangeRequest& request) {
  return impl_->connection.Call(impl_->scoring, &ScoringService::Stub::ExplainScoreChange, request);
}

absl::StatusOr<ValueSettings> InferenceClient::GetValueSettings(const GetValueSettingsRequest& request) {
  return impl_->connection.Call(impl_->values, &ValueService::Stub::GetValueSettings, request);
}

absl::StatusOr<ValueSettings> InferenceClient::UpdateValueSettings(const UpdateValueSettingsRequest& request) {
  return impl_->connection.Call(impl_->values, &ValueService::Stub::UpdateValueSettings, request);
}

absl::StatusOr<ListValueSettingsRevisionsResponse> InferenceClient::ListValueSettingsRevisions(
    const ListValueSettingsRevisionsRequest& request) {
  return impl_->connection.Call(impl_->values, &ValueService::Stub::ListValueSettingsRevisions, request);
}

absl::StatusOr<ComputePotentialValuesResponse> InferenceClient::ComputePotentialValues(
    const ComputePotentialValuesRequest& request) {
  return impl_->connection.Call(impl_->values, &ValueService::Stub::ComputePotentialValues, request);
}

absl::StatusOr<ComputePortfolioValueResponse> InferenceClient::ComputePortfolioValue(
    const ComputePortfolioValueRequest& request) {
  return impl_->connection.Call(impl_->values, &ValueService::Stub::ComputePortfolioValue, request);
}

absl::StatusOr<ShadowReport> InferenceClient::GetShadowReport(const GetShadowReportRequest& request) {
  return impl_->connection.Call(impl_->monitoring, &MonitoringService::Stub::GetShadowReport, request);
}

absl::StatusOr<OutcomeReport> InferenceClient::GetOutcomeReport(const GetOutcomeReportRequest& request) {
  return impl_->connection.Call(impl_->monitoring, &MonitoringService::Stub::GetOutcomeReport, request);
}

absl::StatusOr<DriftReport> InferenceClient::GetDriftReport(const GetDriftReportRequest& request) {
  return impl_->connection.Call(impl_->monitoring, &MonitoringService::Stub::GetDriftReport, request);
}

absl::StatusOr<QualityHistory> InferenceClient::GetQualityHistory(const GetQualityHistoryRequest& request) {
  return impl_->connection.Call(impl_->quality, &QualityService::Stub::GetQualityHistory, request);
}

absl::StatusOr<ListDueVersionsResponse> InferenceClient::ListDueVersions(const ListDueVersionsRequest& request) {
  return impl_->connection.Call(impl_->due, &DueVersionService::Stub::ListDueVersions, request);
}

absl::Status InferenceClient::StreamScore(const std::function<absl::StatusOr<bool>(BatchScoreRequest&)>& next,
                                          const std::function<absl::Status(const BatchScoreResponse&)>& visit) {
  // Two batches of ids fit any flow-control window, so that writing one never waits for an answer to be read.
  constexpr int kMaxOutstanding = 2;
  grpc::ClientContext context;
  const auto stream = impl_->scoring->StreamScore(&context);
  const auto end = [&](const absl::Status& status) {
    context.TryCancel();
    stream->Finish();
    return status;
  };
  int outstanding = 0;
  bool more = true, broken = false;
  BatchScoreRequest request;
  BatchScoreResponse response;
  while (!broken && (more || outstanding > 0)) {
    while (more && !broken && outstanding < kMaxOutstanding) {
      request.Clear();
      absl::StatusOr<bool> filled = next(request);
      if (!filled.ok()) return end(filled.status());
      more = *filled;
      if (!more) break;
      broken = !stream->Write(request);
      ++outstanding;
    }
    if (broken || outstanding == 0) break;
    if (!stream->Read(&response)) break;
    --outstanding;
    if (absl::Status status = visit(response); !status.ok()) return end(status);
  }
  stream->WritesDone();
  const absl::Status status = impl_->connection.Explain(stream->Finish());
  if (status.ok() && outstanding > 0) return absl::UnavailableError("inference ended the stream before all was scored");
  return status;
}

}  // namespace clientele::cli
