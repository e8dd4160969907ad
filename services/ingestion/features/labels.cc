#include "services/ingestion/features/labels.h"

#include <cmath>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/dataset/label_window.h"

namespace clientele::features {
namespace {

using common::v1::Label;

absl::Status ValidateAttribute(const std::string& path, const Label::AttributeLabel& label) {
  if (label.attribute().empty()) return InvalidField(absl::StrCat(path, ".attribute"), "is required");
  if (label.classes().empty()) return absl::OkStatus();
  if (label.has_positive()) {
    return InvalidField(absl::StrCat(path, ".positive"), "is given beside classes; the label is one or the other");
  }
  if (label.classes_size() < 2 || label.classes_size() > kMaxLabelClasses) {
    return InvalidField(absl::StrCat(path, ".classes"),
                        absl::StrCat("has ", label.classes_size(), " values and not 2 to ", kMaxLabelClasses));
  }
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < label.classes_size(); ++i) {
    const std::string field = absl::StrCat(path, ".classes[", i, "]");
    std::string scratch;
    const absl::string_view text = AsText(ViewOf(label.classes(i)), scratch);
    if (text.empty()) return InvalidField(field, "has no value");
    if (!seen.emplace(text).second) return InvalidField(field, absl::StrCat("\"", text, "\" comes twice"));
  }
  return absl::OkStatus();
}

// The classes as they are written out, and their indices.
absl::flat_hash_map<std::string, int> IndexClasses(const Label::AttributeLabel& label) {
  absl::flat_hash_map<std::string, int> classes;
  std::string scratch;
  for (int i = 0; i < label.classes_size(); ++i) classes.emplace(AsText(ViewOf(label.classes(i)), scratch), i);
  return classes;
}

}  // namespace

absl::Time EndOf(const Label& label, absl::Time as_of) { return as_of + absl::Hours(24) * dataset::LabelWindowDays(label); }

absl::Status ValidateLabel(absl::string_view path, const Label& label, absl::Time as_of, absl::Time known_at) {
  if (label.kind_case() == Label::KIND_NOT_SET) {
    return InvalidField(path, "needs a kind: no_purchase_within, purchase_within, purchases_within, spend_within, "
                              "attribute or outcome");
  }
  if (label.has_attribute()) return ValidateAttribute(absl::StrCat(path, ".attribute"), label.attribute());
  if (label.has_outcome() && label.outcome().outcome().empty()) {
    return InvalidField(absl::StrCat(path, ".outcome.outcome"), "is required");
  }
  const int days = dataset::LabelWindowDays(label);
  if (days < 1 || days > kMaxLabelDays) {
    return InvalidField(absl::StrCat(path, ".days"), absl::StrCat(days, " is not within 1 to 3,650"));
  }
  const absl::Time end = EndOf(label, as_of);
  if (end <= known_at) return absl::OkStatus();
  return InvalidField(path, absl::StrCat("its window ends at ", absl::FormatTime(end, absl::UTCTimeZone()),
                                         ", after labels_known_at (", absl::FormatTime(known_at, absl::UTCTimeZone()),
                                         "); take an earlier as_of or a shorter window"));
}

LabelReader::LabelReader(Label label, absl::Time as_of, absl::Time known_at, absl::TimeZone zone)
    : label_(std::move(label)),
      classes_(IndexClasses(label_.attribute())),
      as_of_micros_(absl::ToUnixMicros(as_of)),
      known_at_micros_(absl::ToUnixMicros(known_at)),
      end_micros_(absl::ToUnixMicros(EndOf(label_, as_of))),
      days_(zone) {}

void LabelReader::Begin() {
  purchase_days_ = DaysState();
  spend_micros_ = 0;
  any_outcome_ = false;
  outcomes_ = 0;
  attribute_ = ValueView();
  attribute_text_.clear();
}

bool LabelReader::Add(const storage::StoredRecord& record) {
  if (record.ingest_time_micros > known_at_micros_) return true;
  if (label_.has_attribute()) return AddAttribute(record);
  if (record.event_time_micros <= as_of_micros_ || record.event_time_micros > end_micros_) return true;
  const auto kind = label_.has_outcome() ? common::v1::RECORD_KIND_OUTCOME : common::v1::RECORD_KIND_TRANSACTION;
  if (record.kind != kind) return true;
  RecordView view;
  if (!ingestion::ViewRecord(record.body, view) || view.kind != record.kind) return false;
  if (!label_.has_outcome()) {
    if (!IsReturn(view)) purchase_days_.Add(days_.DayOf(record.event_time_micros));
    spend_micros_ += view.base_amount_micros;
  } else if (view.text(ingestion::kNameText) == label_.outcome().outcome()) {
    any_outcome_ = true;
    outcomes_ += view.measure;
  }
  return true;
}

bool LabelReader::AddAttribute(const storage::StoredRecord& record) {
  if (record.kind != common::v1::RECORD_KIND_PROFILE) return true;
  RecordView view;
  if (!ingestion::ViewRecord(record.body, view) || view.kind != record.kind) return false;
  return ForEachProperty(view, [this](absl::string_view name, const ValueView& value) {
    if (name != label_.attribute().attribute()) return;
    attribute_ = value;
    attribute_text_.assign(value.text.data(), value.text.size());
  });
}

bool LabelReader::Finish(double& label) const {
  switch (label_.kind_case()) {
    case Label::kNoPurchaseWithin: label = purchase_days_.count == 0 ? 1 : 0; return true;
    case Label::kPurchaseWithin: label = purchase_days_.count == 0 ? 0 : 1; return true;
    case Label::kPurchasesWithin: label = purchase_days_.count; return true;
    case Label::kSpendWithin: label = static_cast<double>(spend_micros_) / 1e6; return true;
    case Label::kOutcome:
      label = label_.outcome().value() ? outcomes_ : (any_outcome_ ? 1 : 0);
      return std::isfinite(label);
    default: break;
  }
  ValueView value = attribute_;
  value.text = attribute_text_;
  if (value.kind == ValueView::Kind::kNone) return false;
  // Written out, so that the text "1" and the number 1 are the same answer: sources write either.
  std::string scratch, wanted_scratch;
  if (!classes_.empty()) {
    const auto found = classes_.find(AsText(value, scratch));
    if (found != classes_.end()) label = found->second;
    return found != classes_.end();
  }
  if (!label_.attribute().has_positive()) return AsNumber(value, label) && std::isfinite(label);
  label = AsText(value, scratch) == AsText(ViewOf(label_.attribute().positive()), wanted_scratch) ? 1 : 0;
  return true;
}

}  // namespace clientele::features
