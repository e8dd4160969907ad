#include "services/ingestion/records/values.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "services/ingestion/records/dates.h"
#include "services/ingestion/records/text.h"

namespace clientele::ingestion {
namespace {

using common::v1::Value;

constexpr size_t kMaxValueBytes = 1'024;

MaybeRejection CheckValue(absl::string_view field, const Value& value) {
  switch (value.kind_case()) {
    case Value::kNumber:
      return CheckFinite(field, value.number());
    case Value::kText:
      return CheckLength(field, value.text(), kMaxValueBytes);
    case Value::kTime:
      return CheckTimestamp(field, value.time());
    case Value::kFlag:
    case Value::KIND_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace

MaybeRejection CheckFinite(absl::string_view field, double value) {
  if (std::isfinite(value)) return std::nullopt;
  return Rejection{v1::REJECTION_REASON_NOT_FINITE, std::string(field), "is not a finite number"};
}

MaybeRejection CheckTimestamp(absl::string_view field, const google::protobuf::Timestamp& time) {
  const bool ok = time.seconds() >= kFirstTimestampSecond && time.seconds() <= kLastTimestampSecond &&
                  time.nanos() >= 0 && time.nanos() <= 999'999'999;
  if (ok) return std::nullopt;
  return Rejection{v1::REJECTION_REASON_OUT_OF_RANGE, std::string(field), "is not a time of the years 1 to 9999"};
}

MaybeRejection CheckValues(absl::string_view field, const google::protobuf::Map<std::string, Value>& values) {
  if (values.size() > kMaxValues) {
    return Rejection{v1::REJECTION_REASON_OUT_OF_RANGE, std::string(field),
                     absl::StrCat("has ", values.size(), " entries; at most ", kMaxValues, " are allowed")};
  }
  // A map has no order of its own: of several bad entries the first by name is told, so that the answer is the same.
  const std::string* worst = nullptr;
  MaybeRejection rejection;
  for (const auto& [name, value] : values) {
    MaybeRejection bad;
    if (!IsAttributeName(name)) {
      bad = Rejection{v1::REJECTION_REASON_INVALID_FORMAT, std::string(field), "is not [A-Za-z][A-Za-z0-9_]{0,62}"};
    } else {
      bad = CheckValue(field, value);
    }
    if (!bad || (worst != nullptr && *worst <= name)) continue;
    worst = &name;
    rejection = std::move(bad);
  }
  if (rejection) rejection->message = absl::StrCat("\"", CutUtf8(*worst, 64), "\" ", rejection->message);
  return rejection;
}

}  // namespace clientele::ingestion
