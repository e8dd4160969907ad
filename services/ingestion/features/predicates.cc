#include "services/ingestion/features/predicates.h"

#include <algorithm>

namespace clientele::features {
namespace {

using Filter = common::v1::FeatureDefinition::Filter;

bool TextHolds(const Filter& filter, absl::string_view text) {
  const bool named = std::any_of(filter.values().begin(), filter.values().end(),
                                 [text](const common::v1::Value& value) { return text == value.text(); });
  switch (filter.comparison()) {
    case Filter::COMPARISON_IN: return named && !text.empty();
    case Filter::COMPARISON_NOT_IN: return !named || text.empty();
    case Filter::COMPARISON_PRESENT: return !text.empty();
    default: return false;
  }
}

void SetBit(int bit, std::vector<uint64_t>& words) { words[bit / 64] |= uint64_t{1} << (bit % 64); }

// Whether the filter holds for a value that is there.
bool ValueHolds(const Filter& filter, const ValueView& value) {
  double number;
  switch (filter.comparison()) {
    case Filter::COMPARISON_IN:
    case Filter::COMPARISON_NOT_IN: {
      const bool named =
          std::any_of(filter.values().begin(), filter.values().end(),
                      [&value](const common::v1::Value& wanted) { return SameValue(ViewOf(wanted), value); });
      return named == (filter.comparison() == Filter::COMPARISON_IN);
    }
    case Filter::COMPARISON_AT_LEAST: return AsNumber(value, number) && number >= filter.values(0).number();
    case Filter::COMPARISON_AT_MOST: return AsNumber(value, number) && number <= filter.values(0).number();
    default: return filter.comparison() == Filter::COMPARISON_PRESENT;
  }
}

}  // namespace

int Predicates::Add(const FieldRef& field, int property, const Filter& filter) {
  const auto [known, is_new] = known_.emplace(filter.SerializeAsString(), bits_);
  if (!is_new) return known->second;
  const int bit = bits_++;
  for (std::vector<uint64_t>& mask : return_masks_) mask.resize(words());
  if (TypeOf(field.field) == FieldType::kText) {
    AddText(field.field, filter, bit);
  } else if (field.field == Field::kIsReturn) {
    ValueView value;
    value.kind = ValueView::Kind::kFlag;
    for (const bool returned : {false, true}) {
      value.flag = returned;
      if (ValueHolds(filter, value)) SetBit(bit, return_masks_[returned]);
    }
  } else {
    tests_.push_back({field, property, filter, bit});
  }
  for (TextTable& table : texts_) Rebuild(table);  // The number of words may have grown.
  return bit;
}

void Predicates::AddText(Field field, const Filter& filter, int bit) {
  auto table = std::find_if(texts_.begin(), texts_.end(), [field](const TextTable& t) { return t.field == field; });
  if (table == texts_.end()) {
    texts_.emplace_back(field);
    table = texts_.end() - 1;
  }
  table->filters.push_back(filter);
  table->bits.push_back(bit);
}

void Predicates::Rebuild(TextTable& table) {
  std::vector<std::string> values;
  for (const Filter& filter : table.filters) {
    for (const common::v1::Value& value : filter.values()) values.push_back(value.text());
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());

  const auto mask_of = [this, &table](auto holds) {
    std::vector<uint64_t> mask(words());
    for (size_t i = 0; i < table.filters.size(); ++i) {
      if (holds(table.filters[i])) SetBit(table.bits[i], mask);
    }
    return mask;
  };
  const auto mask_of_text = [&mask_of](absl::string_view text) {
    return mask_of([text](const Filter& filter) { return TextHolds(filter, text); });
  };
  table.values.Clear();
  table.masks.clear();
  const auto add = [&table](const std::vector<uint64_t>& mask) {
    table.masks.insert(table.masks.end(), mask.begin(), mask.end());
  };
  if (table.slot < 0) {
    for (int code = 0; code < kCodes; ++code) add(mask_of_text(CodeText(table.field, code)));
    return;
  }
  for (const std::string& value : values) {
    table.values.Intern(value);
    add(mask_of_text(value));
  }
  table.none = mask_of_text("");
  table.other = mask_of([](const Filter& filter) { return filter.comparison() != Filter::COMPARISON_IN; });
}

const uint64_t* Predicates::MaskOf(const TextTable& table, const RecordView& record) const {
  if (table.slot < 0) return table.masks.data() + record.code * words();
  const absl::string_view text = record.text(table.slot);
  if (text.empty()) return table.none.data();
  const uint32_t value = table.values.Find(TextWords::OfPadded(text));
  return value == Interner::kNone ? table.other.data() : table.masks.data() + value * words();
}

bool Predicates::Holds(const Test& test, const RecordView& record, absl::Span<const ValueView> properties) {
  ValueView value;
  if (test.field.field == Field::kProperty) {
    value = properties[test.property];
    if (value.kind == ValueView::Kind::kText && value.text.empty()) value.kind = ValueView::Kind::kNone;
  } else if (NumberOf(record, test.field.field, value.number)) {
    value.kind = ValueView::Kind::kNumber;
  }
  if (value.kind == ValueView::Kind::kNone) return test.filter.comparison() == Filter::COMPARISON_NOT_IN;
  return ValueHolds(test.filter, value);
}

void Predicates::Evaluate(const RecordView& record, absl::Span<const ValueView> properties, uint64_t* bits) const {
  const int count = words();
  const std::vector<uint64_t>& returned = return_masks_[IsReturn(record)];
  for (int word = 0; word < count; ++word) bits[word] = returned[word];
  for (const TextTable& table : texts_) {
    const uint64_t* const mask = MaskOf(table, record);
    for (int word = 0; word < count; ++word) bits[word] |= mask[word];
  }
  for (const Test& test : tests_) {
    if (Holds(test, record, properties)) bits[test.bit / 64] |= uint64_t{1} << (test.bit % 64);
  }
}

}  // namespace clientele::features
