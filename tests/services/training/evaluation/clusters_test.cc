#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <memory>
#include <set>

#include "services/training/evaluation/cluster_metrics.h"
#include "services/training/evaluation/cluster_names.h"
#include "services/training/evaluation/cluster_profiles.h"
#include "tests/common/dataset/table.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using common::v1::FeatureDefinition;
using testutil::Table;

TEST(SilhouetteTest, MatchesTheDefinitionByHand) {
  // Points 0, 1 | 5. For 0: a = 1, b = 5; for 1: a = 1, b = 4; the third is alone.
  const std::vector<float> points = {0, 1, 5};
  const double expected = ((5 - 1) / 5.0 + (4 - 1) / 4.0 + 0) / 3;
  for (const int threads : {1, 3}) {
    EXPECT_DOUBLE_EQ(Silhouette(points, 1, {0, 0, 1}, 2, threads, StopToken()).value(), expected);
  }
  EXPECT_EQ(Silhouette(points, 1, {0, 0, 0}, 1, 1, StopToken()).value(), 0);
  EXPECT_EQ(Silhouette({2, 2, 2}, 1, {0, 1, 0}, 2, 1, StopToken()).value(), 0);
}

TEST(SilhouetteTest, StopsWhenAsked) {
  const StopToken stop(absl::InfiniteFuture(), std::make_shared<std::atomic<bool>>(true));
  EXPECT_EQ(Silhouette({0, 1}, 1, {0, 1}, 2, 1, stop).status().code(), absl::StatusCode::kCancelled);
}

TEST(DaviesBouldinTest, MatchesTheDefinitionByHand) {
  // Distances 10 and 10, spreads 1, 2, 3: the worst ratios are 4/10... of pairs (0,1) 3/10, (1,2) 5/10, (0,2) 4/20.
  EXPECT_DOUBLE_EQ(DaviesBouldin({0, 10, 20}, 1, {1, 2, 3}, {5, 5, 5}), (0.3 + 0.5 + 0.5) / 3);
  EXPECT_DOUBLE_EQ(DaviesBouldin({0, 10, 20}, 1, {1, 2, 3}, {5, 5, 0}), 0.3);
  EXPECT_EQ(DaviesBouldin({0}, 1, {1}, {5}), 0);
}

FeatureDefinition Feature(const std::string& name, const std::string& display_name) {
  FeatureDefinition feature;
  feature.set_name(name);
  feature.set_display_name(display_name);
  return feature;
}

TEST(DescribeTraitTest, SpeaksLikeAPerson) {
  const FeatureDefinition spend = Feature("monetary_total", "Spend, last 90 days");
  const FeatureDefinition login = Feature("days_since_last_login", "Days since the last login");
  const FeatureDefinition plain = Feature("total_charges", "");
  const FeatureDefinition nps = Feature("nps", "NPS");
  FeatureDefinition recency = Feature("recency_days", "Recency");
  recency.mutable_aggregate()->set_aggregation(FeatureDefinition::AGGREGATION_DAYS_SINCE_LAST);
  EXPECT_EQ(DescribeTrait({&spend, 1, ""}), "high spend last 90 days");
  EXPECT_EQ(DescribeTrait({&login, -1, ""}), "recent login");
  EXPECT_EQ(DescribeTrait({&login, 1, ""}), "long since last login");
  EXPECT_EQ(DescribeTrait({&plain, -1, ""}), "low total charges");
  EXPECT_EQ(DescribeTrait({&nps, 1, ""}), "high NPS");
  EXPECT_EQ(DescribeTrait({&recency, -1, ""}), "recent");
  EXPECT_EQ(DescribeTrait({&recency, 1, ""}), "lapsed");
  EXPECT_EQ(DescribeTrait({&plain, 1, "Two year"}), "total charges Two year");
}

TEST(NameClustersTest, NamesAreUnique) {
  const FeatureDefinition a = Feature("a", "AA"), b = Feature("b", "BB"), c = Feature("c", "CC");
  const std::vector<std::vector<Trait>> traits = {
      {{&a, 1, ""}, {&b, -1, ""}, {&c, 1, ""}}, {{&a, 1, ""}, {&b, -1, ""}, {&c, -1, ""}}, {}, {}, {{&b, 2, ""}}};
  EXPECT_THAT(NameClusters(traits), ElementsAre("High AA, low BB, high CC", "High AA, low BB, low CC", "Average",
                                                "Average (2)", "High BB"));
}

TEST(ProfileClustersTest, SaysWhatSetsAClusterApartInItsOwnUnits) {
  // Two clusters: 60 who spend 10, 40 who spend 100; the last row is not clustered.
  std::vector<float> spend, constant;
  std::vector<std::string> plan;
  for (int i = 0; i < 101; ++i) {
    spend.push_back(i < 60 ? 10 : 100);
    constant.push_back(7);
    plan.push_back(i < 60 ? "basic" : i < 70 ? "" : "gold");
  }
  spend[3] = dataset::kMissingNumber;
  const auto dataset = Table(101).Number("spend", spend).Number("constant", constant).Category("plan", plan).Build();
  RowClusters clusters(kShardCount);
  for (int s = 0; s < kShardCount; ++s) {
    for (const absl::string_view id : dataset.shards[s].customer_ids) {
      const int row = std::stoi(std::string(id.substr(1)));
      clusters[s].push_back(row == 100 ? -1 : row < 60 ? 0 : 1);
    }
  }
  const auto profiles = *ProfileClusters(dataset, {0, 1, 2}, clusters, 2);
  ASSERT_EQ(profiles.size(), 2);
  EXPECT_EQ(profiles[0].size(), 60);
  EXPECT_DOUBLE_EQ(profiles[1].share(), 0.4);
  ASSERT_EQ(profiles[1].means_size(), 3);
  EXPECT_EQ(profiles[1].means(0).feature(), "spend");
  EXPECT_DOUBLE_EQ(profiles[1].means(0).mean(), 100);
  const double overall = (59 * 10 + 40 * 100) / 99.0;
  EXPECT_DOUBLE_EQ(profiles[1].means(0).overall_mean(), overall);
  EXPECT_GT(profiles[1].means(0).z(), 1);
  EXPECT_EQ(profiles[1].means(1).z(), 0);
  EXPECT_EQ(profiles[1].means(2).category(), "gold");
  EXPECT_DOUBLE_EQ(profiles[1].means(2).mean(), 0.75);
  EXPECT_DOUBLE_EQ(profiles[1].means(2).overall_mean(), 0.3);
  EXPECT_EQ(profiles[1].name(), "High spend, plan gold");
  EXPECT_EQ(profiles[0].name(), "Low spend, plan basic");
  EXPECT_THAT(profiles[1].differs_by(), ElementsAre("spend 100 (average 46.36)", "plan: gold 75% (average 30%)"));
}

}  // namespace
}  // namespace clientele::training
