#include "services/inference/rescoring/current_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "tests/services/inference/rescoring/rescoring_fixture.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;

class CurrentScoresTest : public RescoringTest {
 protected:
  absl::Status Put(const std::string& customer, double score, const std::string& tier = "low") {
    clock_.Advance(absl::Hours(1));
    v1::CurrentScore made;
    made.set_name(FormatModelCustomer({acme_, "churn", customer}, "currentScores"));
    made.set_customer_id(customer);
    made.set_score(score);
    made.set_tier(tier);
    made.set_model_version("tenants/acme/models/churn/versions/1");
    *made.mutable_feature_time() = ToProto(clock_.Now());
    return scores_.Put(acme_, "churn", {made}, scores_.Forgettings(acme_)).status();
  }
  ScoreFilter Everything() { return *ScoreFilter::Of(acme_, {}); }
  // What is told after `position`, up to the change `last`.
  std::vector<std::string> Told(int64_t position, int64_t last) {
    std::vector<std::string> told;
    const auto tell = [&](const v1::WatchScoresResponse& response, int64_t after) {
      if (response.has_current_score()) told.push_back(response.current_score().customer_id());
      return after < last;
    };
    EXPECT_FALSE(scores_.Watch(acme_, Everything(), position, StopToken(), StopToken(), tell).ok());
    return told;
  }
};

TEST_F(CurrentScoresTest, WhatPeopleDecidedIsToldWithTheScore) {
  ASSERT_OK(Put("ada", 0.5));
  v1::ScoreOverride wanted;
  wanted.set_tier("gold");
  wanted.set_reason("known for years");
  *wanted.mutable_expire_time() = ToProto(clock_.Now() + absl::Hours(24));
  ASSERT_OK(overrides_->Set({acme_, "churn", "ada"}, wanted, "a person").status());
  ASSERT_OK_AND_ASSIGN(const v1::CurrentScore score, scores_.Get({acme_, "churn", "ada"}));
  EXPECT_EQ(score.score_override().tier(), "gold");
  EXPECT_EQ(score.tier(), "low") << "the model's own stays";
  EXPECT_FALSE(current_store_->Get({acme_, "churn", "ada"})->has_score_override());
}

TEST_F(CurrentScoresTest, WhoMustNotBeScoredIsNeitherToldNorWritten) {
  ASSERT_OK(Put("ada", 0.5));
  ASSERT_OK(Put("bob", 0.5));
  Suppress("ada");
  std::vector<std::string> listed;
  ASSERT_OK(scores_.List(acme_, "", {}, {acme_, "", ""}, [&](const v1::CurrentScore& score) {
    listed.push_back(score.customer_id());
    return true;
  }));
  EXPECT_THAT(listed, ElementsAre("bob"));
  EXPECT_THAT(Told(0, 2), ElementsAre("bob"));
  ASSERT_OK(Put("ada", 0.75));
  EXPECT_EQ(current_store_->Get({acme_, "churn", "ada"})->score(), 0.5) << "left as it was, until a run takes it away";
}

TEST_F(CurrentScoresTest, WhoeverReadBeforeACustomerWasForgottenHasToReadAgain) {
  const int64_t before = scores_.Forgettings(acme_);
  ASSERT_OK(scores_.Forget(
      acme_, [](absl::string_view) { return false; }, [](const auto&) { return absl::OkStatus(); }));
  EXPECT_TRUE(absl::IsAborted(scores_.Put(acme_, "churn", {}, before).status()));
  EXPECT_OK(scores_.Put(acme_, "churn", {}, scores_.Forgettings(acme_)).status());
}

TEST_F(CurrentScoresTest, AWatcherGoesOnWhereItWasAndWaitsForMore) {
  ASSERT_OK(Put("ada", 0.5));
  ASSERT_OK(Put("bob", 0.5));
  EXPECT_THAT(Told(0, 2), ElementsAre("ada", "bob"));
  EXPECT_THAT(Told(1, 2), ElementsAre("bob"));
  std::thread writer([this] {
    absl::SleepFor(absl::Milliseconds(30));
    EXPECT_OK(Put("eve", 0.5));
  });
  EXPECT_THAT(Told(2, 3), ElementsAre("eve"));
  writer.join();
}

TEST_F(CurrentScoresTest, AWatchEndsWithItsCallerWithTheServerAndWithAnOldToken) {
  const auto watch = [&](const StopToken& stop, const StopToken& drain) {
    return scores_.Watch(acme_, Everything(), 0, stop, drain, [](const auto&, int64_t) { return true; });
  };
  const auto set = std::make_shared<const std::atomic<bool>>(true);
  const StopToken stopped(absl::InfiniteFuture(), set);
  EXPECT_TRUE(absl::IsCancelled(watch(stopped, StopToken())));
  EXPECT_EQ(ReasonOf(watch(StopToken(), stopped)), "SHUTTING_DOWN");
  ASSERT_OK(Put("ada", 0.5));
  ASSERT_OK(Put("ada", 0.75));
  ASSERT_OK(current_store_->TrimChanges(acme_, 1));
  EXPECT_EQ(ReasonOf(watch(StopToken(), StopToken())), "RESUME_TOKEN_TOO_OLD");
}

}  // namespace
}  // namespace clientele::inference
