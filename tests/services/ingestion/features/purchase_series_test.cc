#include "services/ingestion/features/purchase_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "tests/services/ingestion/features/random_history.h"
#include "tests/services/ingestion/features/read_dataset.h"
#include "tests/testing/status_matchers.h"

namespace clientele::features {
namespace {

using common::v1::PurchaseSeries;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testutil::At;
using testutil::Purchase;
using testutil::ReadWhole;
using testutil::SpecOf;
using testutil::StatusIs;
using testutil::UsualAsOf;

absl::CivilDay DayIn(const std::string& text) {
  absl::CivilDay day;
  EXPECT_TRUE(absl::ParseCivilTime(text, &day)) << text;
  return day;
}

class PurchaseSeriesTest : public ::testing::Test {
 protected:
  void AddRandomCustomers(int count) {
    histories_ = testutil::AddRandomCustomers(count, 23, UsualAsOf(), store_);
  }
  PurchaseSeries Read(const std::string& spec, const TenantCalendar& calendar = {}, const ReadOptions& options = {}) {
    const auto dataset = ReadWhole(store_, SpecOf(spec), calendar, options);
    EXPECT_OK(dataset);
    EXPECT_TRUE(dataset->purchase_series.has_value());
    return dataset->purchase_series.value_or(PurchaseSeries());
  }

  testutil::MemoryRecordStore store_;
  testutil::Histories histories_;
};

TEST_F(PurchaseSeriesTest, CountsPurchaseDaysInBins) {
  store_.Add("ada", At("2024-05-01 10:00:00"), Purchase(5));
  store_.Add("ada", At("2024-05-01 20:00:00"), Purchase(6));  // The same day.
  store_.Add("ada", At("2024-05-10"), Purchase(7));
  store_.Add("ada", At("2024-05-11"), testutil::Return(7));  // Is no purchase, and spends nothing back.
  store_.Add("ada", At("2024-05-20"), Purchase(8));          // After as_of.
  store_.Add("ada", At("2024-05-25"), Purchase(9));          // After the window.
  store_.Add("bob", At("2024-05-08"), Purchase(1));
  store_.Add("new", At("2024-05-17"), testutil::Interaction("login"));
  store_.Add("new", At("2024-05-18"), Purchase(100));  // The first purchase comes after as_of.
  const PurchaseSeries series =
      Read("features: 'purchases' auxiliary_labels { spend_within { days: 7 } } label { purchase_within { days: 5 } } "
           "purchase_series_days: 7");
  EXPECT_EQ(series.start_day(), "2024-05-01");
  EXPECT_EQ(series.bin_days(), 7);
  EXPECT_EQ(series.days_before(), 17);
  EXPECT_THAT(series.first_purchases(), ElementsAre(1, 1, 0, 0));  // To May 24, the 24th day.
  EXPECT_THAT(series.repeat_purchases(), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(series.spend(), ElementsAre(11, 8, 8, 0));
}

TEST_F(PurchaseSeriesTest, WithoutALabelItEndsWithTheDayOfAsOf) {
  store_.Add("ada", At("2024-05-10"), Purchase(5));
  store_.Add("ada", At("2024-05-18"), Purchase(5));
  const PurchaseSeries series = Read("features: 'purchases' purchase_series_days: 1");
  EXPECT_EQ(series.days_before(), 8);
  EXPECT_THAT(series.first_purchases(), ElementsAre(1, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(series.repeat_purchases(), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0));
}

TEST_F(PurchaseSeriesTest, IsEmptyWhereNobodyBoughtAndAbsentWhereItIsNotAskedFor) {
  store_.Add("ada", At("2024-05-10"), testutil::Interaction("login"));
  const PurchaseSeries series = Read("features: 'purchases' purchase_series_days: 366");
  EXPECT_EQ(series.start_day(), "");
  EXPECT_EQ(series.bin_days(), 366);
  EXPECT_THAT(series.spend(), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const dataset::Dataset dataset, ReadWhole(store_, SpecOf("features: 'purchases'")));
  EXPECT_FALSE(dataset.purchase_series.has_value());
}

TEST_F(PurchaseSeriesTest, NothingIsOfWhoHasOptedOutButTheirNumber) {
  store_.Add("ada", At("2024-05-10"), Purchase(5));
  store_.Add("bob", At("2024-05-12"), Purchase(50));
  store_.Add("cyd", At("2024-05-18"), Purchase(50));  // First seen after as_of, and so never a row.
  const auto spec = SpecOf("features: 'purchases' purchase_series_days: 366");
  const auto is_not_bob = [](absl::string_view id) { return id != "bob"; };
  ASSERT_OK_AND_ASSIGN(const dataset::Dataset dataset, ReadWhole(store_, spec, {}, {}, is_not_bob));
  EXPECT_EQ(dataset.rows(), 1);
  EXPECT_EQ(dataset.opted_out_rows, 1);
  EXPECT_EQ(dataset.purchase_series->start_day(), "2024-05-12");
}

TEST_F(PurchaseSeriesTest, IsOfTheRowsAlone) {
  store_.Add("ada", At("2024-05-10"), Purchase(5));
  store_.Add("bob", At("2024-05-12"), Purchase(50));
  const PurchaseSeries series =
      Read("features: 'purchases' where { feature: 'spend_total' at_least: 20 } purchase_series_days: 366");
  EXPECT_EQ(series.start_day(), "2024-05-12");
  EXPECT_THAT(series.first_purchases(), ElementsAre(1));
  EXPECT_THAT(series.spend(), ElementsAre(50));
}

TEST_F(PurchaseSeriesTest, AgreesWithTheSlowReferenceOnRandomHistories) {
  AddRandomCustomers(300);
  TenantCalendar calendar;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &calendar.zone));
  for (const int bin_days : {1, 7, 30}) {
    const PurchaseSeries series = Read(
        absl::StrCat("features: 'purchases' label { spend_within { days: 120 } } purchase_series_days: ", bin_days),
        calendar, {.threads = 2});
    const absl::CivilDay start = DayIn(series.start_day());
    const absl::Time end = UsualAsOf() + absl::Hours(24 * 120);
    const auto bins = (absl::ToCivilDay(end, calendar.zone) - start) / bin_days + 1;
    EXPECT_EQ(series.days_before(), absl::ToCivilDay(UsualAsOf(), calendar.zone) - start + 1);
    std::vector<int64_t> first(bins), repeat(bins);
    std::vector<double> spend(bins);
    for (const auto& [id, history] : histories_) {
      std::map<absl::CivilDay, double> days;
      for (const testutil::PastRecord& past : history) {
        const auto& transaction = past.record.transaction();
        const bool is_after = past.event > UsualAsOf();
        const absl::Time known_at = is_after ? At("2025-01-01") : UsualAsOf();
        if (!past.record.has_transaction() || transaction.is_return() || transaction.base_amount_micros() < 0) continue;
        if (past.ingest > known_at || past.event > end || (is_after && days.empty())) continue;
        const auto micros = static_cast<double>(transaction.base_amount_micros());
        days[absl::ToCivilDay(past.event, calendar.zone)] += micros / 1e6;
      }
      for (const auto& [day, sum] : days) {
        ASSERT_GE(day, start);
        ++(day == days.begin()->first ? first : repeat)[(day - start) / bin_days];
        spend[(day - start) / bin_days] += sum;
      }
    }
    EXPECT_EQ(std::vector<int64_t>(series.first_purchases().begin(), series.first_purchases().end()), first);
    EXPECT_EQ(std::vector<int64_t>(series.repeat_purchases().begin(), series.repeat_purchases().end()), repeat);
    ASSERT_EQ(series.spend_size(), bins);
    for (int bin = 0; bin < bins; ++bin) EXPECT_NEAR(series.spend(bin), spend[bin], 1e-6);
    EXPECT_GT(std::accumulate(first.begin(), first.end(), int64_t{0}), 100);
    EXPECT_GT(std::accumulate(repeat.begin(), repeat.end(), int64_t{0}), 1'000);
  }
}

TEST_F(PurchaseSeriesTest, RangesOfShardsAddUpToTheWhole) {
  AddRandomCustomers(300);
  const std::string spec = "features: 'purchases' label { spend_within { days: 120 } } purchase_series_days: 1";
  const PurchaseSeries whole = Read(spec);
  const absl::CivilDay start = DayIn(whole.start_day());
  std::vector<int64_t> first(whole.spend_size()), repeat(whole.spend_size());
  std::vector<double> spend(whole.spend_size());
  for (const auto& [first_shard, shard_count] : {std::pair(0, 100), std::pair(100, 3), std::pair(103, 153)}) {
    const PurchaseSeries part = Read(spec, {}, {.first_shard = first_shard, .shard_count = shard_count});
    if (part.start_day().empty()) continue;
    const auto later = DayIn(part.start_day()) - start;
    ASSERT_GE(later, 0);
    EXPECT_EQ(part.days_before(), whole.days_before() - later);
    ASSERT_EQ(part.spend_size(), whole.spend_size() - later);
    for (int day = 0; day < part.spend_size(); ++day) {
      first[day + later] += part.first_purchases(day);
      repeat[day + later] += part.repeat_purchases(day);
      spend[day + later] += part.spend(day);
    }
  }
  EXPECT_EQ(std::vector<int64_t>(whole.first_purchases().begin(), whole.first_purchases().end()), first);
  EXPECT_EQ(std::vector<int64_t>(whole.repeat_purchases().begin(), whole.repeat_purchases().end()), repeat);
  for (int day = 0; day < whole.spend_size(); ++day) EXPECT_NEAR(whole.spend(day), spend[day], 1e-9);
}

TEST_F(PurchaseSeriesTest, HasTheSameBytesForAnyNumberOfThreads) {
  AddRandomCustomers(200);
  const std::string spec = "features: 'purchases' label { spend_within { days: 90 } } purchase_series_days: 7";
  const std::string one = Read(spec, {}, {.threads = 1}).SerializeAsString();
  for (const int threads : {2, 8}) EXPECT_EQ(Read(spec, {}, {.threads = threads}).SerializeAsString(), one);
}

TEST_F(PurchaseSeriesTest, RefusesBinsThatAreNotOneDayToAYear) {
  for (const char* days : {"-1", "367"}) {
    EXPECT_THAT(ReadWhole(store_, SpecOf(absl::StrCat("features: 'purchases' purchase_series_days: ", days))),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("spec.purchase_series_days")));
  }
}

}  // namespace
}  // namespace clientele::features
