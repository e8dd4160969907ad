// The properties and attributes of a stored record, read straight from its bytes: views, no copies, no allocation.
// Reads what the generated parser of ingestion.v1.Record reads, skips what it does not know, and never crashes on
// damaged bytes.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "services/ingestion/records/record_form.h"

namespace clientele::features {

// A typed value of an attribute or a property.
struct ValueView {
  enum class Kind : uint8_t { kNone, kNumber, kText, kFlag, kTime };
  Kind kind = Kind::kNone;
  bool flag = false;
  double number = 0;
  absl::string_view text;
  int64_t time_seconds = 0;  // Since 1970, UTC; and the nanoseconds after it.
  int32_t time_nanos = 0;
};

using PropertyVisitor = absl::FunctionRef<void(absl::string_view name, const ValueView& value)>;

// Calls for each property of a transaction or interaction, or each attribute of a profile, in the order of the bytes.
// A name that comes twice is visited twice; the last one counts. False where the bytes are damaged.
bool ForEachProperty(const ingestion::RecordView& view, PropertyVisitor visit);

}  // namespace clientele::features
