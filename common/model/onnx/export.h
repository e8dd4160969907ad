// A model as ONNX: raw features in, scores out, preprocessing included, so that whatever runs ONNX scores as we do, to
// rounding. The inputs are the schema's, see columns.h; the outputs of each algorithm are in models.h.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/model/predictor.h"

namespace clientele::model {

// An onnx.ModelProto's bytes. The same model gives the same bytes. UNIMPLEMENTED: the algorithm has no such form, and
// why.
absl::StatusOr<std::string> ExportOnnx(const Predictor& predictor);

}  // namespace clientele::model
