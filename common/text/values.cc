#include "common/text/values.h"

#include <cmath>

#include "common/base/timestamps.h"
#include "common/text/numbers.h"

namespace clientele {

using common::v1::Value;

std::string FormatDate(absl::Time time) { return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone()); }

std::string FormatDateTime(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone()); }

std::string ShowValue(const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumber:
      return std::abs(value.number() - std::round(value.number())) < 1e-9 && std::abs(value.number()) < 1e15
                 ? FormatNumber(value.number(), 0)
                 : FormatNumber(value.number(), std::abs(value.number()) < 10 ? 3 : 2);
    case Value::kText: return value.text();
    case Value::kFlag: return value.flag() ? "yes" : "no";
    case Value::kTime: return FormatDateTime(FromProto(value.time()));
    case Value::KIND_NOT_SET: return "";
  }
  return "";
}

}  // namespace clientele
