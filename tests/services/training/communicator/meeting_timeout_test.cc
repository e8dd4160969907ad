#include "services/training/communicator/meeting_timeout.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"

namespace clientele::training {
namespace {

TEST(MeetingTimeoutDeathTest, WhoWaitsTooLongEndsAndSaysWhy) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const MeetingTimeout timeout(1);
        absl::SleepFor(absl::Seconds(60));
      },
      ::testing::ExitedWithCode(1), "the ranks did not find one another in time");
}

TEST(MeetingTimeoutTest, WhatIsDoneInTimeHasNoEnd) {
  { const MeetingTimeout timeout(1); }
  absl::SleepFor(absl::Milliseconds(1200));
}

}  // namespace
}  // namespace clientele::training
