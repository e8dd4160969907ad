#include "services/ingestion/records/local_time.h"

#include <date/tz.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>

#include "absl/strings/str_cat.h"

namespace clientele::ingestion {
namespace {

constexpr int64_t kFirstSecond = -2'208'988'800;  // 1900.
constexpr int64_t kEndSecond = 7'258'118'400;     // 2200.

}  // namespace

absl::StatusOr<LocalTime> LocalTime::Load(absl::string_view name) {
  const date::time_zone* zone = nullptr;
  try {
    zone = date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is not a time zone; give its IANA name, for example "
                                                   "Europe/Berlin, or UTC"));
  }
  LocalTime result;
  int64_t second = kFirstSecond;
  while (second < kEndSecond) {
    const date::sys_info info = zone->get_info(date::sys_seconds(std::chrono::seconds(second)));
    const int64_t begin = result.transitions_.empty() ? std::numeric_limits<int64_t>::min() : second;
    const int64_t offset = info.offset.count();
    if (result.transitions_.empty() || result.transitions_.back().offset_seconds != offset) {
      result.transitions_.push_back({begin, offset});
    }
    const int64_t end = info.end.time_since_epoch().count();
    if (end <= second) break;
    second = end;
  }
  return result;
}

int64_t LocalTime::OffsetSeconds(int64_t instant_micros) const {
  const int64_t seconds = FloorDivide(instant_micros, kMicrosPerSecond);
  const auto after = std::upper_bound(transitions_.begin() + 1, transitions_.end(), seconds,
                                      [](int64_t value, const Transition& t) { return value < t.begin_seconds; });
  return std::prev(after)->offset_seconds;
}

int32_t LocalTime::Day(int64_t instant_micros) const {
  const int64_t seconds = FloorDivide(instant_micros, kMicrosPerSecond) + OffsetSeconds(instant_micros);
  return static_cast<int32_t>(FloorDivide(seconds, kSecondsPerDay));
}

int64_t LocalTime::InstantSeconds(int64_t local_seconds) const {
  // The offset in force is that of the last transition whose local time, by the clock before it, has come. Before that
  // instant the old clock still counts, which settles both gaps and repeats.
  const auto after =
      std::partition_point(transitions_.begin() + 1, transitions_.end(), [&](const Transition& transition) {
        const int64_t before = (&transition - 1)->offset_seconds;
        return transition.begin_seconds + std::max(before, transition.offset_seconds) <= local_seconds;
      });
  return local_seconds - std::prev(after)->offset_seconds;
}

}  // namespace clientele::ingestion
