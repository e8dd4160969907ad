#include "services/inference/rescoring/score_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

const TenantId kAcme = *TenantId::Parse("acme");

bool Passes(const v1::WatchScoresRequest& request, const v1::CurrentScore& score, const std::string& model = "churn") {
  const auto filter = ScoreFilter::Of(kAcme, request);
  EXPECT_OK(filter);
  return filter->Passes(model, score);
}

v1::CurrentScore Moved(double from, double to, const std::string& tier_before = "", const std::string& tier = "") {
  v1::CurrentScore score;
  score.set_customer_id("ada");
  score.set_score(to);
  score.set_change(to - from);
  score.set_tier(tier);
  score.mutable_previous()->set_score(from);
  score.mutable_previous()->set_tier(tier_before);
  return score;
}

TEST(ScoreFilterTest, WithoutAWishEverythingPasses) { EXPECT_TRUE(Passes({}, Moved(0.5, 0.5))); }

TEST(ScoreFilterTest, OnlyTheModelsAndCustomersThatWereNamed) {
  v1::WatchScoresRequest request;
  request.add_models("tenants/acme/models/churn");
  EXPECT_TRUE(Passes(request, Moved(0, 1)));
  EXPECT_FALSE(Passes(request, Moved(0, 1), "value"));
  request.add_customer_ids("bob");
  EXPECT_FALSE(Passes(request, Moved(0, 1)));
  request.add_customer_ids("ada");
  EXPECT_TRUE(Passes(request, Moved(0, 1)));
}

TEST(ScoreFilterTest, AGroupIsEnteredOutOfAnotherOrOfNone) {
  v1::WatchScoresRequest request;
  request.add_entered_groups("high");
  EXPECT_TRUE(Passes(request, Moved(0.1, 0.9, "low", "high")));
  EXPECT_FALSE(Passes(request, Moved(0.8, 0.9, "high", "high"))) << "it was there";
  EXPECT_FALSE(Passes(request, Moved(0.9, 0.1, "high", "low"))) << "it left";
  v1::CurrentScore first = Moved(0, 0.9, "", "high");
  first.clear_previous();
  EXPECT_TRUE(Passes(request, first));
  v1::CurrentScore segment = Moved(1, 1);
  segment.set_segment("high");
  EXPECT_TRUE(Passes(request, segment));
  segment.mutable_previous()->set_segment("high");
  EXPECT_FALSE(Passes(request, segment));
}

TEST(ScoreFilterTest, ChangesThatAreTooSmallStayAway) {
  v1::WatchScoresRequest request;
  request.set_min_change(0.25);
  EXPECT_TRUE(Passes(request, Moved(0.5, 0.25)));
  EXPECT_FALSE(Passes(request, Moved(0.5, 0.375)));
  v1::CurrentScore first = Moved(0, 0);
  first.clear_previous();
  EXPECT_TRUE(Passes(request, first)) << "there was none before";
}

TEST(ScoreFilterTest, RefusesWhatCannotBe) {
  const auto problem = [](const v1::WatchScoresRequest& request) {
    return FieldOf(ScoreFilter::Of(kAcme, request).status());
  };
  v1::WatchScoresRequest request;
  request.add_models("tenants/other/models/churn");
  EXPECT_EQ(problem(request), "models[0]");
  request.Clear();
  request.set_min_change(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(problem(request), "min_change");
  request.Clear();
  for (int i = 0; i < 1'001; ++i) request.add_customer_ids("ada");
  EXPECT_EQ(problem(request), "customer_ids");
}

}  // namespace
}  // namespace clientele::inference
