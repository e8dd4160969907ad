// The filters of many features over records of one kind, evaluated together: one bit for each different filter. A text
// field costs one table lookup, however many filters name it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "clientele/common/v1/feature.pb.h"
#include "services/ingestion/features/interner.h"
#include "services/ingestion/features/record_fields.h"

namespace clientele::features {

// Built while a plan is compiled, then read-only: safe from any number of threads.
class Predicates {
 public:
  // The bit of a valid filter on `field`; `property` is the index at which Evaluate finds the field's value if it is a
  // property. The same filter has the same bit.
  int Add(const FieldRef& field, int property, const common::v1::FeatureDefinition::Filter& filter);

  // At least 1.
  int words() const { return bits_ <= 64 ? 1 : (bits_ + 63) / 64; }
  // Sets `bits`, words() of them. `properties` are the record's values of the properties that filters name.
  void Evaluate(const RecordView& record, absl::Span<const ValueView> properties, uint64_t* bits) const;

 private:
  using Filter = common::v1::FeatureDefinition::Filter;

  // From the value of one text field to the bits of the filters on it that hold.
  struct TextTable {
    explicit TextTable(Field text_field) : field(text_field), slot(SlotOf(text_field)) {}

    Field field;
    int slot;                     // Of the field; below 0 it is a code.
    Interner values;              // That filters name,
    std::vector<uint64_t> masks;  // [values or kCodes x words] and which hold for each,
    std::vector<uint64_t> other;  // [words] for any other value,
    std::vector<uint64_t> none;   // [words] and for no value.
    std::vector<Filter> filters;
    std::vector<int> bits;
  };
  // A filter on anything else.
  struct Test {
    FieldRef field;
    int property;
    Filter filter;
    int bit;
  };

  static constexpr int kCodes = 16;

  void AddText(Field field, const Filter& filter, int bit);
  void Rebuild(TextTable& table);
  const uint64_t* MaskOf(const TextTable& table, const RecordView& record) const;
  static bool Holds(const Test& test, const RecordView& record, absl::Span<const ValueView> properties);

  int bits_ = 0;
  std::map<std::string, int> known_;  // Serialised filter -> bit.
  std::vector<TextTable> texts_;
  // The bits of the filters on is_return that hold for false and for true.
  std::vector<uint64_t> return_masks_[2] = {{0}, {0}};
  std::vector<Test> tests_;
};

}  // namespace clientele::features
