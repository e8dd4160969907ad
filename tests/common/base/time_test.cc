#include <gmock/gmock.h>

#include "common/base/stop_token.h"
#include "common/base/timestamps.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"

namespace clientele {
namespace {

using testutil::IsOk;
using testutil::StatusIs;

TEST(TimestampsTest, MicrosecondsGoThereAndBack) {
  for (const int64_t micros : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{-1'000'000}, int64_t{-1'000'001},
                               int64_t{1'700'000'000'123'456}}) {
    const google::protobuf::Timestamp time = ToProto(absl::FromUnixMicros(micros));
    EXPECT_GE(time.nanos(), 0) << micros;  // As the wire wants it, before 1970 too.
    EXPECT_LT(time.nanos(), 1'000'000'000) << micros;
    EXPECT_EQ(FromProto(time), absl::FromUnixMicros(micros));
  }
}

TEST(StopTokenTest, ADefaultOneNeverStops) { EXPECT_THAT(StopToken().Check(), IsOk()); }

TEST(StopTokenTest, StopsByDeadlineAndByCancellation) {
  EXPECT_THAT(StopToken(absl::Now() - absl::Seconds(1)).Check(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(StopToken(absl::Now() + absl::Hours(1)).Check(), IsOk());
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  const StopToken token(absl::InfiniteFuture(), cancelled);
  EXPECT_THAT(token.Check(), IsOk());
  cancelled->store(true);
  EXPECT_THAT(token.Check(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_TRUE(token.cancelled());
}

TEST(SystemClockTest, Advances) {
  const SystemClock clock;
  EXPECT_LE(absl::Now() - absl::Seconds(60), clock.Now());
}

TEST(ManualClockTest, MovesOnlyWhenTold) {
  testutil::ManualClock clock(absl::FromUnixSeconds(100));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(100));
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(105));
}

}  // namespace
}  // namespace clientele
