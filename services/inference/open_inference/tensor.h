// One input tensor of the Open Inference Protocol, as numbers or as texts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "inference/open_inference_service.pb.h"

namespace clientele::inference {

inline constexpr int64_t kMaxTensorRows = 10'000;

// A view of a request, which must outlive it. Elements are row-major, [rows x width].
class InputTensor {
 public:
  // Input `index` of the request. INVALID_ARGUMENT naming the field: a shape that is not [n] or [n, d] of 1 to 10,000
  // rows, raw contents that are not one for each input.
  static absl::StatusOr<InputTensor> Create(const ::inference::ModelInferRequest& request, int index);

  const std::string& name() const { return tensor_->name(); }
  const std::string& datatype() const { return tensor_->datatype(); }
  int64_t rows() const { return rows_; }
  int64_t width() const { return width_; }
  bool is_text() const { return datatype() == "BYTES"; }
  // "inputs[2].shape"
  std::string Field(absl::string_view part) const;

  // INVALID_ARGUMENT: another datatype, not as many elements as the shape says, an infinite number. NaN is a missing
  // one.
  absl::StatusOr<std::vector<double>> ReadNumbers() const;
  // BYTES, or BOOL as "true" and "false". The views are of the request. INVALID_ARGUMENT as above.
  absl::StatusOr<std::vector<absl::string_view>> ReadTexts() const;

 private:
  InputTensor(const ::inference::ModelInferRequest::InferInputTensor& tensor, const std::string* raw, int index)
      : tensor_(&tensor), raw_(raw), index_(index) {}
  absl::StatusOr<std::vector<absl::string_view>> ReadRawTexts() const;
  absl::Status WrongCount() const;

  const ::inference::ModelInferRequest::InferInputTensor* tensor_;
  const std::string* raw_;  // Null: the contents are in the tensor.
  int index_;
  int64_t rows_ = 0;
  int64_t width_ = 1;
};

}  // namespace clientele::inference
