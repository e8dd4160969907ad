#include "services/cli/page/scale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "services/cli/page/axis.h"

namespace clientele::cli {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Ge;
using testing::Le;
using testing::Pointwise;

constexpr Range kPixels{100, 300};

auto Near(const std::vector<double>& values) { return Pointwise(DoubleNear(1e-9), values); }

std::vector<std::string> TextsOf(const Axis& axis) {
  return TickTexts(Scale(axis.range, {0, 1}, axis.kind).Ticks(axis.tick_count), axis);
}

TEST(ScaleTest, MapsLinearlyAndCutsAtItsEnds) {
  const Scale scale({0, 10}, kPixels);
  EXPECT_DOUBLE_EQ(scale(2.5), 150);
  EXPECT_DOUBLE_EQ(scale(-7), 100);
  EXPECT_DOUBLE_EQ(scale(1e9), 300);
  EXPECT_DOUBLE_EQ(scale(NAN), 100);
  EXPECT_DOUBLE_EQ(Scale({0, 10}, {300, 100})(2.5), 250);  // Upwards on a page that counts downwards.
}

TEST(ScaleTest, MapsByLogarithmsWhereAsked) {
  const Scale scale({0.01, 100}, kPixels, Scale::Kind::kLog);
  EXPECT_NEAR(scale(1), 200, 1e-9);
  EXPECT_DOUBLE_EQ(scale(0), 100);
}

TEST(ScaleTest, TicksAreRoundAndInside) {
  EXPECT_THAT(Scale({0, 1}, kPixels).Ticks(5), Near({0, 0.2, 0.4, 0.6, 0.8, 1}));
  EXPECT_THAT(Scale({-1.3, 2.2}, kPixels).Ticks(4), Near({-1, 0, 1, 2}));
  EXPECT_THAT(Scale({3, 41'000}, kPixels).Ticks(4), Near({20'000, 40'000}));
  EXPECT_THAT(Scale({0.02, 300}, kPixels, Scale::Kind::kLog).Ticks(5), Near({0.1, 1, 10, 100}));
}

TEST(ScaleTest, AnyRangeHasAFewTicks) {
  constexpr double kHuge = std::numeric_limits<double>::max();
  const std::vector<Range> ranges = {{0, 0},           {5, 5},           {-5, -5},       {1, -1},
                                     {NAN, 1},         {0, INFINITY},    {1e300, 1e301}, {-kHuge, kHuge},
                                     {1e-300, 2e-300}, {1e17, 1e17 + 64}};
  for (const Range& range : ranges) {
    for (Scale::Kind kind : {Scale::Kind::kLinear, Scale::Kind::kLog}) {
      const Scale scale(range, kPixels, kind);
      const std::vector<double> ticks = scale.Ticks(5);
      EXPECT_LE(ticks.size(), 20u) << range.low << " " << range.high;
      for (double tick : ticks) EXPECT_THAT(scale(tick), AllOf(Ge(100), Le(300)));
    }
  }
}

TEST(ScaleTest, RangesLeaveOutWhatIsNotFinite) {
  const Range range = RangeOf({NAN, 3, -1, INFINITY});
  EXPECT_EQ(range.low, -1);
  EXPECT_EQ(range.high, 3);
  EXPECT_EQ(RangeOf({0, 2, 8}, /*positive_only=*/true).low, 2);
  EXPECT_EQ(RangeOf({}).high, 1);
}

TEST(ScaleTest, RoundedRangesEndOnTicks) {
  const Range range = Rounded({3, 871}, 5);
  EXPECT_EQ(range.low, 0);
  EXPECT_EQ(range.high, 1'000);
}

TEST(AxisTest, TicksReadLikeNumbersOfTheirUnit) {
  EXPECT_THAT(TextsOf(Axis::Shares("", {0, 0.02})), ElementsAre("0.0 %", "0.5 %", "1.0 %", "1.5 %", "2.0 %"));
  EXPECT_THAT(TextsOf(Axis::Numbers("", {0, 20'000})), ElementsAre("0", "5,000", "10,000", "15,000", "20,000"));
  EXPECT_THAT(TextsOf(Axis::Numbers("", {0, 3e6})), ElementsAre("0", "1 M", "2 M", "3 M"));
  EXPECT_THAT(TextsOf(Axis::LogNumbers("", {0.1, 100})), ElementsAre("0.10", "0.30", "1.0", "3.0", "10", "30", "100"));
}

TEST(AxisTest, ShortensInTheMiddleAtCharacters) {
  EXPECT_EQ(Shortened("recency_days", 12), "recency_days");
  EXPECT_EQ(Shortened("recency_days", 8), "recen…ys");
  EXPECT_EQ(Shortened("ÎÎÎÎ", 3), "ÎÎ…");
  EXPECT_EQ(Shortened("東京東京東京", 7), "東京…京");
  EXPECT_EQ(Shortened("ab", 1), "…");
}

}  // namespace
}  // namespace clientele::cli
