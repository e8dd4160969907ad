#include "services/ingestion/features/purchase_series.h"

#include <algorithm>

#include "absl/time/civil_time.h"
#include "services/ingestion/features/record_fields.h"

namespace clientele::features {

void PurchaseDays::Add(int32_t day, bool is_first, __int128 spend_micros) {
  Day& sum = days_[day];
  ++(is_first ? sum.first : sum.repeat);
  sum.spend_micros += spend_micros;
}

void PurchaseDays::Add(const PurchaseDays& other) {
  for (const auto& [number, day] : other.days_) {
    Day& sum = days_[number];
    sum.first += day.first;
    sum.repeat += day.repeat;
    sum.spend_micros += day.spend_micros;
  }
}

common::v1::PurchaseSeries PurchaseDays::Series(int bin_days, absl::Time as_of, absl::Time end,
                                                absl::TimeZone zone) const {
  common::v1::PurchaseSeries series;
  series.set_bin_days(bin_days);
  if (days_.empty()) return series;
  const int32_t start = days_.begin()->first;
  LocalDays local(zone);
  // Where clocks go back at midnight, the last purchase may lie on a later day than the end.
  const int32_t last = std::max(local.DayOf(absl::ToUnixMicros(end)), days_.rbegin()->first);
  series.set_start_day(absl::FormatCivilTime(absl::CivilDay(1970, 1, 1) + start));
  series.set_days_before(local.DayOf(absl::ToUnixMicros(as_of)) + 1 - start);
  std::vector<Day> bins((last - start) / bin_days + 1);
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

PurchaseDaysReader::PurchaseDaysReader(const Instant& instant, absl::Time labels_known_at, absl::Time end)
    : as_of_micros_(absl::ToUnixMicros(instant.as_of)),
      known_at_micros_(absl::ToUnixMicros(instant.known_at)),
      labels_known_at_micros_(absl::ToUnixMicros(labels_known_at)),
      end_micros_(absl::ToUnixMicros(end)),
      days_(instant.zone) {}

bool PurchaseDaysReader::Add(const storage::StoredRecord& record) {
  const bool is_after = record.event_time_micros > as_of_micros_;
  if (record.kind != common::v1::RECORD_KIND_TRANSACTION || record.event_time_micros > end_micros_) return true;
  if (record.ingest_time_micros > (is_after ? labels_known_at_micros_ : known_at_micros_)) return true;
  if (is_after && purchase_days_.empty()) return true;
  RecordView view;
  if (!ingestion::ViewRecord(record.body, view) || view.kind != record.kind) return false;
  if (IsReturn(view)) return true;
  const int32_t day = days_.DayOf(record.event_time_micros);
  if (purchase_days_.empty() || purchase_days_.back().day < day) purchase_days_.push_back({day, 0});
  purchase_days_.back().spend_micros += view.base_amount_micros;
  return true;
}

void PurchaseDaysReader::AddTo(PurchaseDays& sum) const {
  bool is_first = true;
  for (const PurchaseDay& purchase : purchase_days_) {
    sum.Add(purchase.day, is_first, purchase.spend_micros);
    is_first = false;
  }
}

}  // namespace clientele::features
