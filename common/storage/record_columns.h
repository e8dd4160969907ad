// What of a record stands in columns of its own, beside its body, for those who read the tables with other tools. The
// store does not look inside a body: whoever writes bodies says what is in one.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace clientele::storage {

// Nothing that names a person. Empty texts, and what is not set, become null.
struct RecordColumns {
  absl::string_view label, channel, category, order_id;
  std::optional<int16_t> code;
  std::optional<bool> is_return;
  std::optional<double> measure;
  std::optional<int64_t> base_amount_micros;
};

// The columns of a body; nothing where it is in no form that is known. The views hold as long as the body's bytes.
using DescribeRecord = RecordColumns (*)(absl::string_view body);

}  // namespace clientele::storage
