#include "common/dataset/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/base/error.h"
#include "tests/common/dataset/table.h"
#include "tests/testing/status_matchers.h"

namespace clientele::dataset {
namespace {

using common::v1::DatasetChunk;
using common::v1::DatasetHeader;
using testutil::StatusIs;
using testutil::Table;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Table Sample() {
  return Table(4)
      .Number("tenure", {1, 2, kMissingNumber, 4})
      .Category("plan", {"b", "", "a", "b"})
      .Number("spend", {10, 20, 30, 40}, /*auxiliary=*/true)
      .Labels({0, 1, 1, 0});
}

Table Judged() { return Sample().AuxiliaryLabels(2, {1, 2, 3, std::nan(""), 5, 6, 7, 8}); }

common::v1::PurchaseSeries Series() {
  common::v1::PurchaseSeries series;
  series.set_start_day("1997-01-01");
  series.set_bin_days(7);
  series.set_days_before(10);
  for (const double spend : {2.5, 0.0}) {
    series.add_first_purchases(3);
    series.add_repeat_purchases(1);
    series.add_spend(spend);
  }
  return series;
}

// 40 rows a shard, so that chunks can be cut within one.
Table Large() {
  constexpr int kRows = 40 * kShardCount;
  std::vector<float> numbers;
  std::vector<std::string> texts;
  std::vector<double> labels;
  for (int i = 0; i < kRows; ++i) {
    numbers.push_back(i % 7 == 0 ? kMissingNumber : static_cast<float>(i) / 3);
    texts.push_back(i % 11 == 0 ? "" : std::string(1, static_cast<char>('a' + i * 5 % 17)));
    labels.push_back(i % 2);
  }
  return Table(kRows).Number("n", numbers).Category("t", texts).Labels(labels);
}

TEST(DatasetBuilderTest, PutsValuesWhereTheHeaderSays) {
  const Dataset dataset = Sample().Build();
  EXPECT_EQ(dataset.rows(), 4);
  EXPECT_EQ(dataset.number_columns, 2);
  EXPECT_EQ(dataset.category_columns, 1);
  EXPECT_EQ(dataset.FindColumn("spend"), 2);
  EXPECT_EQ(dataset.FindColumn("nothing"), -1);
  EXPECT_FALSE(dataset.places[2].is_category);
  EXPECT_EQ(dataset.places[2].index, 1);
  EXPECT_THAT(dataset.dictionaries, ElementsAre(ElementsAre("b", "a")));
  EXPECT_THAT(dataset.shards[3].numbers, ElementsAre(4, 40));
  EXPECT_THAT(dataset.shards[3].categories, ElementsAre(1));
  EXPECT_THAT(dataset.shards[1].categories, ElementsAre(kMissingCategory));
  EXPECT_TRUE(std::isnan(dataset.shards[2].numbers[0]));
  EXPECT_THAT(dataset.shards[2].labels, ElementsAre(1));
  EXPECT_THAT(dataset.shards[2].customer_ids, ElementsAre("c000002"));
  EXPECT_EQ(dataset.shards[4].rows, 0);
}

TEST(DatasetBuilderTest, RefusesBadHeaders) {
  EXPECT_THAT(DatasetBuilder::Create({}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is empty")));
  DatasetHeader twice = Sample().header();
  twice.mutable_columns(1)->mutable_feature()->set_name("tenure");
  EXPECT_THAT(DatasetBuilder::Create(twice), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than once")));
  DatasetHeader no_name = Sample().header();
  no_name.mutable_columns(0)->mutable_feature()->clear_name();
  EXPECT_THAT(DatasetBuilder::Create(no_name),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("without a name")));
  DatasetHeader no_type = Sample().header();
  no_type.mutable_columns(0)->clear_type();
  EXPECT_THAT(DatasetBuilder::Create(no_type), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tenure")));
}

struct Damage {
  const char* name;
  const char* message;
  void (*apply)(DatasetChunk&);
};

class DatasetBuilderDamageTest : public ::testing::TestWithParam<Damage> {};

TEST_P(DatasetBuilderDamageTest, NamesWhatIsWrong) {
  const Table table = Judged();
  auto builder = DatasetBuilder::Create(table.header());
  const std::vector<DatasetChunk> chunks = table.Chunks(10);
  for (int i = 0; i < 3; ++i) ASSERT_OK(builder->Add(chunks[i]));
  DatasetChunk chunk = chunks[3];
  GetParam().apply(chunk);
  const absl::Status status = builder->Add(chunk);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
  EXPECT_THAT(FieldOf(status), HasSubstr("chunk."));
}

INSTANTIATE_TEST_SUITE_P(
    Chunks, DatasetBuilderDamageTest,
    ::testing::Values(
        Damage{"ShardTooLarge", "256", [](DatasetChunk& c) { c.set_shard(256); }},
        Damage{"ShardNegative", "-1", [](DatasetChunk& c) { c.set_shard(-1); }},
        Damage{"ShardOutOfOrder", "comes after shard 2", [](DatasetChunk& c) { c.set_shard(1); }},
        Damage{"TooManyNumbers", "has 3 values", [](DatasetChunk& c) { c.add_numbers(1); }},
        Damage{"TooFewCategories", "has 0 values", [](DatasetChunk& c) { c.clear_categories(); }},
        Damage{"NoLabels", "labels", [](DatasetChunk& c) { c.clear_labels(); }},
        Damage{"UnknownCode", "code 3, but only 2", [](DatasetChunk& c) { c.set_categories(0, 3); }},
        Damage{"DictionaryOfNoColumn", "not one of the 1",
               [](DatasetChunk& c) { c.add_new_categories()->set_column(1); }},
        Damage{"LabelNotFinite", "not finite",
               [](DatasetChunk& c) { c.set_labels(0, std::numeric_limits<double>::quiet_NaN()); }},
        Damage{"TooFewAuxiliaryLabels", "has 1 values, but 1 rows of 2",
               [](DatasetChunk& c) { c.mutable_auxiliary_labels()->RemoveLast(); }},
        Damage{"AuxiliaryLabelInfinite", "auxiliary_labels",
               [](DatasetChunk& c) { c.set_auxiliary_labels(1, std::numeric_limits<double>::infinity()); }},
        Damage{"NumberInfinite", "tenure of customer",
               [](DatasetChunk& c) { c.set_numbers(0, std::numeric_limits<float>::infinity()); }},
        Damage{"EmptyId", "empty id", [](DatasetChunk& c) { c.set_customer_ids(0, ""); }},
        Damage{"IdOutOfOrder", "does not follow",
               [](DatasetChunk& c) {
                 c.set_shard(2);
                 c.set_customer_ids(0, "c000001");
               }}),
    [](const auto& test) { return test.param.name; });

TEST(DatasetBuilderTest, TakesAuxiliaryLabelsOfWhichSomeAreMissing) {
  const Dataset dataset = Judged().Build();
  EXPECT_THAT(dataset.shards[0].auxiliary_labels, ElementsAre(1, 2));
  EXPECT_EQ(dataset.shards[1].auxiliary_labels[0], 3);
  EXPECT_TRUE(std::isnan(dataset.shards[1].auxiliary_labels[1]));
  DatasetHeader negative = Sample().header();
  negative.set_auxiliary_labels(-1);
  EXPECT_THAT(DatasetBuilder::Create(negative),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("auxiliary_labels")));
}

TEST(DatasetBuilderTest, ThePurchaseSeriesComesLastAndOnce) {
  const Table table = Sample();
  auto builder = DatasetBuilder::Create(table.header());
  const std::vector<DatasetChunk> chunks = table.Chunks(10);
  ASSERT_OK(builder->Add(chunks[0]));
  const std::pair<const char*, void (*)(common::v1::PurchaseSeries&)> damages[] = {
      {"every bin has one of each", [](common::v1::PurchaseSeries& s) { s.add_spend(1); }},
      {"at least 1", [](common::v1::PurchaseSeries& s) { s.clear_bin_days(); }},
      {"start_day", [](common::v1::PurchaseSeries& s) { s.clear_start_day(); }},
      {"bin 1", [](common::v1::PurchaseSeries& s) { s.set_repeat_purchases(1, -1); }},
      {"bin 0", [](common::v1::PurchaseSeries& s) { s.set_spend(0, std::nan("")); }},
  };
  for (const auto& [message, apply] : damages) {
    common::v1::PurchaseSeries series = Series();
    apply(series);
    EXPECT_THAT(builder->Add(series), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)));
  }
  ASSERT_OK(builder->Add(Series()));
  EXPECT_THAT(builder->Add(Series()), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("twice")));
  EXPECT_THAT(builder->Add(chunks[1]), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("comes after")));
  EXPECT_EQ(std::move(*builder).Build().purchase_series->spend(0), 2.5);
}

TEST(DatasetTest, DigestDoesNotDependOnChunksOrCodes) {
  const Table table = Large();
  const std::string digest = table.Build().Digest();
  EXPECT_EQ(digest.size(), 64u);
  EXPECT_EQ(table.Build(/*chunk_rows=*/1).Digest(), digest);
  EXPECT_EQ(table.Build(/*chunk_rows=*/7, /*reversed=*/true).Digest(), digest);
  EXPECT_NE(table.Build(7, true).dictionaries, table.Build().dictionaries);
}

TEST(DatasetTest, DigestDependsOnEverythingThatARowSays) {
  const std::string digest = Sample().Build().Digest();
  const auto differs = [&](auto change) {
    Dataset dataset = Sample().Build();
    change(dataset);
    return dataset.Digest() != digest;
  };
  EXPECT_FALSE(differs([](Dataset&) {}));
  EXPECT_TRUE(differs([](Dataset& d) {
    TextList renamed;
    for (const absl::string_view id : d.shards[0].customer_ids) renamed.push_back(renamed.empty() ? "x" : id);
    d.shards[0].customer_ids = renamed;
  }));
  EXPECT_TRUE(differs([](Dataset& d) { d.shards[0].numbers[0] = std::nextafter(1.0f, 2.0f); }));
  EXPECT_TRUE(differs([](Dataset& d) { d.shards[0].categories[0] = 2; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.shards[0].categories[0] = kMissingCategory; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.shards[0].labels[0] = 1; }));
  EXPECT_TRUE(differs([](Dataset& d) { d.header.mutable_columns(0)->mutable_feature()->set_name("x"); }));
  EXPECT_TRUE(differs([](Dataset& d) { d.header.mutable_columns(0)->set_auxiliary(true); }));
  EXPECT_TRUE(differs([](Dataset& d) { std::swap(d.shards[0], d.shards[9]); }));
  EXPECT_TRUE(differs([](Dataset& d) { d.purchase_series = Series(); }));
  // Not of what describes the data but is not the data.
  EXPECT_FALSE(differs([](Dataset& d) { d.header.mutable_columns(0)->mutable_feature()->set_display_name("x"); }));
}

TEST(DatasetTest, DigestDependsOnAuxiliaryLabelsAndTheSeries) {
  Dataset dataset = Judged().Build();
  dataset.purchase_series = Series();
  const std::string digest = dataset.Digest();
  EXPECT_NE(digest, Judged().Build().Digest());
  EXPECT_NE(Judged().Build().Digest(), Sample().Build().Digest());
  dataset.shards[1].auxiliary_labels[1] = -std::nan("");
  EXPECT_EQ(dataset.Digest(), digest);
  dataset.shards[1].auxiliary_labels[1] = 0;
  EXPECT_NE(dataset.Digest(), digest);
  dataset.shards[1].auxiliary_labels[1] = std::nan("");
  dataset.purchase_series->set_repeat_purchases(0, 2);
  EXPECT_NE(dataset.Digest(), digest);
}

// What lineages name: it may change with a release, never by itself.
TEST(DatasetTest, DigestStaysWhatItWas) {
  EXPECT_EQ(Sample().Build().Digest(), "d8dc67624fe4d6c4e73d5fbc40a1842469b7afe83548116538fac8c5cf99c845");
}

TEST(DatasetTest, EveryNotANumberIsTheSameMissingValue) {
  Dataset dataset = Sample().Build();
  const std::string digest = dataset.Digest();
  dataset.shards[2].numbers[0] = -std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(dataset.Digest(), digest);
}

}  // namespace
}  // namespace clientele::dataset
