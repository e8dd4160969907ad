#include "services/inference/open_inference/inputs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/inference/scoring/given_features.h"

namespace clientele::inference {
namespace {

using model::Cell;

std::vector<int> NumberFeatures(const ScoringModel& model) {
  std::vector<int> features;
  for (int f = 0; f < model.num_features(); ++f) {
    if (!model.IsCategory(f)) features.push_back(f);
  }
  return features;
}

absl::Status CheckTexts(const InputTensor& tensor, absl::Span<const absl::string_view> texts) {
  const bool fits =
      std::all_of(texts.begin(), texts.end(), [](absl::string_view text) { return text.size() <= kMaxTextBytes; });
  if (fits) return absl::OkStatus();
  return InvalidField(tensor.Field("contents"), absl::StrCat("hold a text longer than ", kMaxTextBytes, " bytes"));
}

// Sets `seen`, [num_features].
absl::Status CheckGivenOnce(const ScoringModel& model, absl::Span<const int> features, std::vector<bool>& seen) {
  for (const int feature : features) {
    if (seen[feature])
      return InvalidField("inputs", absl::StrCat("\"", model.features()[feature], "\" is given twice"));
    seen[feature] = true;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<InputTable> InputTable::Read(const ScoringModel& model, const ::inference::ModelInferRequest& request) {
  if (request.inputs().empty()) return InvalidField("inputs", "are none: give a tensor at least");
  InputTable table;
  std::vector<bool> seen(model.num_features(), false);
  for (int i = 0; i < request.inputs_size(); ++i) {
    CLIENTELE_ASSIGN_OR_RETURN(const InputTensor tensor, InputTensor::Create(request, i));
    if (i == 0) table.rows_ = static_cast<int>(tensor.rows());
    if (tensor.rows() != table.rows_) {
      return InvalidField(tensor.Field("shape"),
                          absl::StrCat("has ", tensor.rows(), " rows, the first input has ", table.rows_));
    }
    CLIENTELE_ASSIGN_OR_RETURN(Block block, ReadBlock(model, tensor));
    CLIENTELE_RETURN_IF_ERROR(CheckGivenOnce(model, block.features, seen));
    table.blocks_.push_back(std::move(block));
  }
  return table;
}

absl::StatusOr<InputTable::Block> InputTable::ReadBlock(const ScoringModel& model, const InputTensor& tensor) {
  Block block;
  const int feature = model.FindFeature(tensor.name());
  if (feature >= 0) {
    if (tensor.width() != 1) return InvalidField(tensor.Field("shape"), "is not [n] or [n, 1], as a feature's must be");
    block.features = {feature};
    if (model.IsCategory(feature)) {
      CLIENTELE_ASSIGN_OR_RETURN(block.texts, tensor.ReadTexts());
      CLIENTELE_RETURN_IF_ERROR(CheckTexts(tensor, block.texts));
    } else {
      CLIENTELE_ASSIGN_OR_RETURN(block.numbers, tensor.ReadNumbers());
    }
    return block;
  }
  block.features = NumberFeatures(model);
  // One number is a feature like any other, and goes by its name: else a misspelt name would pass for a matrix.
  const bool is_matrix = block.features.size() > 1 && tensor.width() == static_cast<int64_t>(block.features.size()) &&
                         (tensor.datatype() == "FP64" || tensor.datatype() == "FP32");
  if (!is_matrix) return UnknownFeature(model, tensor.Field("name"), tensor.name());
  CLIENTELE_ASSIGN_OR_RETURN(block.numbers, tensor.ReadNumbers());
  return block;
}

void InputTable::ReadRow(int row, absl::Span<Cell> cells) const {
  std::fill(cells.begin(), cells.end(), Cell::Missing());
  for (const Block& block : blocks_) {
    const size_t begin = static_cast<size_t>(row) * block.features.size();
    for (size_t c = 0; c < block.features.size(); ++c) {
      Cell& cell = cells[block.features[c]];
      if (!block.numbers.empty()) {
        cell = Cell::Number(block.numbers[begin + c]);
      } else if (!block.texts[begin + c].empty()) {
        cell = Cell::Category(block.texts[begin + c]);
      }
    }
  }
}

}  // namespace clientele::inference
