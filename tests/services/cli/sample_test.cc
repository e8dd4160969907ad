#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "common/base/timestamps.h"
#include "services/cli/sample/generator.h"
#include "services/cli/sample/random.h"
#include "services/cli/sample/sample_record.h"

namespace clientele::cli {
namespace {

using ingestion::v1::Record;

SampleOptions Options(uint64_t seed = 1) {
  SampleOptions options;
  options.seed = seed;
  options.end = absl::FromCivil(absl::CivilDay(2026, 11, 1), absl::UTCTimeZone());
  return options;
}

std::string Bytes(const SampleCustomer& customer) {
  std::string bytes = GroundTruthLine(customer.truth);
  for (const Record& record : customer.records) bytes += record.ShortDebugString();
  return bytes;
}

// What can be counted of a type's customers.
struct Observed {
  int customers = 0;
  int alive = 0;
  int64_t purchases = 0;
  int64_t returns = 0;
  double alive_days = 0;
  double log_basket = 0;
};

std::map<std::string, Observed> Observe(const SampleOptions& options, int customers) {
  std::map<std::string, Observed> types;
  for (int i = 0; i < customers; ++i) {
    const SampleCustomer customer = GenerateCustomer(options, i);
    Observed& type = types[std::string(customer.truth.type)];
    ++type.customers;
    type.alive += !customer.truth.dead_at;
    const absl::Time until = customer.truth.dead_at.value_or(options.end);
    type.alive_days += absl::ToDoubleHours(until - customer.truth.joined_at) / 24;
    for (const Record& record : customer.records) {
      if (!record.has_transaction()) continue;
      if (record.transaction().is_return()) {
        ++type.returns;
      } else {
        ++type.purchases;
        type.log_basket += std::log(static_cast<double>(record.transaction().amount_micros()) / 1e6);
      }
    }
  }
  return types;
}

TEST(SampleTest, TheSameSeedGivesTheSameCustomers) {
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Bytes(GenerateCustomer(Options(), i)), Bytes(GenerateCustomer(Options(), i)));
  EXPECT_NE(Bytes(GenerateCustomer(Options(1), 0)), Bytes(GenerateCustomer(Options(2), 0)));
}

// Pinned: a sample that changes with the compiler, or by accident, is no ground truth.
TEST(SampleTest, TheFirstCustomerIsPinned) { EXPECT_EQ(Random(42).Next(), 1546998764402558742u); }

TEST(SampleTest, RecordsAreOfTheirCustomerInOrderAndInTime) {
  const SampleOptions options = Options();
  std::set<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    const SampleCustomer customer = GenerateCustomer(options, i);
    ASSERT_TRUE(customer.records.front().has_profile() || customer.records.front().has_transaction());
    absl::Time last = customer.truth.joined_at - absl::Seconds(1);
    for (const Record& record : customer.records) {
      EXPECT_EQ(record.source(), kSampleSource);
      EXPECT_EQ(record.customer_id(), customer.truth.customer_id);
      EXPECT_TRUE(ids.insert(record.record_id()).second) << record.record_id();
      EXPECT_NE(record.payload_case(), Record::PAYLOAD_NOT_SET);
      EXPECT_GE(FromProto(record.event_time()), last - absl::Seconds(1));
      EXPECT_LT(FromProto(record.event_time()), options.end);
      last = FromProto(record.event_time());
    }
  }
}

TEST(SampleTest, TheDeadDoNotBuy) {
  for (int i = 0; i < 500; ++i) {
    const SampleCustomer customer = GenerateCustomer(Options(), i);
    if (!customer.truth.dead_at) continue;
    for (const Record& record : customer.records) {
      if (!record.has_transaction() || record.transaction().is_return()) continue;
      EXPECT_LT(FromProto(record.event_time()), *customer.truth.dead_at) << record.record_id();
    }
  }
}

TEST(SampleTest, HasARecordOfEveryKind) {
  std::set<Record::PayloadCase> kinds;
  for (int i = 0; i < 200; ++i) {
    for (const Record& record : GenerateCustomer(Options(), i).records) kinds.insert(record.payload_case());
  }
  EXPECT_EQ(kinds.size(), 6u);
}

// The types are what they say, within about four standard errors.
TEST(SampleTest, TheTruthCanBeFoundAgain) {
  constexpr int kCustomers = 6'000;
  const auto types = Observe(Options(), kCustomers);
  for (const CustomerType& type : CustomerTypes()) {
    const Observed& observed = types.at(std::string(type.name));
    const double n = observed.customers;
    EXPECT_NEAR(n / kCustomers, type.share, 4 * std::sqrt(type.share / kCustomers)) << type.name;
    // The first purchase is no part of the process; each of the others is.
    const double rate = 30 * static_cast<double>(observed.purchases - observed.customers) / observed.alive_days;
    // Gaps of shape 2 reach their long-run rate from below: the first is as long as any other.
    EXPECT_GT(rate, 0.6 * type.purchases_per_30d) << type.name;
    EXPECT_LT(rate, 1.1 * type.purchases_per_30d) << type.name;
    EXPECT_NEAR(static_cast<double>(observed.returns) / static_cast<double>(observed.purchases),
                type.return_probability, 0.25 * type.return_probability + 0.005)
        << type.name;
    EXPECT_NEAR(observed.log_basket / static_cast<double>(observed.purchases), std::log(type.basket_median), 0.08)
        << type.name;
  }
  const auto alive = [&](const char* name) {
    return types.at(name).alive / static_cast<double>(types.at(name).customers);
  };
  EXPECT_GT(alive("champions"), alive("regulars"));
  EXPECT_GT(alive("regulars"), alive("bargain_hunters"));
  EXPECT_GT(alive("bargain_hunters"), alive("one_off_buyers"));
}

TEST(RandomTest, DistributionsHaveTheirMoments) {
  constexpr int kDraws = 200'000;
  Random random(3);
  double normal = 0, normal2 = 0, gamma = 0, gamma2 = 0, small = 0, exponential = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double z = random.Normal(), g = random.Gamma(4, 2), s = random.Gamma(0.5, 3);
    normal += z, normal2 += z * z, gamma += g, gamma2 += g * g, small += s, exponential += random.Exponential(5);
  }
  EXPECT_NEAR(normal / kDraws, 0, 0.01);
  EXPECT_NEAR(normal2 / kDraws, 1, 0.02);
  EXPECT_NEAR(gamma / kDraws, 2, 0.02);
  EXPECT_NEAR(gamma2 / kDraws - 4, 1, 0.05);  // Variance: mean^2 / shape.
  EXPECT_NEAR(small / kDraws, 3, 0.06);
  EXPECT_NEAR(exponential / kDraws, 5, 0.06);
}

}  // namespace
}  // namespace clientele::cli
