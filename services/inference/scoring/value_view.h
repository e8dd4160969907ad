// A value of a feature as it comes, by message or off the wire, and as the cell that a predictor reads.
#pragma once

#include "absl/strings/string_view.h"
#include "clientele/common/v1/attribute.pb.h"
#include "common/model/cell.h"

namespace clientele::inference {

inline constexpr size_t kMaxTextBytes = 1024;  // Of a category.

// A Value. Does not own its text.
struct ValueView {
  enum class Kind { kNone, kNumber, kText, kFlag, kTime };
  Kind kind = Kind::kNone;
  double number = 0;
  absl::string_view text = {};
  bool flag = false;
};

ValueView ViewOf(const common::v1::Value& value);

// Reads the bytes of a Value on top of what `value` holds, as protobuf merges messages. False where they are none.
bool ReadValue(absl::string_view bytes, ValueView& value);

// Empty where `value` can be a cell of this kind, else what is wrong with it. Flags are the numbers 0 and 1, or the
// categories "true" and "false", as ingestion has them; no value is a missing one.
absl::string_view SetCell(const ValueView& value, bool is_category, model::Cell& cell);

}  // namespace clientele::inference
