#include "services/ingestion/features/record_fields.h"

#include <charconv>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "common/base/error.h"

namespace clientele::features {
namespace {

using common::v1::RecordKind;

struct KnownField {
  RecordKind kind;
  absl::string_view name;
  Field field;
};

constexpr KnownField kKnownFields[] = {
    {common::v1::RECORD_KIND_TRANSACTION, "amount", Field::kAmount},
    {common::v1::RECORD_KIND_TRANSACTION, "quantity", Field::kQuantity},
    {common::v1::RECORD_KIND_TRANSACTION, "product", Field::kProduct},
    {common::v1::RECORD_KIND_TRANSACTION, "category", Field::kCategory},
    {common::v1::RECORD_KIND_TRANSACTION, "channel", Field::kChannel},
    {common::v1::RECORD_KIND_TRANSACTION, "order", Field::kOrder},
    {common::v1::RECORD_KIND_TRANSACTION, "is_return", Field::kIsReturn},
    {common::v1::RECORD_KIND_INTERACTION, "type", Field::kType},
    {common::v1::RECORD_KIND_INTERACTION, "channel", Field::kChannel},
    {common::v1::RECORD_KIND_INTERACTION, "sentiment", Field::kSentiment},
    {common::v1::RECORD_KIND_INTERACTION, "duration", Field::kDuration},
    {common::v1::RECORD_KIND_FEEDBACK, "score", Field::kScore},
    {common::v1::RECORD_KIND_FEEDBACK, "issue", Field::kIssue},
    {common::v1::RECORD_KIND_FEEDBACK, "channel", Field::kChannel},
    {common::v1::RECORD_KIND_MESSAGE, "channel", Field::kChannel},
    {common::v1::RECORD_KIND_MESSAGE, "direction", Field::kDirection},
    {common::v1::RECORD_KIND_OUTCOME, "outcome", Field::kOutcome},
    {common::v1::RECORD_KIND_OUTCOME, "value", Field::kValue},
};

constexpr absl::string_view kPropertyPrefix = "properties.";

bool HasProperties(RecordKind kind) {
  return kind == common::v1::RECORD_KIND_TRANSACTION || kind == common::v1::RECORD_KIND_INTERACTION;
}

absl::string_view SentimentText(int sentiment) {
  switch (sentiment) {
    case ingestion::v1::Interaction::SENTIMENT_NEGATIVE: return "negative";
    case ingestion::v1::Interaction::SENTIMENT_NEUTRAL: return "neutral";
    case ingestion::v1::Interaction::SENTIMENT_POSITIVE: return "positive";
    default: return "";
  }
}

absl::string_view DirectionText(int direction) {
  switch (direction) {
    case ingestion::v1::Message::DIRECTION_INBOUND: return "inbound";
    case ingestion::v1::Message::DIRECTION_OUTBOUND: return "outbound";
    default: return "";
  }
}

}  // namespace

FieldType TypeOf(Field field) {
  switch (field) {
    case Field::kAmount:
    case Field::kQuantity:
    case Field::kDuration:
    case Field::kScore:
    case Field::kValue: return FieldType::kNumber;
    case Field::kIsReturn: return FieldType::kFlag;
    case Field::kProperty: return FieldType::kAny;
    default: return FieldType::kText;
  }
}

absl::StatusOr<FieldRef> FindField(absl::string_view path, RecordKind kind, absl::string_view name) {
  if (HasProperties(kind) && absl::StartsWith(name, kPropertyPrefix) && name.size() > kPropertyPrefix.size()) {
    return FieldRef{Field::kProperty, std::string(name.substr(kPropertyPrefix.size()))};
  }
  std::vector<absl::string_view> known;
  for (const KnownField& candidate : kKnownFields) {
    if (candidate.kind != kind) continue;
    if (candidate.name == name) return FieldRef{candidate.field, ""};
    known.push_back(candidate.name);
  }
  if (HasProperties(kind)) known.push_back("properties.NAME");
  return InvalidField(path, absl::StrCat("\"", name, "\" is not a field of ", common::v1::RecordKind_Name(kind),
                                         "; allowed: ", known.empty() ? "none" : absl::StrJoin(known, ", ")));
}

absl::string_view CodeText(Field field, int code) {
  switch (field) {
    case Field::kSentiment: return SentimentText(code);
    case Field::kDirection: return DirectionText(code);
    default: return "";
  }
}

bool AsNumber(const ValueView& value, double& number) {
  switch (value.kind) {
    case ValueView::Kind::kNumber: number = value.number; return true;
    case ValueView::Kind::kFlag: number = value.flag ? 1 : 0; return true;
    default: return false;
  }
}

absl::string_view AsText(const ValueView& value, std::string& scratch) {
  switch (value.kind) {
    case ValueView::Kind::kNone: return "";
    case ValueView::Kind::kText: return value.text;
    case ValueView::Kind::kFlag: return value.flag ? "true" : "false";
    case ValueView::Kind::kNumber: {
      char digits[40];
      const double number = value.number == 0 ? 0 : value.number;  // Without the sign of a negative zero.
      scratch.assign(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
      return scratch;
    }
    case ValueView::Kind::kTime:
      scratch = absl::FormatTime(absl::RFC3339_full,
                                 absl::FromUnixSeconds(value.time_seconds) + absl::Nanoseconds(value.time_nanos),
                                 absl::UTCTimeZone());
      return scratch;
  }
  return "";
}

ValueView ViewOf(const common::v1::Value& value) {
  ValueView view;
  switch (value.kind_case()) {
    case common::v1::Value::kNumber:
      view.kind = ValueView::Kind::kNumber;
      view.number = value.number();
      break;
    case common::v1::Value::kText:
      view.kind = ValueView::Kind::kText;
      view.text = value.text();
      break;
    case common::v1::Value::kFlag:
      view.kind = ValueView::Kind::kFlag;
      view.flag = value.flag();
      break;
    case common::v1::Value::kTime:
      view.kind = ValueView::Kind::kTime;
      view.time_seconds = value.time().seconds();
      view.time_nanos = value.time().nanos();
      break;
    case common::v1::Value::KIND_NOT_SET: break;
  }
  return view;
}

bool SameValue(const ValueView& a, const ValueView& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case ValueView::Kind::kNone: return true;
    case ValueView::Kind::kNumber: return a.number == b.number;
    case ValueView::Kind::kText: return a.text == b.text;
    case ValueView::Kind::kFlag: return a.flag == b.flag;
    case ValueView::Kind::kTime: return a.time_seconds == b.time_seconds && a.time_nanos == b.time_nanos;
  }
  return false;
}

}  // namespace clientele::features
