#include "services/training/evaluation/cluster_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "services/training/evaluation/cluster_round_number.h"
#include "services/training/evaluation/cluster_rule_tree.h"
#include "tests/common/dataset/table.h"

namespace clientele::training {
namespace {

using testutil::Table;

TEST(RoundNumberTest, TakesTheFewestDigitsThatSeparate) {
  EXPECT_EQ(RoundNumberBetween(3.2, 4.9), 4);
  EXPECT_EQ(RoundNumberBetween(31.42, 31.61), 31.5);
  EXPECT_EQ(RoundNumberBetween(1234, 1235), 1234.5);
  EXPECT_EQ(RoundNumberBetween(-0.3, 0.4), 0.05);
  EXPECT_EQ(RoundNumberBetween(0, 1), 0.5);
  EXPECT_EQ(FormatRounded(410), "410");
  EXPECT_EQ(FormatRounded(31.5), "31.5");
  EXPECT_EQ(FormatRounded(-0.02), "-0.02");
  EXPECT_EQ(FormatRounded(1234567), "1234567");
}

// The clusters by customer: row i is "c<i>" in the table.
template <typename ClusterOf>
RowClusters ClustersOf(const dataset::Dataset& dataset, ClusterOf cluster_of) {
  RowClusters clusters(kShardCount);
  for (int s = 0; s < kShardCount; ++s) {
    for (const auto& id : dataset.shards[s].customer_ids) {
      clusters[s].push_back(cluster_of(std::stoi(std::string(id).substr(1))));
    }
  }
  return clusters;
}

TEST(DescribeClustersTest, FindsTheThresholdsThatMadeTheClusters) {
  std::vector<float> spend, recency;
  for (int i = 0; i < 1000; ++i) {
    spend.push_back(static_cast<float>(i % 40));
    recency.push_back(static_cast<float>(i / 40 % 25));
  }
  const auto dataset = Table(1000).Number("spend", spend).Number("recency", recency).Build();
  const auto clusters = ClustersOf(dataset, [&](int i) { return spend[i] >= 30 && recency[i] < 10 ? 1 : 0; });
  const auto rules = *DescribeClusters(dataset, {0, 1}, clusters, 2);
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[1].text(), "Spend at least 30 and recency below 10");
  EXPECT_EQ(rules[1].precision(), 1);
  EXPECT_EQ(rules[1].recall(), 1);
  EXPECT_GT(rules[0].recall(), 0.8);
  EXPECT_GT(rules[0].precision(), 0.8);
}

TEST(DescribeClustersTest, SpeaksOfCategoriesAndOfWhatIsMissing) {
  std::vector<float> spend;
  std::vector<std::string> plan;
  for (int i = 0; i < 600; ++i) {
    spend.push_back(i % 3 == 0 ? dataset::kMissingNumber : static_cast<float>(i % 100));
    plan.push_back(i % 4 == 0 ? "gold" : i % 4 == 1 ? "basic" : "");
  }
  const auto dataset = Table(600).Number("spend", spend).Category("plan", plan).Build();
  const auto by_plan =
      *DescribeClusters(dataset, {0, 1}, ClustersOf(dataset, [](int i) { return i % 4 == 0 ? 1 : 0; }), 2);
  EXPECT_EQ(by_plan[1].text(), "Plan is gold");
  EXPECT_EQ(by_plan[0].text(), "Plan is not gold");
  EXPECT_EQ(by_plan[0].precision(), 1);
  const auto unknown =
      *DescribeClusters(dataset, {0, 1}, ClustersOf(dataset, [](int i) { return i % 4 >= 2 ? 1 : 0; }), 2);
  EXPECT_EQ(unknown[1].text(), "Plan is unknown");
  const auto missing = *DescribeClusters(
      dataset, {0, 1}, ClustersOf(dataset, [](int i) { return i % 3 == 0 || i % 100 >= 80 ? 1 : 0; }), 2);
  EXPECT_EQ(missing[1].text(), "Spend at least 80 or unknown");
  EXPECT_EQ(missing[1].precision(), 1);
  EXPECT_EQ(missing[0].text(), "Spend below 80");
}

TEST(DescribeClustersTest, PrecisionAndRecallAreOfTheRowsThatCount) {
  std::vector<float> spend;
  for (int i = 0; i < 400; ++i) spend.push_back(static_cast<float>(i));
  const auto dataset = Table(400).Number("spend", spend).Build();
  // Every tenth row above 200 is elsewhere, rows above 300 do not count.
  const auto clusters = ClustersOf(dataset, [](int i) { return i >= 300 ? -1 : i >= 200 && i % 10 != 0 ? 1 : 0; });
  const auto rules = *DescribeClusters(dataset, {0}, clusters, 2);
  EXPECT_EQ(rules[1].text().substr(0, 15), "Spend at least ");
  EXPECT_NEAR(rules[1].precision(), 0.9, 0.02);
  EXPECT_NEAR(rules[1].recall(), 1, 0.03);
}

TEST(DescribeClustersTest, EverybodyIsInTheOnlyCluster) {
  const auto dataset = Table(50).Number("spend", std::vector<float>(50, 7)).Build();
  const auto rules = *DescribeClusters(dataset, {0}, ClustersOf(dataset, [](int) { return 0; }), 1);
  EXPECT_EQ(rules[0].text(), "Everybody");
  EXPECT_EQ(rules[0].precision(), 1);
}

TEST(BestPathTest, IsNoDeeperThanItsDepth) {
  BinnedRows rows;
  rows.features.assign(5, {false, 2, {}});
  for (int i = 0; i < 64; ++i) {
    for (int f = 0; f < 5; ++f) rows.features[f].bins.push_back(static_cast<uint8_t>(i >> f & 1));
    rows.clusters.push_back(i % 32 == 31);
  }
  EXPECT_EQ(BestPath(rows, 1).size(), static_cast<size_t>(kRuleDepth));
}

}  // namespace
}  // namespace clientele::training
