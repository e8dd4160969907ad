#include "services/training/leading.h"

#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Answers what the test says.
class FakeLeadership final : public storage::Leadership {
 public:
  absl::StatusOr<bool> Hold() override { return answer; }
  void Release() override { events.push_back("release"); }
  absl::StatusOr<bool> answer = false;
  std::vector<std::string> events;
};

class LeadingTest : public ::testing::Test {
 protected:
  std::vector<std::string> Take() { return std::exchange(leadership_.events, {}); }

  observability::Metrics metrics_;
  FakeLeadership leadership_;
  absl::Status begun_;
  int looks_ = 0;
  Leading leading_{leadership_,
                   {.begin =
                        [this] {
                          leadership_.events.push_back("begin");
                          return begun_;
                        },
                    .lose = [this] { leadership_.events.push_back("lose"); },
                    .end = [this] { leadership_.events.push_back("end"); },
                    .look = [this] { ++looks_; }},
                   metrics_};
};

TEST_F(LeadingTest, BeginsOnceItLeadsAndLosesOnceItDoesNot) {
  leading_.Step();
  EXPECT_THAT(Take(), IsEmpty());
  EXPECT_THAT(metrics_.Text(), HasSubstr("clientele_training_is_leader 0"));
  leadership_.answer = true;
  leading_.Step();
  leading_.Step();
  EXPECT_THAT(Take(), ElementsAre("begin"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("clientele_training_is_leader 1"));
  leadership_.answer = false;
  leading_.Step();
  EXPECT_THAT(Take(), ElementsAre("lose"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("clientele_training_is_leader 0"));
  leading_.Step();
  EXPECT_THAT(Take(), IsEmpty());
  EXPECT_EQ(looks_, 5) << "leader or not";
}

TEST_F(LeadingTest, WhatNobodyCanTellIsALostLead) {
  leadership_.answer = true;
  leading_.Step();
  leadership_.answer = absl::UnavailableError("the server is away");
  leading_.Step();
  EXPECT_THAT(Take(), ElementsAre("begin", "lose"));
}

TEST_F(LeadingTest, WhoCannotBeginLetsGo) {
  leadership_.answer = true;
  begun_ = absl::UnavailableError("the store is away");
  leading_.Step();
  EXPECT_FALSE(leading_.leads());
  EXPECT_THAT(Take(), ElementsAre("begin", "release"));
  begun_ = absl::OkStatus();
  leading_.Step();
  EXPECT_TRUE(leading_.leads());
}

TEST_F(LeadingTest, EndsInOrderBeforeItLetsGo) {
  leadership_.answer = true;
  leading_.Start();
  EXPECT_TRUE(leading_.leads()) << "at once";
  leading_.Stop();
  leading_.Stop();
  EXPECT_THAT(Take(), ElementsAre("begin", "end", "release"));
}

TEST_F(LeadingTest, WhoNeverLedHasNothingToEnd) {
  leading_.Start();
  leading_.Stop();
  EXPECT_THAT(Take(), ElementsAre("release"));
}

}  // namespace
}  // namespace clientele::training
