#include "common/model/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "common/base/error.h"
#include "tests/common/dataset/table.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using dataset::kMissingNumber;
using dataset::RowSelection;
using testutil::SampleDataset;
using testutil::SamplePreprocessing;
using testutil::StatusIs;
using testutil::Table;
using v1::Preprocessing;
using v1::PreprocessingSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RowEncoder EncoderOf(const Dataset& dataset, const PreprocessingSpec& spec = {}) {
  auto fitted = FitPreprocessing(dataset, RowSelection::All(dataset), spec);
  EXPECT_OK(fitted);
  auto encoder = RowEncoder::Create(SchemaOf(dataset), *fitted);
  EXPECT_OK(encoder);
  return *std::move(encoder);
}

std::vector<double> Encode(const RowEncoder& encoder, const std::vector<Cell>& row) {
  std::vector<double> columns(encoder.num_columns(), -77);
  encoder.Encode(row, absl::MakeSpan(columns));
  return columns;
}

std::vector<std::string> Names(const RowEncoder& encoder) {
  std::vector<std::string> names;
  for (const EncodedColumn& column : encoder.columns()) names.push_back(column.name);
  return names;
}

// x: mean 2, deviation 1; one of three missing, taken as the median, 2.
Dataset Small() { return Table(3).Number("x", {1, kMissingNumber, 3}).Category("plan", {"b", "a", ""}).Build(); }

TEST(RowEncoderTest, NamesColumnsForPeople) {
  EXPECT_THAT(Names(EncoderOf(Small())), ElementsAre("x", "x (missing)", "plan=a", "plan=b", "plan (missing)"));
  PreprocessingSpec spec;
  spec.mutable_defaults()->set_max_categories(1);
  spec.mutable_defaults()->set_drop_first_category(true);
  EXPECT_THAT(Names(EncoderOf(Small(), spec)), ElementsAre("x", "x (missing)", "plan=(other)", "plan (missing)"));
}

TEST(RowEncoderTest, FillsEveryColumn) {
  const RowEncoder encoder = EncoderOf(Small());
  const double scale = std::sqrt(1.5);  // Of 1, 2, 3.
  EXPECT_THAT(Encode(encoder, {Cell::Number(3), Cell::Category("a")}), ElementsAre(scale, 0, 1, 0, 0));
  EXPECT_THAT(Encode(encoder, {Cell::Missing(), Cell::Category("b")}), ElementsAre(0, 1, 0, 1, 0));
  EXPECT_THAT(Encode(encoder, {Cell::Number(2), Cell::Missing()}), ElementsAre(0, 0, 0, 0, 1));
  EXPECT_THAT(Encode(encoder, {Cell::Number(2), Cell::Category("unknown")}), ElementsAre(0, 0, 0, 0, 0));
}

TEST(RowEncoderTest, UnknownCategoriesAreOtherWhereThereIsOne) {
  PreprocessingSpec spec;
  spec.mutable_defaults()->set_max_categories(1);
  const RowEncoder encoder = EncoderOf(Small(), spec);  // plan=a, plan=(other), plan (missing)
  EXPECT_THAT(Encode(encoder, {Cell::Number(2), Cell::Category("unknown")}), ElementsAre(0, 0, 0, 1, 0));
  EXPECT_THAT(Encode(encoder, {Cell::Number(2), Cell::Category("b")}), ElementsAre(0, 0, 0, 1, 0));
}

TEST(RowEncoderTest, MissingIsAllZerosWhereTrainingHadNone) {
  const RowEncoder encoder = EncoderOf(Table(2).Number("x", {1, 3}).Category("c", {"a", "b"}).Build());
  EXPECT_THAT(Encode(encoder, {Cell::Missing(), Cell::Missing()}), ElementsAre(0, 0, 0));
}

TEST(RowEncoderTest, AReferenceCategoryHasNoColumn) {
  PreprocessingSpec spec;
  spec.mutable_defaults()->set_drop_first_category(true);
  const RowEncoder encoder = EncoderOf(Table(2).Category("c", {"a", "b"}).Build(), spec);
  EXPECT_THAT(Names(encoder), ElementsAre("c=b"));
  EXPECT_THAT(Encode(encoder, {Cell::Category("a")}), ElementsAre(0));
  EXPECT_EQ(encoder.OwnColumn(0, Cell::Category("a")), -1);
  EXPECT_EQ(encoder.OwnColumn(0, Cell::Category("b")), 0);
}

TEST(RowEncoderTest, TellsTheColumnOfARowsOwnValue) {
  const RowEncoder encoder = EncoderOf(Small());
  EXPECT_EQ(encoder.OwnColumn(0, Cell::Number(5)), 0);
  EXPECT_EQ(encoder.OwnColumn(0, Cell::Missing()), 1);
  EXPECT_EQ(encoder.OwnColumn(1, Cell::Category("b")), 3);
  EXPECT_EQ(encoder.OwnColumn(1, Cell::Missing()), 4);
  EXPECT_EQ(encoder.OwnColumn(1, Cell::Category("unknown")), -1);
  EXPECT_EQ(encoder.first_column(1), 2);
  EXPECT_EQ(encoder.first_column(2), 5);
}

TEST(RowEncoderTest, NumbersBeyondFloatStayFinite) {
  const RowEncoder encoder = EncoderOf(Small());
  for (const double x : {1e300, -1e300, 3.5e38, std::numeric_limits<double>::infinity()}) {
    EXPECT_TRUE(std::isfinite(Encode(encoder, {Cell::Number(x), Cell::Missing()})[0])) << x;
  }
}

TEST(RowEncoderTest, TrainingMeansAreTheMeansOfTheEncodedTrainingRows) {
  PreprocessingSpec spec = SamplePreprocessing();
  auto* age = spec.add_per_feature();
  age->set_feature("age");
  age->set_scaling(v1::FeaturePreprocessing::SCALING_NONE);
  age->set_log1p(true);
  const Dataset dataset = SampleDataset();
  const RowEncoder encoder = EncoderOf(dataset, spec);
  ASSERT_OK_AND_ASSIGN(const DatasetEncoder rows, DatasetEncoder::Create(encoder, dataset));
  std::vector<double> sums(encoder.num_columns(), 0.0), row(encoder.num_columns());
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t i = 0; i < dataset.shards[s].rows; ++i) {
      rows.EncodeRow(s, i, row.data());
      for (int j = 0; j < encoder.num_columns(); ++j) sums[j] += row[j];
    }
  }
  for (int j = 0; j < encoder.num_columns(); ++j) {
    EXPECT_NEAR(sums[j] / static_cast<double>(dataset.rows()), encoder.columns()[j].training_mean, 1e-12)
        << encoder.columns()[j].name;
  }
}

// Training reads the dataset, serving reads cells: every bit must agree, also for rows that training never saw.
TEST(DatasetEncoderTest, TrainingAndServingGiveTheSameBits) {
  const Dataset seen = SampleDataset(300, 1);
  const RowEncoder encoder = EncoderOf(seen, SamplePreprocessing());
  std::mt19937 random(5);
  constexpr int kRows = 2000;
  std::vector<float> recency, spend, age;
  std::vector<std::string> plan, region;
  const char* plans[] = {"basic", "gold", "platinum", "", "Gold"};
  for (int i = 0; i < kRows; ++i) {
    const auto number = [&] {
      if (random() % 5 == 0) return kMissingNumber;
      const auto any = std::bit_cast<float>(static_cast<uint32_t>(random()));  // Of any size.
      return std::isfinite(any) ? any : 0.5f;
    };
    recency.push_back(number());
    spend.push_back(number());
    age.push_back(number());
    plan.push_back(plans[random() % 5]);
    region.push_back(random() % 4 == 0 ? "" : "r" + std::to_string(random() % 12));
  }
  const Dataset fresh = Table(kRows)
                            .Category("region", region)  // Another order than in training, too.
                            .Number("age", age)
                            .Number("recency", recency)
                            .Category("plan", plan)
                            .Number("spend", spend)
                            .Build(/*chunk_rows=*/3, /*reversed=*/true);
  ASSERT_OK_AND_ASSIGN(const DatasetEncoder rows, DatasetEncoder::Create(encoder, fresh));
  std::vector<double> from_dataset(encoder.num_columns()), from_cells(encoder.num_columns());
  std::vector<Cell> cells(encoder.num_features());
  for (int s = 0; s < kShardCount; ++s) {
    for (int64_t row = 0; row < fresh.shards[s].rows; ++row) {
      rows.EncodeRow(s, row, from_dataset.data());
      rows.ReadCells(s, row, absl::MakeSpan(cells));
      encoder.Encode(cells, absl::MakeSpan(from_cells));
      for (int j = 0; j < encoder.num_columns(); ++j) {
        ASSERT_EQ(std::bit_cast<uint64_t>(from_dataset[j]), std::bit_cast<uint64_t>(from_cells[j]))
            << encoder.columns()[j].name << " of row " << row << " in shard " << s;
      }
    }
  }
}

TEST(DatasetEncoderTest, ServingRoundsToFloatAsDatasetsDo) {
  const Dataset dataset = Table(2).Number("x", {0.1f, 0.3f}).Build();
  const RowEncoder encoder = EncoderOf(dataset);
  ASSERT_OK_AND_ASSIGN(const DatasetEncoder rows, DatasetEncoder::Create(encoder, dataset));
  double trained = 0;
  rows.EncodeRow(0, 0, &trained);
  EXPECT_EQ(Encode(encoder, {Cell::Number(0.1)})[0], trained);  // 0.1 the double, not the float.
}

TEST(DatasetEncoderTest, RefusesADatasetOfOtherColumns) {
  const Dataset dataset = Small();
  const RowEncoder encoder = EncoderOf(dataset);
  const auto lacks = DatasetEncoder::Create(encoder, Table(1).Number("x", {1}).Build());
  EXPECT_THAT(lacks, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("plan")));
  EXPECT_EQ(ReasonOf(lacks.status()), "UNKNOWN_FEATURE");
  EXPECT_THAT(DatasetEncoder::Create(encoder, Table(1).Number("x", {1}).Number("plan", {1}).Build()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("plan")));
}

struct Damage {
  const char* name;
  void (*apply)(Preprocessing&, Schema&);
};

class RowEncoderDamageTest : public ::testing::TestWithParam<Damage> {};

TEST_P(RowEncoderDamageTest, IsRefused) {
  const Dataset dataset = Small();
  Schema schema = SchemaOf(dataset);
  ASSERT_OK_AND_ASSIGN(Preprocessing fitted, FitPreprocessing(dataset, RowSelection::All(dataset), {}));
  ASSERT_OK(RowEncoder::Create(schema, fitted));
  GetParam().apply(fitted, schema);
  const auto encoder = RowEncoder::Create(schema, fitted);
  EXPECT_THAT(encoder, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonOf(encoder.status()), "ARTIFACT_INVALID");
}

v1::FittedNumber* NumberOf(Preprocessing& p) { return p.mutable_features(0)->mutable_number(); }
v1::FittedCategory* CategoryOf(Preprocessing& p) { return p.mutable_features(1)->mutable_category(); }

INSTANTIATE_TEST_SUITE_P(
    Artifacts, RowEncoderDamageTest,
    ::testing::Values(
        Damage{"NoColumns", [](Preprocessing& p, Schema& s) { p.Clear(); s.Clear(); }},
        Damage{"FewerFeatures", [](Preprocessing& p, Schema&) { p.mutable_features()->RemoveLast(); }},
        Damage{"FewerColumns", [](Preprocessing&, Schema& s) { s.RemoveLast(); }},
        Damage{"OtherCount", [](Preprocessing& p, Schema&) { p.set_num_columns(4); }},
        Damage{"NegativeCount", [](Preprocessing& p, Schema&) { p.set_num_columns(-5); }},
        Damage{"OtherName", [](Preprocessing& p, Schema&) { p.mutable_features(0)->set_feature("y"); }},
        Damage{"NoName",
               [](Preprocessing& p, Schema& s) {
                 p.mutable_features(0)->clear_feature();
                 s[0].mutable_feature()->clear_name();
               }},
        Damage{"SameName",
               [](Preprocessing& p, Schema& s) {
                 *p.mutable_features(1) = p.features(0);
                 s[1] = s[0];
                 p.set_num_columns(4);
               }},
        Damage{"OtherType", [](Preprocessing&, Schema& s) { s[0].set_type(common::v1::FEATURE_TYPE_CATEGORY); }},
        Damage{"NoType", [](Preprocessing&, Schema& s) { s[0].clear_type(); }},
        Damage{"NoKind", [](Preprocessing& p, Schema&) { p.mutable_features(0)->clear_kind(); }},
        Damage{"ScaleZero", [](Preprocessing& p, Schema&) { NumberOf(p)->set_scale(0); }},
        Damage{"ScaleNegative", [](Preprocessing& p, Schema&) { NumberOf(p)->set_scale(-1); }},
        Damage{"ScaleNaN", [](Preprocessing& p, Schema&) { NumberOf(p)->set_scale(std::nan("")); }},
        Damage{"ScaleHuge", [](Preprocessing& p, Schema&) { NumberOf(p)->set_scale(1e200); }},
        Damage{"MeanInfinite", [](Preprocessing& p, Schema&) { NumberOf(p)->set_mean(INFINITY); }},
        Damage{"ImputedNaN", [](Preprocessing& p, Schema&) { NumberOf(p)->set_imputed_value(std::nan("")); }},
        Damage{"EncodedMeanNaN", [](Preprocessing& p, Schema&) { NumberOf(p)->set_encoded_mean(std::nan("")); }},
        Damage{"CutsCrossed",
               [](Preprocessing& p, Schema&) {
                 NumberOf(p)->set_lower(2);
                 NumberOf(p)->set_upper(1);
               }},
        Damage{"CutNaN", [](Preprocessing& p, Schema&) { NumberOf(p)->set_lower(std::nan("")); }},
        Damage{"ShareAboveOne", [](Preprocessing& p, Schema&) { NumberOf(p)->set_missing_share(1.5); }},
        Damage{"CategoriesOutOfOrder",
               [](Preprocessing& p, Schema&) { CategoryOf(p)->mutable_categories()->SwapElements(0, 1); }},
        Damage{"CategoryTwice", [](Preprocessing& p, Schema&) { CategoryOf(p)->set_categories(1, "a"); }},
        Damage{"TooFewShares", [](Preprocessing& p, Schema&) { CategoryOf(p)->mutable_shares()->RemoveLast(); }},
        Damage{"ShareNegative", [](Preprocessing& p, Schema&) { CategoryOf(p)->set_shares(0, -0.1); }},
        Damage{"DropsWhatIsNotThere",
               [](Preprocessing& p, Schema&) {
                 CategoryOf(p)->Clear();
                 CategoryOf(p)->set_drop_first(true);
                 p.set_num_columns(1);
               }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace clientele::model
