// Datasets of purchase histories: as ingestion would deliver them, from purchases alone.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/base/timestamps.h"
#include "tests/common/dataset/table.h"
#include "tests/services/training/support/value_data.h"

namespace clientele::testutil {

// Customers who bought up to `until`, by their ids: `btyd_...` in weeks, `spend_total`, `tenure_days` (auxiliary); the label is
// the spend of the `days` after `until`, the auxiliary label the days with a purchase; the series is of weeks.
inline dataset::Dataset PurchaseDataset(const std::vector<Purchase>& purchases, absl::CivilDay until, int days) {
  std::map<std::string, std::map<absl::CivilDay, double>> by_customer;
  absl::CivilDay first_day = until;
  for (const Purchase& purchase : purchases) {
    if (purchase.day > until + days) continue;
    by_customer[purchase.customer][purchase.day] += purchase.spend;
    first_day = std::min(first_day, purchase.day);
  }
  std::vector<float> x, recency, age, mean_spend, total, tenure;
  std::vector<double> spends, counts;
  common::v1::PurchaseSeries series;
  const int bins = static_cast<int>((until + days - first_day) / 7 + 1);
  series.set_start_day(absl::FormatCivilTime(first_day));
  series.set_bin_days(7);
  series.set_days_before(static_cast<int>(until - first_day + 1));
  for (int bin = 0; bin < bins; ++bin) {
    series.add_first_purchases(0);
    series.add_repeat_purchases(0);
    series.add_spend(0);
  }
  for (const auto& [customer, by_day] : by_customer) {
    const absl::CivilDay first = by_day.begin()->first;
    if (first > until) continue;
    absl::CivilDay last = first;
    double repeats = 0, repeat_spend = 0, later_spend = 0, later = 0;
    for (const auto& [day, spend] : by_day) {
      const int bin = static_cast<int>((day - first_day) / 7);
      auto& counted = day == first ? *series.mutable_first_purchases() : *series.mutable_repeat_purchases();
      counted.Set(bin, counted.Get(bin) + 1);
      series.set_spend(bin, series.spend(bin) + spend);
      if (day > until) {
        later += 1;
        later_spend += spend;
      } else if (day > first) {
        repeats += 1;
        repeat_spend += spend;
        last = day;
      }
    }
    x.push_back(static_cast<float>(repeats));
    recency.push_back(static_cast<float>(static_cast<double>(last - first) / 7));
    age.push_back(static_cast<float>(static_cast<double>(until - first) / 7));
    mean_spend.push_back(static_cast<float>(repeats > 0 ? repeat_spend / repeats : 0));
    total.push_back(static_cast<float>(by_day.begin()->second + repeat_spend));
    tenure.push_back(static_cast<float>(until - first));
    spends.push_back(later_spend);
    counts.push_back(later);
  }
  Table table(static_cast<int>(x.size()));
  table.Number("btyd_frequency", x).Number("btyd_recency_weeks", recency).Number("btyd_age_weeks", age);
  table.Number("btyd_monetary_value", mean_spend).Number("spend_total", total);
  table.Number("tenure_days", tenure, /*auxiliary=*/true).Labels(spends).AuxiliaryLabels(1, counts);
  dataset::Dataset dataset = table.Build();
  using Definition = common::v1::FeatureDefinition;
  for (int f = 0; f < 4; ++f) {
    dataset.header.mutable_columns(f)->mutable_feature()->mutable_purchase_summary()->set_number(
        static_cast<Definition::PurchaseSummary::Number>(Definition::PurchaseSummary::NUMBER_FREQUENCY + f));
  }
  auto& spend = *dataset.header.mutable_columns(4)->mutable_feature()->mutable_aggregate();
  spend.set_kind(common::v1::RECORD_KIND_TRANSACTION);
  spend.set_aggregation(Definition::AGGREGATION_SUM);
  spend.set_field("amount");
  auto& since = *dataset.header.mutable_columns(5)->mutable_feature()->mutable_aggregate();
  since.set_kind(common::v1::RECORD_KIND_TRANSACTION);
  since.set_aggregation(Definition::AGGREGATION_DAYS_SINCE_FIRST);
  *dataset.header.mutable_as_of() = ToProto(absl::FromCivil(until, absl::UTCTimeZone()) + absl::Hours(20));
  dataset.header.set_base_currency("USD");
  dataset.header.set_time_zone("UTC");
  dataset.purchase_series = series;
  return dataset;
}

// The spec that goes with it.
inline model::v1::TrainingSpec LifetimeValueSpec(int days) {
  model::v1::TrainingSpec spec;
  spec.set_model("lifetime-value");
  auto& dataset = *spec.mutable_dataset();
  for (const char* feature :
       {"btyd_frequency", "btyd_recency_weeks", "btyd_age_weeks", "btyd_monetary_value", "spend_total"}) {
    dataset.add_features(feature);
  }
  dataset.add_auxiliary_features("tenure_days");
  dataset.mutable_as_of()->set_seconds(875'000'000);
  dataset.mutable_label()->mutable_spend_within()->set_days(days);
  dataset.add_auxiliary_labels()->mutable_purchases_within()->set_days(days);
  dataset.set_purchase_series_days(7);
  spec.mutable_lifetime_value();
  return spec;
}

// CDNOW's sample up to 30 September 1997; its holdout is the 39 weeks after it.
inline constexpr int kCdnowHoldoutDays = 273;
inline constexpr char kCdnowSample[] = "cdnow/cdnow_sample_transactions.csv";
inline dataset::Dataset CdnowSample(const CsvTable& table) {
  std::vector<Purchase> purchases;
  const int id = table.Column("sample_id"), date = table.Column("date"), spend = table.Column("spend");
  for (size_t i = 0; i < table.rows.size(); ++i) {
    purchases.push_back({table.rows[i][id], DayOf(table.rows[i][date]), table.Number(i, spend)});
  }
  return PurchaseDataset(purchases, absl::CivilDay(1997, 9, 30), kCdnowHoldoutDays);
}

}  // namespace clientele::testutil
