#include "services/inference/quality/quarters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clientele::inference {
namespace {

absl::TimeZone Berlin() {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone("Europe/Berlin", &zone));
  return zone;
}

absl::Time At(absl::CivilSecond second, absl::TimeZone zone) { return absl::FromCivil(second, zone); }

TEST(QuartersTest, GoNewestFirstFromTheFirstOnesOn) {
  const absl::TimeZone zone = Berlin();
  const auto quarters = QuartersBetween(At(absl::CivilDay(2025, 11, 30), zone), At(absl::CivilDay(2026, 8, 1), zone),
                                        zone, 10);
  ASSERT_EQ(quarters.size(), 4u);
  EXPECT_EQ(quarters[0].name, "2026-Q3");
  EXPECT_EQ(quarters[3].name, "2025-Q4");
  for (size_t i = 1; i < quarters.size(); ++i) EXPECT_EQ(quarters[i].end, quarters[i - 1].start);
  EXPECT_EQ(quarters[0].start, At(absl::CivilDay(2026, 7, 1), zone));
  EXPECT_EQ(quarters[0].end, At(absl::CivilDay(2026, 10, 1), zone));
  EXPECT_EQ(QuartersBetween(quarters[3].start, quarters[0].start, zone, 2).size(), 2u);
}

// Midnight in Berlin is the evening before in UTC.
TEST(QuartersTest, BeginWithTheTenantsDays) {
  const absl::Time instant = At(absl::CivilDay(2026, 1, 1), Berlin());
  EXPECT_EQ(QuartersBetween(instant, instant, Berlin(), 1)[0].name, "2026-Q1");
  EXPECT_EQ(QuartersBetween(instant, instant, absl::UTCTimeZone(), 1)[0].name, "2025-Q4");
}

}  // namespace
}  // namespace clientele::inference
