#include "services/inference/open_inference/tensor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::inference {
namespace {

using ::inference::InferTensorContents;
using ::inference::ModelInferRequest;

constexpr int64_t kMaxElements = int64_t{1} << 24;

template <typename T>
void ReadRaw(const char* from, absl::Span<double> to) {
  for (double& number : to) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    from += sizeof(T);
    number = static_cast<double>(value);
  }
}

void ReadRawFlags(const char* from, absl::Span<double> to) {
  for (double& number : to) number = *from++ != 0 ? 1 : 0;
}

template <typename Field>
bool ReadField(const Field& field, absl::Span<double> to) {
  if (field.size() != static_cast<int>(to.size())) return false;
  std::copy(field.begin(), field.end(), to.begin());
  return true;
}

// A datatype that is a number: how its raw bytes are read, and from which field of the contents; false where that has
// not as many elements.
struct NumberType {
  absl::string_view name;
  size_t bytes;
  void (*read_raw)(const char* from, absl::Span<double> to);
  bool (*read)(const InferTensorContents& contents, absl::Span<double> to);
};

bool ReadInt(const InferTensorContents& contents, absl::Span<double> to) {
  return ReadField(contents.int_contents(), to);
}
bool ReadUint(const InferTensorContents& contents, absl::Span<double> to) {
  return ReadField(contents.uint_contents(), to);
}

constexpr NumberType kNumberTypes[] = {
    {"FP64", 8, ReadRaw<double>, [](const auto& contents, auto to) { return ReadField(contents.fp64_contents(), to); }},
    {"FP32", 4, ReadRaw<float>, [](const auto& contents, auto to) { return ReadField(contents.fp32_contents(), to); }},
    {"INT64", 8, ReadRaw<int64_t>,
     [](const auto& contents, auto to) { return ReadField(contents.int64_contents(), to); }},
    {"INT32", 4, ReadRaw<int32_t>, ReadInt},
    {"INT16", 2, ReadRaw<int16_t>, ReadInt},
    {"INT8", 1, ReadRaw<int8_t>, ReadInt},
    {"UINT64", 8, ReadRaw<uint64_t>,
     [](const auto& contents, auto to) { return ReadField(contents.uint64_contents(), to); }},
    {"UINT32", 4, ReadRaw<uint32_t>, ReadUint},
    {"UINT16", 2, ReadRaw<uint16_t>, ReadUint},
    {"UINT8", 1, ReadRaw<uint8_t>, ReadUint},
    {"BOOL", 1, ReadRawFlags, [](const auto& contents, auto to) { return ReadField(contents.bool_contents(), to); }},
};

const NumberType* FindNumberType(absl::string_view name) {
  const auto found = std::find_if(std::begin(kNumberTypes), std::end(kNumberTypes),
                                  [&](const NumberType& type) { return type.name == name; });
  return found == std::end(kNumberTypes) ? nullptr : found;
}

}  // namespace

absl::StatusOr<InputTensor> InputTensor::Create(const ModelInferRequest& request, int index) {
  const auto& message = request.inputs(index);
  const bool is_raw = !request.raw_input_contents().empty();
  if (is_raw && request.raw_input_contents_size() != request.inputs_size()) {
    return InvalidField("raw_input_contents", absl::StrCat(request.raw_input_contents_size(), " of them for ",
                                                           request.inputs_size(), " inputs"));
  }
  InputTensor tensor(message, is_raw ? &request.raw_input_contents(index) : nullptr, index);
  if (is_raw && message.has_contents()) {
    return InvalidField(tensor.Field("contents"), "are given beside raw_input_contents; give one of them");
  }
  const auto& shape = message.shape();
  const bool fits = (shape.size() == 1 || shape.size() == 2) && shape[0] >= 1 && shape[0] <= kMaxTensorRows &&
                    (shape.size() == 1 || (shape[1] >= 1 && shape[1] <= kMaxElements / shape[0]));
  if (!fits) {
    return InvalidField(tensor.Field("shape"), absl::StrCat("[", absl::StrJoin(shape, ", "),
                                                            "] is not [n] or [n, d] with n 1 to ", kMaxTensorRows));
  }
  tensor.rows_ = shape[0];
  if (shape.size() == 2) tensor.width_ = shape[1];
  return tensor;
}

std::string InputTensor::Field(absl::string_view part) const { return absl::StrCat("inputs[", index_, "].", part); }

absl::Status InputTensor::WrongCount() const {
  return InvalidField(Field(raw_ == nullptr ? "contents" : "shape"),
                      absl::StrCat("\"", name().substr(0, 64), "\" has not the ", rows_ * width_, " elements of ",
                                   datatype(), " that its shape says"));
}

absl::StatusOr<std::vector<double>> InputTensor::ReadNumbers() const {
  const NumberType* type = FindNumberType(datatype());
  if (type == nullptr) {
    return InvalidField(Field("datatype"),
                        absl::StrCat("\"", datatype().substr(0, 32), "\" is none of ",
                                     absl::StrJoin(kNumberTypes, ", ", [](std::string* out, const NumberType& one) {
                                       absl::StrAppend(out, one.name);
                                     })));
  }
  // Checked before anything is allocated: what is claimed must be there.
  const auto count = static_cast<size_t>(rows_ * width_);
  if (raw_ != nullptr && raw_->size() != count * type->bytes) return WrongCount();
  if (raw_ == nullptr && tensor_->contents().ByteSizeLong() < count) return WrongCount();
  std::vector<double> numbers(count);
  if (raw_ != nullptr) {
    type->read_raw(raw_->data(), absl::MakeSpan(numbers));
  } else if (!type->read(tensor_->contents(), absl::MakeSpan(numbers))) {
    return WrongCount();
  }
  const bool infinite = std::any_of(numbers.begin(), numbers.end(), [](double number) { return std::isinf(number); });
  if (infinite) return InvalidField(Field("contents"), "hold an infinite number; NaN is a missing one");
  return numbers;
}

absl::StatusOr<std::vector<absl::string_view>> InputTensor::ReadTexts() const {
  if (datatype() == "BOOL") {
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<double> flags, ReadNumbers());
    std::vector<absl::string_view> texts;
    texts.reserve(flags.size());
    for (const double flag : flags) texts.push_back(flag != 0 ? "true" : "false");
    return texts;
  }
  if (!is_text()) {
    return InvalidField(Field("datatype"),
                        absl::StrCat("\"", name().substr(0, 64), "\" is a category: BYTES, or BOOL for a flag"));
  }
  if (raw_ != nullptr) return ReadRawTexts();
  const auto& contents = tensor_->contents().bytes_contents();
  if (contents.size() != rows_ * width_) return WrongCount();
  return std::vector<absl::string_view>(contents.begin(), contents.end());
}

absl::StatusOr<std::vector<absl::string_view>> InputTensor::ReadRawTexts() const {
  std::vector<absl::string_view> texts;
  absl::string_view rest = *raw_;
  while (rest.size() >= sizeof(uint32_t)) {
    uint32_t size;
    std::memcpy(&size, rest.data(), sizeof(size));
    rest.remove_prefix(sizeof(uint32_t));
    if (size > rest.size()) return WrongCount();
    texts.push_back(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  if (!rest.empty() || static_cast<int64_t>(texts.size()) != rows_ * width_) return WrongCount();
  return texts;
}

}  // namespace clientele::inference
