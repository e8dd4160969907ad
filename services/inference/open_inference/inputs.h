// The rows that a request of the Open Inference Protocol asks to score.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/model/cell.h"
#include "inference/open_inference_service.pb.h"
#include "services/inference/open_inference/tensor.h"
#include "services/inference/scoring/scoring_model.h"

namespace clientele::inference {

// Tensors of features by name, and of all number features side by side, as rows of cells. Texts are not copied: the
// request must outlive it. Cost: one pass over the tensors; a row is gathered from them.
class InputTable {
 public:
  // INVALID_ARGUMENT: UNKNOWN_FEATURE with the known ones listed, or INVALID_FIELD: a tensor's datatype, shape or
  // elements, a feature given twice, tensors that have not as many rows as each other.
  static absl::StatusOr<InputTable> Read(const ScoringModel& model, const ::inference::ModelInferRequest& request);

  int rows() const { return rows_; }
  // Sets `cells` [num_features]; what no tensor gives is missing.
  void ReadRow(int row, absl::Span<model::Cell> cells) const;

 private:
  // A tensor, [rows x features]; exactly one of the two holds its elements.
  struct Block {
    std::vector<int> features;
    std::vector<double> numbers;
    std::vector<absl::string_view> texts;
  };
  static absl::StatusOr<Block> ReadBlock(const ScoringModel& model, const InputTensor& tensor);

  int rows_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace clientele::inference
