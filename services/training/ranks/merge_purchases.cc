#include "services/training/ranks/merge_purchases.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace clientele::training {
namespace {

constexpr double kMostMicros = 0x1p51;

}  // namespace

absl::Status PurchaseMerger::Add(const common::v1::PurchaseSeries& by_days) {
  if (by_days.start_day().empty()) return absl::OkStatus();  // Nobody bought.
  absl::CivilDay start;
  if (by_days.bin_days() != 1 || !absl::ParseCivilTime(by_days.start_day(), &start)) {
    return absl::InvalidArgumentError("purchases of parts are put together by days");
  }
  const int64_t first = start - absl::CivilDay(1970, 1, 1);
  as_of_day_ = first + by_days.days_before();
  for (int i = 0; i < by_days.spend_size(); ++i) {
    const double micros = by_days.spend(i) * 1e6;
    if (!(std::abs(micros) < kMostMicros)) {
      return absl::InvalidArgumentError(
          absl::StrCat("a spend of ", by_days.spend(i), " on a day is too much to be told exactly"));
    }
    Day& day = days_[first + i];
    day.first += by_days.first_purchases(i);
    day.repeat += by_days.repeat_purchases(i);
    day.spend_micros += std::llround(micros);
  }
  return absl::OkStatus();
}

common::v1::PurchaseSeries PurchaseMerger::InBins(int bin_days) const {
  common::v1::PurchaseSeries series;
  series.set_bin_days(bin_days);
  if (days_.empty()) return series;
  const int64_t start = days_.begin()->first;
  series.set_start_day(absl::FormatCivilTime(absl::CivilDay(1970, 1, 1) + start));
  series.set_days_before(static_cast<int32_t>(as_of_day_ - start));
  std::vector<Day> bins((days_.rbegin()->first - start) / bin_days + 1);
  for (const auto& [number, day] : days_) {
    Day& bin = bins[(number - start) / bin_days];
    bin.first += day.first;
    bin.repeat += day.repeat;
    bin.spend_micros += day.spend_micros;
  }
  for (const Day& bin : bins) {
    series.add_first_purchases(bin.first);
    series.add_repeat_purchases(bin.repeat);
    series.add_spend(static_cast<double>(bin.spend_micros) / 1e6);
  }
  return series;
}

}  // namespace clientele::training
