// How telephone numbers are written at home, by region.
#pragma once

#include "absl/strings/string_view.h"

namespace clientele::ingestion {

struct PhoneRegion {
  absl::string_view region;         // ISO 3166-1, two letters.
  absl::string_view calling_code;   // Without +.
  absl::string_view trunk_prefix;   // Dialled at home before the number, and dropped abroad; "" where there is none.
  int shortest;                     // Digits of a national number without the trunk prefix.
  int longest;
};

// Null for a region that is not in the table: there a number needs its + and calling code.
const PhoneRegion* FindPhoneRegion(absl::string_view region);

// Whether `region` is two capital letters.
bool IsRegionCode(absl::string_view region);

// Whether some country's calling code begins these digits.
bool HasCallingCode(absl::string_view digits);

}  // namespace clientele::ingestion
