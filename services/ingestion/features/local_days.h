// The calendar day of an instant in a time zone, as days since 1970-01-01. Fast for instants that come in order: the
// offset from UTC is looked up once for each span between two changes of the clocks.
#pragma once

#include <cstdint>
#include <limits>

#include "absl/time/time.h"

namespace clientele::features {

inline constexpr int64_t kDayMicros = 86'400'000'000;

// Thread-compatible.
class LocalDays {
 public:
  explicit LocalDays(absl::TimeZone zone) : zone_(zone) {}

  int32_t DayOf(int64_t micros) {
    if (micros < span_begin_ || micros >= span_end_) FindSpan(micros);
    const int64_t local = micros + offset_micros_;
    return static_cast<int32_t>((local >= 0 ? local : local - (kDayMicros - 1)) / kDayMicros);  // Rounds down.
  }

 private:
  void FindSpan(int64_t micros) {
    constexpr int64_t kFar = std::numeric_limits<int64_t>::max() / 4;
    const absl::Time time = absl::FromUnixMicros(micros);
    absl::TimeZone::CivilTransition change;
    // `trans`: where a civil time comes twice, the instant of the change is the second.
    span_end_ = zone_.NextTransition(time, &change) ? absl::ToUnixMicros(zone_.At(change.to).trans) : kFar;
    span_begin_ = micros;
    offset_micros_ = int64_t{zone_.At(time).offset} * 1'000'000;
  }

  absl::TimeZone zone_;
  int64_t span_begin_ = 1;  // [begin, end), empty at first.
  int64_t span_end_ = 0;
  int64_t offset_micros_ = 0;
};

}  // namespace clientele::features
