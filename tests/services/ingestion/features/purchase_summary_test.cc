// CDNOW's 1/10 sample at the end of its calibration: the buy-till-you-die summary against the published file, and what
// came after against the published counts.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <numeric>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "services/ingestion/features/dataset_reader.h"
#include "tests/services/ingestion/features/memory_record_store.h"
#include "tests/services/ingestion/features/read_dataset.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/test_data.h"

namespace clientele::features {
namespace {

std::vector<std::vector<std::string>> ReadCsv(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) rows.push_back(absl::StrSplit(absl::StripTrailingAsciiWhitespace(line), ','));
  return rows;
}

double NumberIn(const std::string& text) {
  double number = 0;
  EXPECT_TRUE(absl::SimpleAtod(text, &number)) << text;
  return number;
}

// Of the 1/10 sample.
void AddCdnow(const std::string& transactions, testutil::MemoryRecordStore& store) {
  for (const auto& row : ReadCsv(transactions)) {  // master_id, sample_id, date, cds, spend
    store.Add(absl::StrCat(NumberIn(row[1])), testutil::At(row[2]), testutil::Purchase(NumberIn(row[4])));
  }
}

TEST(PurchaseSummaryTest, EqualsThePublishedSummaryOfCdnowRowByRow) {
  const auto transactions = testutil::TestData("cdnow/cdnow_sample_transactions.csv");
  const auto summary = testutil::TestData("cdnow/cdnow_summary_with_spend.csv");
  if (!transactions || !summary) GTEST_SKIP() << testutil::TestDataMissing("cdnow");

  testutil::MemoryRecordStore store;
  AddCdnow(*transactions, store);
  common::v1::DatasetSpec spec;
  *spec.mutable_as_of() = ToProto(testutil::At("1997-09-30 23:59:59.999999"));
  for (const char* name : {"btyd_frequency", "btyd_recency_weeks", "btyd_age_weeks", "btyd_monetary_value"}) {
    spec.add_features(name);
  }
  const Catalogue catalogue({}, {});
  ASSERT_OK_AND_ASSIGN(const CompiledSpec compiled,
                       CompileSpec("spec", spec, catalogue, TenantCalendar(), testutil::At("1998-07-01")));
  std::map<std::string, std::vector<float>> rows;
  ASSERT_OK(ReadDataset(store, testutil::TestTenant(), compiled, {}, {},
                        [&rows](const ingestion::v1::ReadDatasetResponse& response) {
                          for (int i = 0; i < response.chunk().customer_ids_size(); ++i) {
                            const auto first = response.chunk().numbers().begin() + i * 4;
                            rows[response.chunk().customer_ids(i)] = {first, first + 4};
                          }
                          return absl::OkStatus();
                        }));
  const auto expected = ReadCsv(*summary);  // ID, x, t_x, T, zbar
  EXPECT_EQ(expected.size(), 2'357u);
  EXPECT_EQ(rows.size(), expected.size());
  constexpr double kRounding = 0.00501;  // The file has two decimals.
  for (const auto& row : expected) {
    const std::vector<float>& values = rows[row[0]];
    ASSERT_EQ(values.size(), 4u) << row[0];
    EXPECT_EQ(values[0], NumberIn(row[1])) << row[0];
    EXPECT_NEAR(values[1], NumberIn(row[2]), kRounding) << row[0];
    EXPECT_NEAR(values[2], NumberIn(row[3]), kRounding) << row[0];
    EXPECT_NEAR(values[3], NumberIn(row[4]), kRounding) << row[0];
  }
}

TEST(PurchaseSummaryTest, TheSeriesAndTheHoldoutOfCdnowAreThePublishedCounts) {
  const auto transactions = testutil::TestData("cdnow/cdnow_sample_transactions.csv");
  if (!transactions) GTEST_SKIP() << testutil::TestDataMissing("cdnow");

  testutil::MemoryRecordStore store;
  AddCdnow(*transactions, store);
  common::v1::DatasetSpec spec = testutil::SpecOf(
      "features: 'btyd_frequency' label { purchases_within { days: 273 } } purchase_series_days: 7");
  *spec.mutable_as_of() = ToProto(testutil::At("1997-09-30 23:59:59.999999"));
  ASSERT_OK_AND_ASSIGN(const dataset::Dataset dataset, testutil::ReadWhole(store, spec));
  double holdout = 0;
  for (const dataset::Shard& shard : dataset.shards) {
    holdout = std::accumulate(shard.labels.begin(), shard.labels.end(), holdout);
  }
  EXPECT_EQ(dataset.rows(), 2'357);
  EXPECT_EQ(holdout, 1'882);
  const common::v1::PurchaseSeries& series = *dataset.purchase_series;
  EXPECT_EQ(series.start_day(), "1997-01-01");
  EXPECT_EQ(series.days_before(), 39 * 7);
  ASSERT_EQ(series.repeat_purchases_size(), 78);
  const auto purchases_by = [&series](int weeks) {
    return std::accumulate(series.repeat_purchases().begin(), series.repeat_purchases().begin() + weeks, int64_t{0});
  };
  const std::pair<int, int64_t> published[] = {{13, 828},   {26, 1'746}, {39, 2'457}, {45, 2'803}, {52, 3'183},
                                               {58, 3'444}, {65, 3'844}, {72, 4'112}, {78, 4'339}};
  for (const auto& [weeks, purchases] : published) EXPECT_EQ(purchases_by(weeks), purchases) << weeks;
  EXPECT_EQ(std::accumulate(series.first_purchases().begin(), series.first_purchases().end(), int64_t{0}), 2'357);
  EXPECT_NEAR(std::accumulate(series.spend().begin(), series.spend().end(), 0.0), 244'091.94, 0.001);
}

}  // namespace
}  // namespace clientele::features
