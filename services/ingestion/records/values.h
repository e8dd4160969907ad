// Checks of numbers, times and typed values.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "clientele/common/v1/attribute.pb.h"
#include "google/protobuf/map.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/ingestion/records/rejection.h"

namespace clientele::ingestion {

inline constexpr int kMaxValues = 200;  // Attributes of a profile, properties of a record.

// Not NaN, not infinite.
MaybeRejection CheckFinite(absl::string_view field, double value);
// A Timestamp of the years 1 to 9999.
MaybeRejection CheckTimestamp(absl::string_view field, const google::protobuf::Timestamp& time);
// Names, numbers, texts and how many there are.
MaybeRejection CheckValues(absl::string_view field,
                           const google::protobuf::Map<std::string, common::v1::Value>& values);

}  // namespace clientele::ingestion
