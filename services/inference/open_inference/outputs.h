// What a model says, as tensors of the Open Inference Protocol: a table of named outputs for each algorithm.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/model/predictor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "inference/open_inference_service.pb.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

struct Output {
  absl::string_view name;
  absl::string_view datatype;  // FP64, INT32, BOOL or BYTES.
  int width = 1;               // Its shape is [n] for 1, [n, width] for more.
  // Adds the `width` elements of one row.
  void (*append)(const ScoringModel& model, const model::Prediction& prediction,
                 ::inference::InferTensorContents& contents);
};

// All the model has, in the order they are told. Not empty.
std::vector<Output> OutputsOf(const ScoringModel& model);

// Those that are asked for, in that order; all for none. INVALID_ARGUMENT listing what there is.
absl::StatusOr<std::vector<Output>> WantedOutputs(
    const ScoringModel& model,
    const google::protobuf::RepeatedPtrField<::inference::ModelInferRequest::InferRequestedOutputTensor>& wanted);

// Moves the contents of every output to raw_output_contents.
void MakeRaw(::inference::ModelInferResponse& response);

}  // namespace clientele::inference
