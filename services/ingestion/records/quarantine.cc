#include "services/ingestion/records/quarantine.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/timestamps.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/unknown_field_set.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/text.h"

namespace clientele::ingestion {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

constexpr size_t kMaxQuarantinedTextBytes = 1'000;  // A record has some ten texts.

void DropMaps(google::protobuf::Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_map()) {
      reflection.ClearField(&message, field);
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      DropMaps(*reflection.MutableMessage(&message, field));
    }
  }
  reflection.MutableUnknownFields(&message)->Clear();
}

void CutTexts(google::protobuf::Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      const std::string text = reflection.GetString(message, field);
      reflection.SetString(&message, field, std::string(CutUtf8(text, kMaxQuarantinedTextBytes)));
    } else if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      CutTexts(*reflection.MutableMessage(&message, field));
    }
  }
}

// Nothing but which record of its sender it is: what must not be kept any more is not kept here either.
v1::Record Identified(v1::Record record) {
  v1::Record identified;
  identified.set_source(std::move(*record.mutable_source()));
  identified.set_record_id(std::move(*record.mutable_record_id()));
  return identified;
}

}  // namespace

v1::RejectedRecord MakeRejectedRecord(v1::Record record, const Rejection& rejection, absl::Time reject_time) {
  if (record.ByteSizeLong() > kMaxQuarantinedBytes) DropMaps(record);
  if (record.ByteSizeLong() > kMaxQuarantinedBytes) CutTexts(record);
  v1::RejectedRecord result;
  result.set_kind(KindOf(record));
  if (rejection.reason == v1::REJECTION_REASON_EXPIRED) record = Identified(std::move(record));
  *result.mutable_record() = std::move(record);
  result.set_reason(rejection.reason);
  result.set_field(rejection.field);
  result.set_message(rejection.message);
  *result.mutable_reject_time() = ToProto(reject_time);
  return result;
}

}  // namespace clientele::ingestion
