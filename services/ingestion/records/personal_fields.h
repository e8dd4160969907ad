// Which fields of records are personal: sealed where they are kept, masked for whoever may not see them. This table
// says it, and nothing else does.
//
// Not in it, and so kept and shown in the clear: identifiers (a source's customer id should not be a name or an
// address) and what features are made of, an issue, a product, a channel, attributes of profiles and properties.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/common/v1/feature.pb.h"
#include "clientele/ingestion/v1/record.pb.h"

namespace clientele::ingestion {

enum class PersonalKind : uint8_t { kEmail, kPhone, kName, kText };

struct PersonalField {
  common::v1::RecordKind record_kind;
  absl::string_view path;  // Also of the value as it came, in `originals`.
  PersonalKind kind;
  std::string* (*value)(v1::Record&);  // Of a record of that kind.
};

absl::Span<const PersonalField> PersonalFields();
bool HasPersonalFields(common::v1::RecordKind kind);

// Calls with every personal value that is not empty: the field's, and the value as it came where that is kept.
void ForEachPersonalValue(v1::Record& record,
                          absl::FunctionRef<void(const PersonalField& field, std::string& value)> visit);

// Moves what is personal out of `record` into `personal`, which has nothing else; false where there is nothing.
// MergeFrom brings it back.
bool TakePersonalValues(v1::Record& record, v1::Record& personal);

}  // namespace clientele::ingestion
