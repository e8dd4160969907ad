#include "services/cli/output/current_score_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace clientele::cli {
namespace {

using inference::v1::CurrentScore;

CurrentScore Moved() {
  CurrentScore score;
  score.set_name("tenants/demo/models/churn/currentScores/C000017");
  score.set_customer_id("C000017");
  score.set_score(0.62);
  score.set_tier("high");
  score.set_change(0.5);
  score.mutable_previous()->set_score(0.12);
  score.mutable_previous()->set_tier("middle");
  score.add_reasons("bought little");
  return score;
}

TEST(ChangeTextTest, SaysFromWhereToWhereAndWhy) {
  EXPECT_EQ(ChangeText(Moved()), "churn C000017: middle -> high, 0.1200 -> 0.6200 (+0.5000); bought little");
  CurrentScore same_tier = Moved();
  same_tier.mutable_previous()->set_tier("high");
  EXPECT_EQ(ChangeText(same_tier), "churn C000017: high, 0.1200 -> 0.6200 (+0.5000); bought little");
}

TEST(ChangeTextTest, SaysThatAScoreIsTheFirst) {
  CurrentScore first = Moved();
  first.clear_previous();
  first.clear_reasons();
  first.clear_tier();
  EXPECT_EQ(ChangeText(first), "churn C000017: 0.6200 (new)");
  first.set_segment("lost");
  EXPECT_EQ(ChangeText(first), "churn C000017: lost, 0.6200 (new)");
}

TEST(CurrentScoresTableTest, SaysWhatPeopleDecided) {
  CurrentScore score = Moved();
  score.mutable_score_override()->set_tier("gold");
  const std::string csv = RenderCsv(CurrentScoresTable({score}));
  EXPECT_THAT(csv, testing::HasSubstr("tier gold"));
  EXPECT_THAT(csv, testing::HasSubstr("churn,C000017,"));
}

TEST(RescoreJobsTableTest, SaysHowFarAJobIs) {
  inference::v1::RescoreJob job;
  job.set_name("tenants/demo/rescoreJobs/nightly-20261126-000000");
  job.set_state(inference::v1::RescoreJob::STATE_RUNNING);
  job.set_shards_done(64);
  job.mutable_counts()->set_customers(12'000);
  const std::string table = RenderTable(RescoreJobsTable({job}), {});
  EXPECT_THAT(table, testing::HasSubstr("running"));
  EXPECT_THAT(table, testing::HasSubstr("25 %"));
  EXPECT_THAT(table, testing::HasSubstr("12,000"));
  EXPECT_THAT(CountsText(job.counts()), testing::HasSubstr("12,000 customers"));
}

}  // namespace
}  // namespace clientele::cli
