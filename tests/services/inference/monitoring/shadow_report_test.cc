#include "services/inference/monitoring/shadow_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"

namespace clientele::inference {
namespace {

using storage::ShadowPair;

const ModelName& Churn() {
  static const ModelName* const name = new ModelName{*TenantId::Parse("acme"), "churn"};
  return *name;
}

// Scores with ties; the shadow's go along with the served.
std::vector<ShadowPair> RandomPairs(int n, int64_t shadow_version = 2) {
  std::mt19937_64 random(n);
  std::uniform_real_distribution<double> uniform;
  std::vector<ShadowPair> pairs;
  for (int i = 0; i < n; ++i) {
    ShadowPair pair;
    pair.time = absl::UnixEpoch() + absl::Seconds(100 * shadow_version + i);
    pair.pseudonym = absl::StrCat("pseudonym", i);
    pair.served_version = 1;
    pair.shadow_version = shadow_version;
    pair.served_score = std::floor(50 * uniform(random)) / 50;
    pair.shadow_score = std::floor(50 * (pair.served_score + uniform(random)) / 2) / 50;
    pair.served_decision = pair.served_score >= 0.5;
    pair.shadow_decision = pair.shadow_score >= 0.5;
    pair.served_micros = i + 1;
    pair.shadow_micros = 2 * (i + 1);
    pairs.push_back(pair);
  }
  return pairs;
}

// The share of rows below, and half of those that are equal: by the definition.
double MeanRankShare(const std::vector<ShadowPair>& pairs, double ShadowPair::*score, double at) {
  double below = 0, equal = 0;
  for (const ShadowPair& pair : pairs) below += pair.*score < at, equal += pair.*score == at;
  return (below + equal / 2) / static_cast<double>(pairs.size());
}

TEST(MakeShadowReportTest, IsWhatOneCountsByHand) {
  const std::vector<ShadowPair> pairs = RandomPairs(997);
  const v1::ShadowReport report = MakeShadowReport(Churn(), pairs, Agreement::kByDecision, 5);
  EXPECT_EQ(report.name(), "tenants/acme/models/churn");
  ASSERT_EQ(report.pairings_size(), 1);
  const auto& pairing = report.pairings(0);
  EXPECT_EQ(pairing.served_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(pairing.shadow_version(), "tenants/acme/models/churn/versions/2");
  EXPECT_EQ(pairing.pairs(), 997);
  int64_t agreed = 0;
  double sum = 0, squares = 0, largest = 0, d_served = 0, d_shadow = 0, d_both = 0;
  std::vector<int64_t> moves(100);
  for (const ShadowPair& pair : pairs) {
    const double difference = pair.shadow_score - pair.served_score;
    agreed += pair.served_decision == pair.shadow_decision;
    sum += difference;
    squares += difference * difference;
    largest = std::max(largest, std::abs(difference));
    const double served = MeanRankShare(pairs, &ShadowPair::served_score, pair.served_score);
    const double shadow = MeanRankShare(pairs, &ShadowPair::shadow_score, pair.shadow_score);
    d_served += (served - 0.5) * (served - 0.5);
    d_shadow += (shadow - 0.5) * (shadow - 0.5);
    d_both += (served - 0.5) * (shadow - 0.5);
    ++moves[10 * std::min(9, static_cast<int>(served * 10)) + std::min(9, static_cast<int>(shadow * 10))];
  }
  EXPECT_NEAR(pairing.agreement(), agreed / 997.0, 1e-12);
  EXPECT_NEAR(pairing.rank_correlation(), d_both / std::sqrt(d_served * d_shadow), 1e-9);
  EXPECT_NEAR(pairing.mean_difference(), sum / 997, 1e-12);
  EXPECT_NEAR(pairing.difference_standard_deviation(), std::sqrt((squares - sum * sum / 997) / 996), 1e-9);
  ASSERT_EQ(pairing.decile_moves_size(), 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pairing.decile_moves(i), moves[i]) << i;
  ASSERT_EQ(pairing.difference_quantiles_size(), 9);
  EXPECT_TRUE(std::is_sorted(pairing.difference_quantiles().begin(), pairing.difference_quantiles().end()));
  ASSERT_EQ(pairing.largest_size(), 5);
  EXPECT_EQ(std::abs(pairing.largest(0).shadow_score() - pairing.largest(0).served_score()), largest);
  EXPECT_EQ(pairing.largest(0).pseudonym().substr(0, 18), "70736575646f6e796d") << "in hex";
  EXPECT_EQ(pairing.served_latency().p50_micros(), 499);
  EXPECT_EQ(pairing.shadow_latency().p50_micros(), 998);
  EXPECT_EQ(FromProto(pairing.first_time()), pairs.front().time);
  EXPECT_EQ(FromProto(pairing.last_time()), pairs.back().time);
}

TEST(MakeShadowReportTest, ValuesAgreeWhereTheTenthIsTheSame) {
  const auto report = MakeShadowReport(Churn(), RandomPairs(500), Agreement::kByTenth, 5);
  int64_t stayed = 0;
  for (int i = 0; i < 10; ++i) stayed += report.pairings(0).decile_moves(11 * i);
  EXPECT_NEAR(report.pairings(0).agreement(), stayed / 500.0, 1e-12);
}

TEST(MakeShadowReportTest, TheNewestPairingComesFirst) {
  std::vector<ShadowPair> pairs = RandomPairs(50, 2);
  for (const ShadowPair& pair : RandomPairs(20, 3)) pairs.push_back(pair);
  const auto report = MakeShadowReport(Churn(), pairs, Agreement::kByDecision, 100);
  ASSERT_EQ(report.pairings_size(), 2);
  EXPECT_EQ(report.pairings(0).shadow_version(), "tenants/acme/models/churn/versions/3");
  EXPECT_EQ(report.pairings(0).largest_size(), 20);
}

TEST(MakeShadowReportTest, NoPairsAreNoPairing) {
  EXPECT_EQ(MakeShadowReport(Churn(), {}, Agreement::kByDecision, 5).pairings_size(), 0);
  const auto one = MakeShadowReport(Churn(), RandomPairs(1), Agreement::kByDecision, 5);
  EXPECT_TRUE(std::isnan(one.pairings(0).rank_correlation()));
}

}  // namespace
}  // namespace clientele::inference
