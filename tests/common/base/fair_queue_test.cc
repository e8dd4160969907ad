#include "common/base/fair_queue.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace clientele {
namespace {

using ::testing::ElementsAre;
using Queue = FairQueue<std::string>;

std::vector<std::string> Take(Queue& queue, size_t count) {
  std::vector<std::string> taken;
  for (size_t i = 0; i < count && !queue.empty(); ++i) taken.push_back(queue.Pop());
  return taken;
}

TEST(FairQueueTest, OneFlowIsAFifo) {
  Queue queue(8);
  for (const char* item : {"a", "b", "c"}) ASSERT_TRUE(queue.Push({.name = "acme"}, item));
  EXPECT_THAT(Take(queue, 3), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(queue.empty());
}

TEST(FairQueueTest, ANewcomerWaitsBehindOneItemAndNotBehindAll) {
  Queue queue(100);
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(queue.Push({.name = "flood"}, "flood"));
  Take(queue, 5);
  ASSERT_TRUE(queue.Push({.name = "acme"}, "acme"));
  EXPECT_THAT(Take(queue, 2), ::testing::Contains("acme"));
}

TEST(FairQueueTest, FlowsTakeTurns) {
  Queue queue(100);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.Push({.name = "a"}, absl::StrCat("a", i)));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(queue.Push({.name = "b"}, absl::StrCat("b", i)));
  EXPECT_THAT(Take(queue, 6), ElementsAre("a0", "b0", "a1", "b1", "a2", "b2"));
}

TEST(FairQueueTest, AWeightOfThreeGetsThreeTimesAsMuch) {
  Queue queue(1000);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(queue.Push({.name = "heavy", .weight = 3}, "heavy"));
    ASSERT_TRUE(queue.Push({.name = "light"}, "light"));
  }
  const std::vector<std::string> taken = Take(queue, 80);
  EXPECT_NEAR(std::count(taken.begin(), taken.end(), "heavy"), 60, 1);
}

TEST(FairQueueTest, WhoAsksForMoreAtOnceComesLessOften) {
  Queue queue(1000);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(queue.Push({.name = "batches", .cost = 9}, "batches"));
    ASSERT_TRUE(queue.Push({.name = "calls"}, "calls"));
  }
  const std::vector<std::string> taken = Take(queue, 100);
  EXPECT_NEAR(std::count(taken.begin(), taken.end(), "batches"), 10, 1);
}

TEST(FairQueueTest, SilenceEarnsNoCredit) {
  Queue queue(1000);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(queue.Push({.name = "busy"}, "busy"));
  Take(queue, 50);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(queue.Push({.name = "late"}, "late"));
  const std::vector<std::string> taken = Take(queue, 20);
  EXPECT_NEAR(std::count(taken.begin(), taken.end(), "late"), 10, 1);
}

// While flows have items waiting, what two of them got differs, in cost over weight, by at most the largest item of
// each (Goyal, Vin and Cheng, theorem 1).
TEST(FairQueueTest, BackloggedFlowsGetTheirSharesToWithinAnItemOfEach) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> cost(0.1, 5), weight(0.5, 4);
    FairQueue<std::pair<std::string, double>> queue(100'000);
    std::map<std::string, double> weights, got;
    for (const char* flow : {"a", "b", "c", "d"}) {
      weights[flow] = weight(random);
      for (int i = 0; i < 400; ++i) {
        const double item = cost(random);
        ASSERT_TRUE(queue.Push({.name = flow, .cost = item, .weight = weights[flow]}, {flow, item}));
      }
    }
    for (int i = 0; i < 300; ++i) {
      const auto [flow, item] = queue.Pop();
      got[flow] += item / weights[flow];
      for (const auto& [one, amount] : got) {
        for (const auto& [other, weight_of_other] : weights) {
          EXPECT_LE(amount - got[other], 5 / weights[one] + 5 / weight_of_other + 1e-9)
              << seed << " " << one << " " << other;
        }
      }
    }
  }
}

TEST(FairQueueTest, AFlowTakesAtMostHalfAndANewcomerFindsAPlace) {
  Queue queue(64);
  int flood = 0;
  while (queue.Push({.name = "flood"}, "flood")) ++flood;
  EXPECT_EQ(flood, 32);
  for (int tenant = 0; tenant < 20; ++tenant) {
    EXPECT_TRUE(queue.Push({.name = absl::StrCat("t", tenant)}, "one")) << tenant;
  }
}

TEST(FairQueueTest, IsBoundedForAllAndForItemsOfNoFlow) {
  Queue queue(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.Push({}, "item"));
  EXPECT_FALSE(queue.Push({}, "item"));
  EXPECT_FALSE(queue.Push({.name = "acme"}, "item"));
  EXPECT_EQ(queue.size(), 4u);
  queue.Pop();
  EXPECT_TRUE(queue.Push({.name = "acme"}, "item"));
  EXPECT_FALSE(FairQueue<int>(0).Push({}, 1));
}

TEST(FairQueueTest, ForgetsFlowsThatHaveNothingWaiting) {
  Queue queue(8);
  for (int round = 0; round < 1000; ++round) {
    ASSERT_TRUE(queue.Push({.name = absl::StrCat("a", round)}, "x"));
    ASSERT_TRUE(queue.Push({.name = absl::StrCat("b", round)}, "y"));
    Take(queue, round % 2 == 0 ? 1 : 3);
    ASSERT_LE(queue.flows(), 17u);
  }
  Take(queue, 8);
  EXPECT_EQ(queue.flows(), 0u);
}

}  // namespace
}  // namespace clientele
