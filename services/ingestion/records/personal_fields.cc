#include "services/ingestion/records/personal_fields.h"

#include <algorithm>
#include <utility>

#include "services/ingestion/records/record_form.h"

namespace clientele::ingestion {
namespace {

constexpr PersonalField kPersonalFields[] = {
    {common::v1::RECORD_KIND_PROFILE, "profile.email", PersonalKind::kEmail,
     [](v1::Record& record) { return record.mutable_profile()->mutable_email(); }},
    {common::v1::RECORD_KIND_PROFILE, "profile.phone", PersonalKind::kPhone,
     [](v1::Record& record) { return record.mutable_profile()->mutable_phone(); }},
    {common::v1::RECORD_KIND_PROFILE, "profile.display_name", PersonalKind::kName,
     [](v1::Record& record) { return record.mutable_profile()->mutable_display_name(); }},
    {common::v1::RECORD_KIND_FEEDBACK, "feedback.text", PersonalKind::kText,
     [](v1::Record& record) { return record.mutable_feedback()->mutable_text(); }},
    {common::v1::RECORD_KIND_MESSAGE, "message.text", PersonalKind::kText,
     [](v1::Record& record) { return record.mutable_message()->mutable_text(); }},
};

}  // namespace

absl::Span<const PersonalField> PersonalFields() { return kPersonalFields; }

bool HasPersonalFields(common::v1::RecordKind kind) {
  return std::any_of(std::begin(kPersonalFields), std::end(kPersonalFields),
                     [kind](const PersonalField& field) { return field.record_kind == kind; });
}

void ForEachPersonalValue(v1::Record& record, absl::FunctionRef<void(const PersonalField&, std::string&)> visit) {
  const common::v1::RecordKind kind = KindOf(record);
  for (const PersonalField& field : kPersonalFields) {
    if (field.record_kind != kind) continue;
    std::string& value = *field.value(record);
    if (!value.empty()) visit(field, value);
    if (record.originals().empty()) continue;
    const auto original = record.mutable_originals()->find(std::string(field.path));
    if (original != record.mutable_originals()->end()) visit(field, original->second);
  }
}

bool TakePersonalValues(v1::Record& record, v1::Record& personal) {
  personal.Clear();
  bool found = false;
  const common::v1::RecordKind kind = KindOf(record);
  for (const PersonalField& field : kPersonalFields) {
    if (field.record_kind != kind) continue;
    if (std::string& value = *field.value(record); !value.empty()) {
      *field.value(personal) = std::exchange(value, {});
      found = true;
    }
    if (record.originals().empty()) continue;
    const auto original = record.mutable_originals()->find(std::string(field.path));
    if (original == record.mutable_originals()->end()) continue;
    (*personal.mutable_originals())[original->first] = std::move(original->second);
    record.mutable_originals()->erase(original);
    found = true;
  }
  return found;
}

}  // namespace clientele::ingestion
