// The fields of records that definitions may name: which kinds have them, of which type they are, and how a record view
// reads them.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/attribute.pb.h"
#include "clientele/common/v1/feature.pb.h"
#include "services/ingestion/features/properties.h"
#include "services/ingestion/records/record_form.h"

namespace clientele::features {

using ingestion::RecordView;

inline constexpr int kRecordKinds = common::v1::RecordKind_ARRAYSIZE;

enum class Field : uint8_t {
  kNone,
  kAmount,
  kQuantity,
  kProduct,
  kCategory,
  kChannel,
  kOrder,
  kType,
  kSentiment,
  kDuration,
  kScore,
  kIssue,
  kDirection,
  kOutcome,
  kValue,
  kIsReturn,
  kProperty,
};

enum class FieldType : uint8_t { kNumber, kText, kFlag, kAny };  // kAny: a property has whatever type was sent.

struct FieldRef {
  Field field = Field::kNone;
  std::string property;  // The name after `properties.`.

  friend bool operator==(const FieldRef&, const FieldRef&) = default;
};

FieldType TypeOf(Field field);

// The field of that name that records of `kind` have. INVALID_ARGUMENT naming `path`, with the known ones.
absl::StatusOr<FieldRef> FindField(absl::string_view path, common::v1::RecordKind kind, absl::string_view name);

// Where a text field lies: a slot of RecordView::text; -1: elsewhere.
inline int SlotOf(Field field) {
  switch (field) {
    case Field::kProduct:
    case Field::kType:
    case Field::kIssue:
    case Field::kOutcome: return ingestion::kNameText;
    case Field::kChannel: return ingestion::kChannelText;
    case Field::kCategory: return ingestion::kCategoryText;
    case Field::kOrder: return ingestion::kOrderText;
    default: return -1;
  }
}

// The text of a field that is a code in the record, an interaction's sentiment or a message's direction; "" where there
// is none.
absl::string_view CodeText(Field field, int code);

// A text field's value; "" where there is none. The view holds as long as the record's bytes.
inline absl::string_view TextOf(const RecordView& record, Field field) {
  const int slot = SlotOf(field);
  return slot >= 0 ? record.text(slot) : CodeText(field, record.code);
}

inline bool IsReturn(const RecordView& record) { return record.is_return || record.base_amount_micros < 0; }

// A number field's value: money in the base currency's units, scores on 0 to 10, quantities negative for returns. False
// where there is none.
inline bool NumberOf(const RecordView& record, Field field, double& number) {
  switch (field) {
    case Field::kAmount: number = static_cast<double>(record.base_amount_micros) / 1e6; return true;
    case Field::kQuantity: {
      const double pieces = record.measure == 0 ? 1 : record.measure;
      number = IsReturn(record) && pieces > 0 ? -pieces : pieces;
      return true;
    }
    case Field::kDuration: number = record.measure; return record.measure != 0;
    case Field::kScore: number = record.measure; return record.has_score;
    case Field::kValue: number = record.measure; return true;
    default: return false;
  }
}

// A typed value as a number: flags as 0 and 1. False for texts, times and where there is none.
bool AsNumber(const ValueView& value, double& number);
// A typed value written out: numbers in the shortest form that reads back the same, flags as true and false, times as
// RFC 3339 in UTC. A text is returned as it is, anything else is written into `scratch`. "" where there is none.
absl::string_view AsText(const ValueView& value, std::string& scratch);

ValueView ViewOf(const common::v1::Value& value);
bool SameValue(const ValueView& a, const ValueView& b);  // Of the same type, and equal.

}  // namespace clientele::features
