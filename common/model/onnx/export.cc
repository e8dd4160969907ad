#include "common/model/onnx/export.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/model/algorithms.h"
#include "common/model/onnx/models.h"

namespace clientele::model {
namespace {

using v1::ModelArtifact;

struct Converter {
  ModelArtifact::ModelCase model;
  absl::Status (*add)(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph);
};

constexpr Converter kConverters[] = {
    {ModelArtifact::kKmeans, &AddOnnxKMeans},
    {ModelArtifact::kLogisticRegression, &AddOnnxLogisticRegression},
    {ModelArtifact::kMultinomialRegression, &AddOnnxMultinomialRegression},
    {ModelArtifact::kRfm, &AddOnnxRfm},
    {ModelArtifact::kSurvival, &AddOnnxSurvival},
    {ModelArtifact::kValueRegression, &AddOnnxValueRegression},
};

// Of an algorithm that is not among the converters.
absl::Status NoSuchForm(const Algorithm& algorithm) {
  return Error(absl::StatusCode::kUnimplemented, ErrorReason::kUnimplemented,
               absl::StrCat(std::string(algorithm.title),
                            " has no ONNX form: it takes log-gamma and hypergeometric functions, which ONNX lacks"));
}

}  // namespace

absl::StatusOr<std::string> ExportOnnx(const Predictor& predictor) {
  const ModelArtifact& artifact = predictor.artifact();
  const Algorithm& algorithm = *FindAlgorithm(artifact.model_case());
  for (const Converter& converter : kConverters) {
    if (converter.model != artifact.model_case()) continue;
    OnnxGraph graph(algorithm.name, algorithm.title);
    graph.Note("algorithm", algorithm.name);
    if (!artifact.base_currency().empty()) graph.Note("base_currency", artifact.base_currency());
    const OnnxColumns columns = AddOnnxColumns(predictor, graph);
    CLIENTELE_RETURN_IF_ERROR(converter.add(predictor, columns, graph));
    return graph.Serialize();
  }
  return NoSuchForm(algorithm);
}

}  // namespace clientele::model
