// What each algorithm makes of its columns, in ONNX: operators and outputs. Every function takes a sound model, as a
// predictor holds it, and gives what its predictor gives. What no operator can express is UNIMPLEMENTED.
#pragma once

#include "absl/status/status.h"
#include "common/model/onnx/columns.h"
#include "common/model/onnx/graph.h"

namespace clientele::model {

// cluster, segment (its name), distance.
absl::Status AddOnnxKMeans(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph);
// probability, calibrated as the model is; log_odds.
absl::Status AddOnnxLogisticRegression(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph);
// probabilities [rows, classes], predicted_class (its index), class_name.
absl::Status AddOnnxMultinomialRegression(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph);
// recency_score, frequency_score, monetary_score; segment (its index), segment_name.
absl::Status AddOnnxRfm(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph);
// hazard_ratio; survival [rows, horizons], where the model has horizons.
absl::Status AddOnnxSurvival(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph);
// value; lower and upper, where the model has intervals; occurrence_probability, where it tells that apart.
absl::Status AddOnnxValueRegression(const Predictor& predictor, const OnnxColumns& columns, OnnxGraph& graph);

}  // namespace clientele::model
