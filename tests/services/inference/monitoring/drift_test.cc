#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "services/inference/monitoring/drift_report.h"
#include "services/inference/monitoring/drift_watch.h"

namespace clientele::inference {
namespace {

using model::Cell;
using ::testing::ElementsAre;

// `age` of 1,000 rows: 10 missing, then equally in [0, 10), [10, 20) and [20, 30). `plan`: gold, silver and others.
// Scores from 0 to 1 evenly.
model::v1::ModelArtifact Artifact() {
  model::v1::ModelArtifact artifact;
  artifact.mutable_lineage()->set_train_rows(1'000);
  artifact.add_schema()->mutable_feature()->set_name("age");
  artifact.mutable_schema(0)->set_type(common::v1::FEATURE_TYPE_NUMBER);
  artifact.add_schema()->mutable_feature()->set_name("plan");
  artifact.mutable_schema(1)->set_type(common::v1::FEATURE_TYPE_CATEGORY);
  auto& age = *artifact.add_histograms();
  age.set_feature("age");
  age.set_missing(10);
  for (const double edge : {0, 10, 20, 30}) age.add_edges(edge);
  for (int i = 0; i < 3; ++i) age.add_counts(330);
  auto& plan = *artifact.add_histograms();
  plan.set_feature("plan");
  for (const char* name : {"gold", "silver", ""}) plan.add_categories(name);
  for (const int64_t count : {300, 600, 100}) plan.add_counts(count);
  for (int q = 0; q <= 100; ++q) artifact.add_score_quantiles(q / 100.0);
  return artifact;
}

TEST(DriftBinsTest, CountsWhereTrainingCounted) {
  const DriftBins bins(Artifact());
  std::vector<int64_t> counts(bins.size());
  const auto count = [&](Cell age, Cell plan, double score) {
    bins.Count({{age, plan}}, score, absl::MakeSpan(counts));
  };
  count(Cell::Number(-5), Cell::Category("gold"), 0.1);      // Below the first edge, up to the first tenth.
  count(Cell::Number(10), Cell::Category("silver"), 0.100001);
  count(Cell::Number(19.99), Cell::Category("tin"), 1);      // A plan that training did not see.
  count(Cell::Number(1e9), Cell::Missing(), 7);
  count(Cell::Missing(), Cell::Category(""), -1);
  EXPECT_THAT(counts, ElementsAre(5,                                    // rows
                                  1, 1, 2, 1,                           // age: missing, then its bins
                                  2, 1, 1, 1,                           // plan: missing, gold, silver, others
                                  0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 2));    // score
  EXPECT_THAT(bins.features()[0].names, ElementsAre("(missing)", "below 10", "10 to 20", "20 and more"));
  EXPECT_THAT(bins.features()[1].names, ElementsAre("(missing)", "gold", "silver", "(others)"));
  EXPECT_THAT(bins.score().training_counts, ElementsAre(0, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100));
}

TEST(DriftBinsTest, ScoresThatManyRowsShareAreOneBin) {
  model::v1::ModelArtifact artifact = Artifact();
  for (int q = 0; q <= 35; ++q) artifact.set_score_quantiles(q, 0);
  const DriftBins bins(artifact);
  EXPECT_THAT(bins.score().training_counts, ElementsAre(0, 350, 50, 100, 100, 100, 100, 100, 100));
}

TEST(DriftBinsTest, AnArtifactWithoutHistogramsCountsRows) {
  const DriftBins bins((model::v1::ModelArtifact()));
  std::vector<int64_t> counts(bins.size());
  bins.Count({}, 0.5, absl::MakeSpan(counts));
  EXPECT_THAT(counts, ElementsAre(1));
  EXPECT_FALSE(MakeDriftReport(bins, counts, 0.05).has_score());
}

// Counts of `rows` scored rows, ages around `age`.
std::vector<int64_t> Counts(const DriftBins& bins, double age, int rows, double missing = 0.01) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform;
  std::vector<int64_t> counts(bins.size());
  for (int i = 0; i < rows; ++i) {
    const double plan = uniform(random);
    const Cell row[] = {uniform(random) < missing ? Cell::Missing() : Cell::Number(age - 15 + 30 * uniform(random)),
                        Cell::Category(plan < 0.3 ? "gold" : plan < 0.9 ? "silver" : "tin")};
    bins.Count(row, uniform(random), absl::MakeSpan(counts));
  }
  return counts;
}

TEST(MakeDriftReportTest, FindsTheFeatureThatMovedAndNoOther) {
  const DriftBins bins(Artifact());
  const v1::DriftReport same = MakeDriftReport(bins, Counts(bins, 15, 2'000), 0.05);
  EXPECT_EQ(same.rows(), 2'000);
  for (const auto& drift : same.features()) {
    EXPECT_FALSE(drift.drifted()) << drift.feature();
    EXPECT_EQ(drift.level(), v1::FeatureDrift::LEVEL_STABLE);
  }
  const v1::DriftReport moved = MakeDriftReport(bins, Counts(bins, 25, 2'000), 0.05);
  ASSERT_EQ(moved.features_size(), 2);
  EXPECT_EQ(moved.features(0).feature(), "age") << "furthest first";
  EXPECT_TRUE(moved.features(0).drifted());
  EXPECT_EQ(moved.features(0).level(), v1::FeatureDrift::LEVEL_LARGE);
  EXPECT_NEAR(moved.features(0).statistic(), 0.33, 0.03);
  EXPECT_FALSE(moved.features(1).drifted());
  EXPECT_FALSE(moved.score().drifted());
}

TEST(MakeDriftReportTest, MoreMissingValuesAreDrift) {
  const DriftBins bins(Artifact());
  const v1::DriftReport report = MakeDriftReport(bins, Counts(bins, 15, 2'000, 0.4), 0.05);
  EXPECT_TRUE(report.features(0).drifted());
  EXPECT_NEAR(report.features(0).missing_share(), 0.4, 0.03);
  EXPECT_NEAR(report.features(0).training_missing_share(), 0.01, 1e-12);
}

TEST(MakeDriftReportTest, AFewRowsCannotProveDrift) {
  const DriftBins bins(Artifact());
  EXPECT_FALSE(MakeDriftReport(bins, Counts(bins, 20, 5), 0.05).features(0).drifted());
}

TEST(SumOfDaysTest, ReplicasAddUpToWhatOneWouldHaveCounted) {
  const DriftBins bins(Artifact());
  std::vector<int64_t> one = Counts(bins, 15, 100), other = Counts(bins, 25, 300);
  const std::vector<int64_t> sum = SumOfDays({{1, 10, one}, {1, 10, other}}, bins.size());
  EXPECT_EQ(sum[0], 400);
  for (int i = 0; i < bins.size(); ++i) EXPECT_EQ(sum[i], one[i] + other[i]);
}

TEST(DriftWatchTest, SaysOnceWhenAFeatureComesToLargeDriftAndOnceWhenItLeaves) {
  observability::Metrics metrics;
  DriftWatch watch(metrics);
  const DriftBins bins(Artifact());
  const auto look = [&](double age) {
    v1::DriftReport report = MakeDriftReport(bins, Counts(bins, age, 2'000), kDefaultFalseDiscoveryRate);
    report.set_model_version("tenants/acme/models/churn/versions/1");
    return watch.Look(report);
  };
  EXPECT_TRUE(look(15).empty());
  const auto came = look(25);
  ASSERT_EQ(came.size(), 1u);
  EXPECT_EQ(came[0].feature, "age");
  EXPECT_TRUE(came[0].is_large);
  EXPECT_TRUE(look(25).empty());
  EXPECT_THAT(metrics.Text(), ::testing::HasSubstr("clientele_inference_large_drifts{part=\"feature\"} 1"));
  const auto left = look(15);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_FALSE(left[0].is_large);
}

}  // namespace
}  // namespace clientele::inference
