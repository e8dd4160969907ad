#include "common/model/artifact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "common/base/hash.h"
#include "tests/common/dataset/part_threads.h"
#include "tests/common/dataset/table.h"
#include "tests/common/model/sample.h"
#include "tests/testing/status_matchers.h"

namespace clientele::model {
namespace {

using dataset::Dataset;
using dataset::kMissingNumber;
using dataset::RowSelection;
using testutil::SampleDataset;
using testutil::Table;
using v1::FeatureHistogram;
using v1::GoldenRow;
using v1::ModelArtifact;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Gt;

FeatureHistogram HistogramOf(const Dataset& dataset) {
  auto histograms = ComputeHistograms(dataset, RowSelection::All(dataset), SchemaOf(dataset));
  EXPECT_OK(histograms);
  return histograms->front();
}

TEST(HistogramTest, FewValuesHaveABinEach) {
  const FeatureHistogram histogram = HistogramOf(Table(6).Number("x", {0, 1, 0, 5, kMissingNumber, 0}).Build());
  EXPECT_EQ(histogram.feature(), "x");
  EXPECT_EQ(histogram.missing(), 1);
  EXPECT_THAT(histogram.counts(), ElementsAre(3, 1, 1));
  EXPECT_THAT(histogram.edges(), ElementsAre(0, 1, 5, Gt(5)));
}

TEST(HistogramTest, ManyValuesHaveBinsOfAboutEqualCounts) {
  std::vector<float> values;
  for (int i = 0; i < 10000; ++i) values.push_back(std::sqrt(static_cast<float>(i)));
  const FeatureHistogram histogram = HistogramOf(Table(10000).Number("x", values).Build());
  ASSERT_EQ(histogram.counts_size(), 20);
  EXPECT_EQ(histogram.edges_size(), 21);
  EXPECT_EQ(std::accumulate(histogram.counts().begin(), histogram.counts().end(), int64_t{0}), 10000);
  EXPECT_THAT(histogram.counts(), Each(::testing::AllOf(::testing::Ge(490), ::testing::Le(510))));
}

TEST(HistogramTest, AValueThatManyShareIsABinOfItsOwn) {
  std::vector<float> values(600, 0.0f);
  for (int i = 1; i <= 400; ++i) values.push_back(static_cast<float>(i));
  const FeatureHistogram histogram = HistogramOf(Table(1000).Number("x", values).Build());
  EXPECT_EQ(histogram.counts(0), 600);
  EXPECT_EQ(histogram.edges(0), 0);
  EXPECT_EQ(histogram.edges(1), 1);
  EXPECT_TRUE(std::is_sorted(histogram.edges().begin(), histogram.edges().end(), std::less_equal<>()));
  EXPECT_EQ(std::accumulate(histogram.counts().begin(), histogram.counts().end(), int64_t{0}), 1000);
}

TEST(HistogramTest, CategoriesComeInByteOrderAndTheRestUnderTheEmptyName) {
  std::vector<std::string> values = {"z", "z", "", "a"};
  const FeatureHistogram few = HistogramOf(Table(4).Category("c", values).Build());
  EXPECT_THAT(few.categories(), ElementsAre("a", "z"));
  EXPECT_THAT(few.counts(), ElementsAre(1, 2));
  EXPECT_EQ(few.missing(), 1);
  values.clear();
  for (int i = 0; i < 130; ++i) values.push_back("v" + std::to_string(1000 + i));
  values.push_back("v1129");
  const FeatureHistogram many = HistogramOf(Table(131).Category("c", values).Build());
  ASSERT_EQ(many.categories_size(), 101);
  EXPECT_EQ(many.categories(99), "v1129");  // The most frequent, though last in byte order.
  EXPECT_EQ(many.counts(99), 2);
  EXPECT_EQ(many.categories(100), "");
  EXPECT_EQ(many.counts(100), 30);
}

TEST(HistogramTest, CountsSelectedRowsAloneAndNothingWhereAllIsMissing) {
  const Dataset dataset = Table(3).Number("x", {1, 2, kMissingNumber}).Build();
  RowSelection selection = RowSelection::None(dataset);
  selection.shards[2][0] = 1;
  ASSERT_OK_AND_ASSIGN(const auto histograms, ComputeHistograms(dataset, selection, SchemaOf(dataset)));
  EXPECT_EQ(histograms[0].missing(), 1);
  EXPECT_EQ(histograms[0].counts_size(), 0);
  EXPECT_EQ(histograms[0].edges_size(), 0);
}

TEST(HistogramTest, AreTheSameForAnyNumberOfParts) {
  std::vector<float> x, few;
  std::vector<std::string> names;
  for (int i = 0; i < 25'000; ++i) {  // So many that edges are placed by some of them.
    x.push_back(i % 11 == 0 ? kMissingNumber : static_cast<float>(std::sin(i) * 100));
    few.push_back(static_cast<float>(i % 3));
    names.push_back(i % 7 == 0 ? "" : "n" + std::to_string(i % 120));
  }
  const Dataset dataset = Table(25'000).Number("x", x).Number("few", few).Category("c", names).Build();
  const auto told = [](const Dataset& part, dataset::Parts& parts) {
    const auto histograms = *ComputeHistograms(part, RowSelection::All(part), SchemaOf(part), 2, parts);
    std::string bytes;
    for (const auto& one : histograms) bytes += one.SerializeAsString();
    return bytes;
  };
  for (const int ranks : {2, 5}) {
    EXPECT_THAT(testutil::OnParts<std::string>(dataset, ranks, told), Each(told(dataset, dataset::OnlyPart())));
  }
}

TEST(ScoreQuantilesTest, AreAHundredAndOne) {
  std::vector<double> scores;
  for (int i = 200; i >= 0; --i) scores.push_back(i);
  const std::vector<double> quantiles = *ComputeScoreQuantiles(scores);
  ASSERT_EQ(quantiles.size(), 101u);
  for (int q = 0; q <= 100; ++q) EXPECT_NEAR(quantiles[q], 2 * q, 1e-12);
  EXPECT_THAT(*ComputeScoreQuantiles({0.25}), Each(0.25));
}

TEST(GoldenRowsTest, TryEveryFeatureAndHoldNoCustomersRow) {
  const Dataset dataset = SampleDataset();
  const ModelArtifact artifact = testutil::SampleLogisticRegression(dataset);
  ASSERT_EQ(artifact.golden_rows_size(), 8);
  for (const GoldenRow& row : artifact.golden_rows()) {
    ASSERT_EQ(row.values_size(), artifact.schema_size());
    ASSERT_EQ(row.outputs_size(), 1);
  }
  for (const auto& value : artifact.golden_rows(7).values()) {
    EXPECT_EQ(value.kind_case(), common::v1::Value::KIND_NOT_SET);
  }
  EXPECT_EQ(artifact.golden_rows(6).values(3).text(), "never seen in training");
  for (int f = 0; f < artifact.schema_size(); ++f) {
    EXPECT_NE(artifact.golden_rows(0).values(f).SerializeAsString(),
              artifact.golden_rows(1).values(f).SerializeAsString());
  }
}

TEST(SerializeArtifactTest, NamesTheBytesByTheirDigest) {
  const ModelArtifact artifact = testutil::SampleKMeans(SampleDataset());
  const SerializedArtifact serialized = SerializeArtifact(artifact);
  EXPECT_EQ(serialized.sha256, Sha256Hex(serialized.bytes));
  ModelArtifact parsed;
  ASSERT_TRUE(parsed.ParseFromString(serialized.bytes));
  EXPECT_EQ(SerializeArtifact(parsed).bytes, serialized.bytes);
}

TEST(CompleteArtifactTest, RefusesAModelThatIsNotSound) {
  const Dataset dataset = SampleDataset();
  ModelArtifact artifact = testutil::SampleLogisticRegression(dataset);
  artifact.mutable_logistic_regression()->set_intercept(std::nan(""));
  EXPECT_FALSE(CompleteArtifact(dataset, RowSelection::All(dataset), 1, artifact).ok());
}

}  // namespace
}  // namespace clientele::model
