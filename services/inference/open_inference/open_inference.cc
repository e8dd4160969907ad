#include "services/inference/open_inference/open_inference.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "services/inference/open_inference/inputs.h"
#include "services/inference/open_inference/model_name.h"
#include "services/inference/open_inference/outputs.h"
#include "services/inference/scoring/scorer.h"

namespace clientele::inference {
namespace {

using ::inference::ModelInferRequest;
using ::inference::ModelInferResponse;
using model::Cell;

constexpr int kBriefRows = 64;
constexpr int kRowsBetweenChecks = 256;

// "clientele_logistic_regression"
std::string PlatformOf(v1::Algorithm algorithm) {
  const std::string& name = v1::Algorithm_Name(algorithm);
  return absl::StrCat("clientele_", absl::AsciiStrToLower(absl::StripPrefix(name, "ALGORITHM_")));
}

template <typename Tensor>
void SetShape(int64_t rows, int width, Tensor& tensor) {
  tensor.add_shape(rows);
  if (width > 1) tensor.add_shape(width);
}

void DescribeInputs(const ScoringModel& model, ::inference::ModelMetadataResponse& response) {
  for (int f = 0; f < model.num_features(); ++f) {
    auto& input = *response.add_inputs();
    input.set_name(model.features()[f]);
    input.set_datatype(model.IsCategory(f) ? "BYTES" : "FP64");
    input.add_shape(-1);
  }
}

absl::Status ScoreRows(const rpc::Call& call, const ScoringModel& model, const InputTable& table,
                       absl::Span<const Output> outputs, std::optional<ScoredRows>& scored,
                       ModelInferResponse& response) {
  const absl::Time begin = absl::Now();
  std::vector<Cell> row(model.num_features());
  for (int i = 0; i < table.rows(); ++i) {
    if (i % kRowsBetweenChecks == 0) CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
    table.ReadRow(i, absl::MakeSpan(row));
    model::Prediction prediction = model.predictor().Predict(row, /*explain=*/false);
    for (size_t o = 0; o < outputs.size(); ++o) {
      outputs[o].append(model, prediction, *response.mutable_outputs(static_cast<int>(o))->mutable_contents());
    }
    if (!scored.has_value()) continue;
    v1::Score score;
    SetScore(model, row, /*max_reasons=*/0, /*horizon_days=*/0, prediction, score);
    scored->Add(/*customer_id=*/"", row, score);
  }
  if (scored.has_value()) scored->set_scoring_time(absl::Now() - begin);
  return absl::OkStatus();
}

}  // namespace

::inference::ServerMetadataResponse OpenInference::ServerMetadata() const {
  ::inference::ServerMetadataResponse response;
  response.set_name("clientele");
  response.set_version(CLIENTELE_VERSION);
  return response;
}

absl::StatusOr<bool> OpenInference::IsReady(const ::inference::ModelReadyRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference,
                             ParseProtocolName("name", request.name(), request.version()));
  const auto found = Resolve(*registry_.Get(), reference);
  return found.ok() && CheckAvailable(*found->version).ok();
}

absl::StatusOr<::inference::ModelMetadataResponse> OpenInference::ModelMetadata(
    const ::inference::ModelMetadataRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference,
                             ParseProtocolName("name", request.name(), request.version()));
  const auto catalogue = registry_.Get();
  CLIENTELE_ASSIGN_OR_RETURN(const Resolution found, Resolve(*catalogue, reference));
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*found.version));
  CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*catalogue, reference.tenant, reference.model));
  ::inference::ModelMetadataResponse response;
  response.set_name(request.name());
  for (const auto& [number, version] : model->versions) {
    if (CheckAvailable(*version).ok()) response.add_versions(absl::StrCat(number));
  }
  const ScoringModel& scoring = *found.version->model;
  response.set_platform(PlatformOf(scoring.algorithm()));
  DescribeInputs(scoring, response);
  for (const Output& output : OutputsOf(scoring)) {
    auto& tensor = *response.add_outputs();
    tensor.set_name(std::string(output.name));
    tensor.set_datatype(std::string(output.datatype));
    SetShape(-1, output.width, tensor);
  }
  return response;
}

bool OpenInference::IsBrief(const ModelInferRequest& request) {
  return std::all_of(request.inputs().begin(), request.inputs().end(),
                     [](const auto& input) { return input.shape().empty() || input.shape(0) <= kBriefRows; });
}

absl::StatusOr<ModelInferResponse> OpenInference::Infer(const rpc::Call& call, const ModelInferRequest& request) const {
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference,
                             ParseProtocolName("model_name", request.model_name(), request.model_version()));
  CLIENTELE_ASSIGN_OR_RETURN(const Resolution found, Resolve(*registry_.Get(), reference));
  CLIENTELE_RETURN_IF_ERROR(CheckAvailable(*found.version));
  const ScoringModel& model = *found.version->model;
  const auto table = InputTable::Read(model, request);
  metrics_.Count(model.algorithm(), table.status().code(), table.ok() ? table->rows() : 1);
  CLIENTELE_RETURN_IF_ERROR(table.status());
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Output> outputs, WantedOutputs(model, request.outputs()));
  ModelInferResponse response;
  response.set_model_name(request.model_name());
  response.set_model_version(absl::StrCat(found.version->number));
  response.set_id(request.id());
  for (const Output& output : outputs) {
    auto& tensor = *response.add_outputs();
    tensor.set_name(std::string(output.name));
    tensor.set_datatype(std::string(output.datatype));
    SetShape(table->rows(), output.width, tensor);
  }
  std::optional<ScoredRows> scored;
  if (observer_ != nullptr && observer_->Wants(table->rows())) {
    scored.emplace(ScoredBy{reference.tenant, reference.model, found.version, found.alias, "", reference.by_model},
                   table->rows());
  }
  CLIENTELE_RETURN_IF_ERROR(ScoreRows(call, model, *table, outputs, scored, response));
  if (scored.has_value()) observer_->Observe(*std::move(scored));
  if (!request.raw_input_contents().empty()) MakeRaw(response);
  return response;
}

}  // namespace clientele::inference
