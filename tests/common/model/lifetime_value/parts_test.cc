// The parts that a lifetime value is made of: intervals, discounting, Shapley values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>

#include "common/model/btyd/bg_nbd.h"
#include "common/model/lifetime_value/customer.h"
#include "common/model/lifetime_value/lifetime.h"
#include "common/model/lifetime_value/range.h"
#include "common/model/lifetime_value/shapley.h"

namespace clientele::model {
namespace {

TEST(RangeTest, NormalDeviatesAreThoseOfTheTables) {
  EXPECT_NEAR(NormalDeviate(0.95), 1.959963984540054, 1e-12);
  EXPECT_NEAR(NormalDeviate(0.5), 0.6744897501960817, 1e-12);
  EXPECT_NEAR(NormalDeviate(0.9999), 3.890591886413100, 1e-10);
}

TEST(RangeTest, NeverLeavesWhatIsPossible) {
  const Range wide = ProbabilityRange(0.9, 100, 2);
  EXPECT_GE(wide.lower, 0);
  EXPECT_LE(wide.upper, 1);
  EXPECT_GT(PositiveRange(1e-3, 1, 2).lower, 0);
  EXPECT_EQ(ProbabilityRange(1, 3, 2).lower, 1);
  EXPECT_EQ(PositiveRange(0, 3, 2).upper, 0);
  EXPECT_TRUE(std::isfinite(PositiveRange(1, std::nan(""), 2).upper));
}

TEST(RangeTest, IsTheUsualOneWhereTheNumberIsWellKnown) {
  const Range money = PositiveRange(100, 0.01, 2), chance = ProbabilityRange(0.3, 1e-6, 2);
  EXPECT_NEAR(money.upper, 100.2, 1e-3);
  EXPECT_NEAR(money.lower, 99.8, 1e-3);
  EXPECT_NEAR(chance.upper, 0.302, 1e-5);
  EXPECT_NEAR(chance.lower, 0.298, 1e-5);
}

class DiscountTest : public ::testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(Horizons, DiscountTest, ::testing::Values(30.0, 365.0, 1000.0, 36500.0));

TEST_P(DiscountTest, IsThatOfManySmallSteps) {
  constexpr std::array<double, 4> kParameters = {0.2426, 4.4136, 0.7929, 2.4259};
  const btyd::BgNbd model{absl::MakeConstSpan(kParameters)};
  const ValueTerms terms = {.horizon_days = GetParam(), .annual_discount_rate = 0.15};
  for (const btyd::PurchaseHistory& history : {btyd::PurchaseHistory{0, 0, 0}, btyd::PurchaseHistory{3, 20, 39}}) {
    double sum = 0, before = 0;
    constexpr int kSteps = 4000;
    for (int step = 1; step <= kSteps; ++step) {
      const double until = model.PurchasesIfAlive(history, GetParam() * step / kSteps / 7).value;
      sum += (until - before) * std::pow(1.15, -GetParam() * (step - 0.5) / kSteps / 365);
      before = until;
    }
    const PurchasesAhead ahead = PurchasesAheadIfAlive(model, history, terms);
    EXPECT_NEAR(ahead.discounted.value / sum, 1, 1e-5);
    EXPECT_NEAR(ahead.plain.value / before, 1, 1e-12);
    EXPECT_NEAR(DiscountedAheadIfAlive(model, history, terms) / ahead.discounted.value, 1, 1e-14);
  }
}

TEST(DiscountTest, SlopesAreThoseOfTheDiscountedNumber) {
  const ValueTerms terms = {.horizon_days = 365, .annual_discount_rate = 0.15};
  const btyd::PurchaseHistory history = {3, 20, 39};
  const std::array<double, 4> at = {0.2426, 4.4136, 0.7929, 2.4259};
  const auto value = [&](std::array<double, 4> parameters) {
    return PurchasesAheadIfAlive(btyd::BgNbd(parameters), history, terms).discounted;
  };
  for (int j = 0; j < 4; ++j) {
    std::array<double, 4> up = at, down = at;
    up[j] *= std::exp(1e-5);
    down[j] *= std::exp(-1e-5);
    EXPECT_NEAR(value(at).slopes[j], (value(up).value - value(down).value) / 2e-5, 1e-7);
  }
}

TEST(ShapleyTest, AGloveGameIsSharedAsItShouldBe) {
  // Players 0 and 1 have a left glove, player 2 a right one; a pair is worth 1. Known: 1/6, 1/6, 4/6.
  std::array<double, 8> values = {};
  for (uint32_t members = 0; members < 8; ++members) values[members] = (members & 4) != 0 && (members & 3) != 0 ? 1 : 0;
  std::array<double, 3> players = {};
  ShapleyValues(values, absl::MakeSpan(players));
  EXPECT_NEAR(players[0], 1.0 / 6, 1e-15);
  EXPECT_NEAR(players[1], 1.0 / 6, 1e-15);
  EXPECT_NEAR(players[2], 4.0 / 6, 1e-15);
}

TEST(ShapleyTest, AddsUpToTheWholeOfFivePlayers) {
  std::array<double, 32> values = {};
  for (uint32_t members = 0; members < 32; ++members) values[members] = std::sin(members * 1.3) + std::popcount(members);
  std::array<double, 5> players = {};
  ShapleyValues(values, absl::MakeSpan(players));
  double sum = 0;
  for (const double share : players) sum += share;
  EXPECT_NEAR(sum, values[31] - values[0], 1e-13);
}

TEST(PlausibleTest, LeavesAHistoryThatCanBeAloneAndBringsOthersNear) {
  bool corrected = false;
  const auto kept = Plausible({2, 30.4285717, 38.857143}, /*whole_units=*/false, corrected);
  EXPECT_EQ(kept.recency, 30.4285717);
  EXPECT_FALSE(corrected);
  EXPECT_EQ(Plausible({2, 50, 38}, false, corrected).recency, 38);
  EXPECT_TRUE(corrected);
  corrected = false;
  EXPECT_EQ(Plausible({0, 3, 38}, false, corrected).recency, 0);
  EXPECT_TRUE(corrected);
  // In whole units there is at most one purchase in each.
  EXPECT_EQ(Plausible({9, 6, 6}, true, corrected).frequency, 6);
  EXPECT_EQ(Plausible({4, 2, 6}, true, corrected).recency, 4);
}

}  // namespace
}  // namespace clientele::model
