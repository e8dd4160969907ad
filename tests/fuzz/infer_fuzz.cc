// Requests of the Open Inference Protocol: rows, or INVALID_ARGUMENT; tensors never say more rows than are there.
#include <vector>

#include "inference/open_inference_service.pb.h"
#include "services/inference/open_inference/inputs.h"
#include "services/inference/open_inference/model_name.h"
#include "services/inference/open_inference/outputs.h"
#include "tests/fuzz/target.h"
#include "tests/services/inference/test_models.h"

namespace clientele::inference {
namespace {

void Run(const ::inference::ModelInferRequest& request) {
  static const auto* const model =
      new ScoringModel(*model::Predictor::Load(testutil::Serialize(testutil::ChurnModel(-1))));
  (void)ParseProtocolName("model_name", request.model_name(), request.model_version());
  (void)WantedOutputs(*model, request.outputs());
  const auto table = InputTable::Read(*model, request);
  if (!table.ok()) {
    fuzz::Require(absl::IsInvalidArgument(table.status()), "a bad tensor is told as such");
    return;
  }
  fuzz::Require(table->rows() >= 0 && table->rows() <= kMaxTensorRows, "rows are bounded");
  std::vector<model::Cell> row(model->num_features());
  for (int i = 0; i < table->rows(); ++i) table->ReadRow(i, absl::MakeSpan(row));
}

}  // namespace
}  // namespace clientele::inference

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ::inference::ModelInferRequest request;
  if (request.ParseFromArray(data, static_cast<int>(size))) clientele::inference::Run(request);
  return 0;
}
