#include "common/audit/refusal_limit.h"

#include <gtest/gtest.h>

namespace clientele::audit {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

TEST(RefusalLimitTest, TheFirstAreKeptTheRestCounted) {
  RefusalLimit limit(kStart);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(limit.Admit(kStart), 0) << i;
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(limit.Admit(kStart), std::nullopt) << i;
  EXPECT_EQ(limit.Settle(kStart), std::nullopt);
  EXPECT_EQ(limit.Admit(kStart + absl::Seconds(10)), 1'000);
  EXPECT_EQ(limit.Admit(kStart + absl::Seconds(10)), std::nullopt);
}

TEST(RefusalLimitTest, WhenTheFloodEndsItIsTold) {
  RefusalLimit limit(kStart);
  for (int i = 0; i < 50; ++i) limit.Admit(kStart);
  EXPECT_EQ(limit.Settle(kStart + absl::Seconds(9)), std::nullopt);
  EXPECT_EQ(limit.Settle(kStart + absl::Seconds(10)), 30);
  EXPECT_EQ(limit.Settle(kStart + absl::Seconds(20)), std::nullopt) << "there is nothing more to tell";
  limit.LeaveOut();
  EXPECT_EQ(limit.SettleAll(), 1);
  EXPECT_EQ(limit.SettleAll(), std::nullopt);
}

TEST(RefusalLimitTest, AFloodOfADayHasFewEntries) {
  RefusalLimit limit(kStart);
  int64_t kept = 0, told = 0;
  for (int tenth = 0; tenth < 864'000; ++tenth) {
    const auto left_out = limit.Admit(kStart + absl::Milliseconds(100) * tenth);
    kept += left_out.has_value() ? 1 : 0;
    told += left_out.value_or(0);
  }
  EXPECT_LE(kept, 8'660);
  EXPECT_EQ(kept + told + limit.SettleAll().value_or(0), 864'000) << "each is kept or counted";
}

}  // namespace
}  // namespace clientele::audit
