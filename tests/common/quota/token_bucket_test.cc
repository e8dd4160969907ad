#include "common/quota/token_bucket.h"

#include <gmock/gmock.h>

#include <random>

namespace clientele::quota {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

// Takes `tokens` where the bucket lets it.
bool TryTake(TokenBucket& bucket, double tokens, absl::Time now) {
  if (bucket.Wait(now) > absl::ZeroDuration()) return false;
  bucket.Take(tokens, now);
  return true;
}

TEST(TokenBucketTest, LetsABurstThroughAndThenTheRate) {
  TokenBucket bucket(10, 5, kStart);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(TryTake(bucket, 1, kStart)) << i;
  EXPECT_FALSE(TryTake(bucket, 1, kStart));
  int through = 0;
  for (int ms = 1; ms <= 10'000; ++ms) through += TryTake(bucket, 1, kStart + absl::Milliseconds(ms)) ? 1 : 0;
  EXPECT_EQ(through, 100);
}

TEST(TokenBucketTest, WhoWaitsAsLongAsItIsToldIsLetThrough) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> tokens(0.1, 30), rate(0.01, 1000);
  for (int round = 0; round < 1000; ++round) {
    TokenBucket bucket(rate(random), 1, kStart);
    absl::Time now = kStart;
    for (int i = 0; i < 5; ++i) {
      now += bucket.Wait(now);
      EXPECT_TRUE(TryTake(bucket, tokens(random), now));
    }
  }
}

TEST(TokenBucketTest, ABatchBeyondTheBurstPassesOnceAndIsPaidBack) {
  TokenBucket bucket(100, 10, kStart);
  EXPECT_TRUE(TryTake(bucket, 1000, kStart));  // 990 in debt.
  EXPECT_EQ(absl::ToInt64Milliseconds(bucket.Wait(kStart)), 9910);
  EXPECT_FALSE(TryTake(bucket, 1, kStart + absl::Seconds(9)));
  EXPECT_TRUE(TryTake(bucket, 1, kStart + absl::Milliseconds(9910)));
}

// Over any time T no more than burst + rate T + one batch.
TEST(TokenBucketTest, NoTimeSeesMoreThanItsShare) {
  constexpr double kRate = 50, kBurst = 20, kLargest = 40;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> tokens(0, kLargest);
    std::exponential_distribution<double> gap(20);
    TokenBucket bucket(kRate, kBurst, kStart);
    std::vector<std::pair<double, double>> taken;  // When, how many.
    double t = 0;
    for (int i = 0; i < 500; ++i) {
      t += gap(random);
      const double amount = tokens(random);
      if (TryTake(bucket, amount, kStart + absl::Seconds(t))) taken.emplace_back(t, amount);
    }
    for (size_t first = 0; first < taken.size(); ++first) {
      double sum = 0;
      for (size_t last = first; last < taken.size(); ++last) {
        sum += taken[last].second;
        EXPECT_LE(sum, kBurst + kRate * (taken[last].first - taken[first].first) + kLargest + 1e-6);
      }
    }
  }
}

TEST(TokenBucketTest, ARateOfZeroLimitsNothing) {
  TokenBucket bucket(0, 0, kStart);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(TryTake(bucket, 1e9, kStart));
}

TEST(TokenBucketTest, NewLimitsHoldFromThenOn) {
  TokenBucket bucket(1, 1, kStart);
  EXPECT_TRUE(TryTake(bucket, 1, kStart));
  bucket.SetLimits(10, 10, kStart);
  EXPECT_FALSE(TryTake(bucket, 1, kStart)) << "what was taken stays taken";
  EXPECT_TRUE(TryTake(bucket, 1, kStart + absl::Milliseconds(100)));
  bucket.SetLimits(0, 0, kStart + absl::Seconds(1));
  EXPECT_TRUE(TryTake(bucket, 1e6, kStart + absl::Seconds(1)));
  bucket.SetLimits(2, 3, kStart + absl::Seconds(2));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(TryTake(bucket, 1, kStart + absl::Seconds(2))) << i;
  EXPECT_FALSE(TryTake(bucket, 1, kStart + absl::Seconds(2)));
}

TEST(TokenBucketTest, AClockThatGoesBackGivesNothing) {
  TokenBucket bucket(1, 1, kStart);
  EXPECT_TRUE(TryTake(bucket, 1, kStart));
  EXPECT_FALSE(TryTake(bucket, 1, kStart - absl::Hours(1)));
  EXPECT_FALSE(TryTake(bucket, 1, kStart));
  EXPECT_TRUE(TryTake(bucket, 1, kStart + absl::Seconds(1)));
}

}  // namespace
}  // namespace clientele::quota
