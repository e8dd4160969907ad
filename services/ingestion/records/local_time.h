// A tenant's calendar: from instants to local days and back.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace date {
class time_zone;
}

namespace clientele::ingestion {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kSecondsPerDay = 86'400;

// Rounds towards the past.
inline constexpr int64_t FloorDivide(int64_t value, int64_t divisor) {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

// A time zone. Immutable, cheap to copy into a shared object; thread-safe.
class LocalTime {
 public:
  // INVALID_ARGUMENT unless `name` is an IANA zone, for example Europe/Berlin.
  static absl::StatusOr<LocalTime> Load(absl::string_view name);

  // Seconds east of UTC at an instant. A binary search over the zone's transitions.
  int64_t OffsetSeconds(int64_t instant_micros) const;
  // The local calendar day of an instant, in days since 1970-01-01.
  int32_t Day(int64_t instant_micros) const;
  // The instant of a local time (seconds since 1970-01-01T00:00:00 as the clock on the wall counts them). A time that
  // the clock skips is read with the offset before the jump, so it moves forward; of a time that comes twice the first
  // is taken.
  int64_t InstantSeconds(int64_t local_seconds) const;

 private:
  struct Transition {
    int64_t begin_seconds;   // Since 1970, UTC.
    int64_t offset_seconds;  // From then on.
  };
  LocalTime() = default;
  std::vector<Transition> transitions_;  // Ascending; the first is before all time.
};

}  // namespace clientele::ingestion
