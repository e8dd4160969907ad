#include "services/inference/scoring/value_view.h"

#include <cmath>

#include "common/base/wire_reader.h"
#include "google/protobuf/stubs/common.h"

namespace clientele::inference {

using common::v1::Value;
using model::Cell;
using Kind = ValueView::Kind;

ValueView ViewOf(const Value& value) {
  switch (value.kind_case()) {
    case Value::KIND_NOT_SET: return {};
    case Value::kNumber: return {.kind = Kind::kNumber, .number = value.number()};
    case Value::kText: return {.kind = Kind::kText, .text = value.text()};
    case Value::kFlag: return {.kind = Kind::kFlag, .flag = value.flag()};
    case Value::kTime: return {.kind = Kind::kTime};
  }
  return {};
}

bool ReadValue(absl::string_view bytes, ValueView& value) {
  WireReader in(bytes);
  while (in.Next()) {
    switch (in.tag()) {
      case WireReader::Fixed64(Value::kNumberFieldNumber):
        value = {.kind = Kind::kNumber, .number = in.number()};
        break;
      case WireReader::Bytes(Value::kTextFieldNumber): value = {.kind = Kind::kText, .text = in.bytes()}; break;
      case WireReader::Varint(Value::kFlagFieldNumber): value = {.kind = Kind::kFlag, .flag = in.flag()}; break;
      case WireReader::Bytes(Value::kTimeFieldNumber): value = {.kind = Kind::kTime}; break;
    }
  }
  return in.ok();
}

absl::string_view SetCell(const ValueView& value, bool is_category, Cell& cell) {
  switch (value.kind) {
    case Kind::kNone: cell = Cell::Missing(); return "";
    case Kind::kNumber:
      if (is_category) return "is a number, but the feature is a category: give a text";
      if (!std::isfinite(value.number)) return "is not finite; leave the value unset where it is missing";
      cell = Cell::Number(value.number);
      return "";
    case Kind::kText:
      if (!is_category) return "is a text, but the feature is a number";
      if (value.text.size() > kMaxTextBytes) return "is longer than 1,024 bytes";
      if (!google::protobuf::internal::IsStructurallyValidUTF8(value.text.data(), static_cast<int>(value.text.size())))
        return "is not UTF-8";
      cell = Cell::Category(value.text);
      return "";
    case Kind::kFlag:
      cell = is_category ? Cell::Category(value.flag ? "true" : "false") : Cell::Number(value.flag ? 1 : 0);
      return "";
    case Kind::kTime: return "is a time; give a number or a text";
  }
  return "is of an unknown kind";
}

}  // namespace clientele::inference
