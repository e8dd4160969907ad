#include "services/cli/training/comparison_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clientele::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using model::v1::ChampionComparison;
using model::v1::MetricComparison;

MetricComparison& Add(ChampionComparison& comparison, const char* metric, double difference, double half) {
  MetricComparison& added = *comparison.add_metrics();
  added.set_metric(metric);
  added.set_value(0.8 + difference);
  added.set_champion(0.8);
  added.set_difference(difference);
  added.set_difference_lower(difference - half);
  added.set_difference_upper(difference + half);
  return added;
}

TEST(ComparisonViewTest, TellsBetterFromWorseAndFromChance) {
  ChampionComparison comparison;
  Add(comparison, "auc", 0.02, 0.01);
  EXPECT_THAT(RenderCsv(ComparisonTable(comparison)), HasSubstr("better"));
  comparison.Clear();
  Add(comparison, "log_loss", 0.02, 0.01).set_lower_is_better(true);
  EXPECT_THAT(RenderCsv(ComparisonTable(comparison)), HasSubstr("worse"));
  comparison.Clear();
  Add(comparison, "accuracy", 0.02, 0.03);
  EXPECT_THAT(RenderCsv(ComparisonTable(comparison)), HasSubstr("may be chance"));
  comparison.Clear();
  MetricComparison& unsure = Add(comparison, "spearman", 0.02, 0.01);
  unsure.clear_difference_lower();
  unsure.clear_difference_upper();
  EXPECT_THAT(RenderCsv(ComparisonTable(comparison)), Not(HasSubstr("better\n")));
}

TEST(ComparisonViewTest, SaysWhatTheNumbersAreOf) {
  ChampionComparison comparison;
  comparison.set_rows(1'500);
  comparison.set_same_split(true);
  EXPECT_EQ(ComparisonNote(comparison), "Both judged on the same 1,500 customers, with 95 % intervals.");
  comparison.set_same_split(false);
  EXPECT_THAT(ComparisonNote(comparison), HasSubstr("may have taught it"));
  comparison.set_not_compared("the champion predicts another label");
  EXPECT_THAT(ComparisonNote(comparison), HasSubstr("another label"));
  EXPECT_THAT(MovementLine(comparison), IsEmpty());
  auto& movement = *comparison.mutable_movement();
  movement.set_moved_share(0.25);
  movement.set_far_moved_share(0.05);
  movement.set_decision_changed_share(0.02);
  movement.set_value_feature("spend_total");
  movement.set_value_moved_up(1'200);
  movement.set_value_moved_down(300.5);
  EXPECT_EQ(MovementLine(comparison),
            "25 % of the customers stand in another tenth, 5 % by two or more; 2 % are called otherwise; spend_total "
            "of those who moved up: 1,200.00, down: 300.50.");
}

}  // namespace
}  // namespace clientele::cli
