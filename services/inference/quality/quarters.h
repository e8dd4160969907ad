// Quarters of the calendar in a time zone.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace clientele::inference {

struct Quarter {
  std::string name;  // "2026-Q4"
  absl::Time start, end;
};

// Up to the one of `last`, newest first, from the one of `first` on; at most `most`.
std::vector<Quarter> QuartersBetween(absl::Time first, absl::Time last, absl::TimeZone zone, int most);

}  // namespace clientele::inference
