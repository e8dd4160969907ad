#include "services/cli/sample/cohort.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/timestamps.h"
#include "common/model/btyd/beta_geometric.h"
#include "services/cli/sample/manifest.h"
#include "services/cli/sample/truth_view.h"
#include "tests/testing/status_matchers.h"

namespace clientele::cli {
namespace {

using ingestion::v1::Record;
using testing::ElementsAre;
using testing::HasSubstr;
using testutil::IsOkAndHolds;
using testutil::StatusIs;

CohortOptions Options(const CohortModel& model, uint64_t seed = 1) {
  CohortOptions options;
  options.model = model;
  for (const NamedParameter& parameter : model.published) options.parameters.push_back(parameter.value);
  for (const NamedParameter& parameter : PublishedSpend()) options.spend.push_back(parameter.value);
  options.seed = seed;
  options.end = absl::FromCivil(absl::CivilDay(2026, 11, 1), absl::UTCTimeZone());
  return options;
}

std::string Bytes(const CohortCustomer& customer) {
  std::string bytes = CohortTruthLine(customer.truth);
  for (const Record& record : customer.records) bytes += record.ShortDebugString();
  return bytes;
}

class CohortTest : public testing::TestWithParam<CohortModel> {};

INSTANTIATE_TEST_SUITE_P(Models, CohortTest, testing::ValuesIn(CohortModels().begin(), CohortModels().end()),
                         [](const auto& test) {
                           std::string name(test.param.name);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST_P(CohortTest, TheSameSeedGivesTheSameCustomers) {
  const Cohort cohort(Options(GetParam())), other(Options(GetParam(), 2));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Bytes(cohort.Customer(i)), Bytes(Cohort(Options(GetParam())).Customer(i)));
  EXPECT_NE(Bytes(cohort.Customer(0)), Bytes(other.Customer(0)));
}

TEST_P(CohortTest, ParametersAreNamedAsTheModelNamesThem) {
  const CohortOptions options = Options(GetParam());
  const auto names = GetParam().is_subscription() ? btyd::BetaGeometric::parameter_names()
                                                  : GetParam().make(options.parameters)->parameter_names();
  ASSERT_EQ(names.size(), GetParam().published.size());
  for (size_t i = 0; i < names.size(); ++i) EXPECT_EQ(names[i], GetParam().published[i].name);
}

TEST_P(CohortTest, RecordsAreOfTheirCustomerInOrderAndInTime) {
  const CohortOptions options = Options(GetParam());
  const Cohort cohort(options);
  std::set<std::string> ids;
  for (int i = 0; i < 300; ++i) {
    const CohortCustomer customer = cohort.Customer(i);
    ASSERT_FALSE(customer.records.empty());
    EXPECT_LT(customer.truth.joined_at, options.as_of()) << "the model learns from everybody";
    absl::Time last = customer.truth.joined_at - absl::Seconds(1);
    for (const Record& record : customer.records) {
      EXPECT_EQ(record.customer_id(), customer.truth.customer_id);
      EXPECT_TRUE(ids.insert(record.record_id()).second) << record.record_id();
      EXPECT_GE(FromProto(record.event_time()), last);
      EXPECT_LT(FromProto(record.event_time()), options.end);
      EXPECT_TRUE(!record.has_transaction() || record.transaction().amount_micros() > 0);
      last = FromProto(record.event_time());
    }
  }
}

// Who is told to have stopped does not buy any more; and as many are alive, buy again and pay as the truth expects.
TEST_P(CohortTest, WhatIsExpectedComes) {
  constexpr int kCustomers = 20'000;
  const CohortOptions options = Options(GetParam(), 5);
  const Cohort cohort(options);
  CohortTotals totals;
  double alive = 0, expected_spend = 0, spread = 0;
  for (int i = 0; i < kCustomers; ++i) {
    const CohortCustomer customer = cohort.Customer(i);
    const CohortTruth& truth = customer.truth;
    totals.Add(truth);
    // Under BG/BB they were there at the last opportunity, and may stop before the next.
    alive += !truth.stopped_at || *truth.stopped_at >= options.as_of();
    expected_spend += truth.expected_purchases * truth.expected_spend;
    const double off = truth.holdout_purchases - truth.expected_purchases;
    spread += off * off;
    EXPECT_GE(truth.probability_alive, 0);
    EXPECT_LE(truth.probability_alive, 1);
    if (truth.stopped_at) {
      EXPECT_LE(FromProto(customer.records.back().event_time()), *truth.stopped_at + absl::Seconds(1));
    }
  }
  EXPECT_NEAR(totals.alive / alive, 1, 0.02);
  // Two purchases of a day are one.
  const double came = static_cast<double>(totals.holdout_purchases);
  EXPECT_NEAR(totals.expected_purchases, came, 4 * std::sqrt(spread) + 0.03 * came);
  EXPECT_NEAR(expected_spend / totals.holdout_spend, 1, 0.08);
}

TEST(CohortHistoryTest, IsWhatTheRecordsBeforeTheInstantSay) {
  const CohortOptions options = Options(CohortModels()[0], 3);
  const Cohort cohort(options);
  for (int i = 0; i < 500; ++i) {
    const CohortCustomer customer = cohort.Customer(i);
    std::set<int64_t> days;
    for (const Record& record : customer.records) {
      const absl::Time time = FromProto(record.event_time());
      if (time < options.as_of()) days.insert(absl::ToUnixSeconds(time) / 86'400);
    }
    const btyd::PurchaseHistory& history = customer.truth.history;
    EXPECT_EQ(history.frequency, static_cast<double>(days.size()) - 1);
    EXPECT_DOUBLE_EQ(history.recency, static_cast<double>(*days.rbegin() - *days.begin()) / 7);
    EXPECT_DOUBLE_EQ(history.age,
                     static_cast<double>(absl::ToUnixSeconds(options.as_of()) / 86'400 - *days.begin()) / 7);
  }
}

TEST(CohortParametersTest, AreReadByName) {
  const auto published = CohortModels()[0].published;
  EXPECT_THAT(ParseParameters("", published), IsOkAndHolds(ElementsAre(0.243, 4.414, 0.793, 2.426)));
  EXPECT_THAT(ParseParameters("b=3, r=0.5", published), IsOkAndHolds(ElementsAre(0.5, 4.414, 0.793, 3)));
  for (const char* bad : {"s=1", "r", "r=", "r=0", "r=-1", "r=nan", "r=inf", "r=x"}) {
    EXPECT_THAT(ParseParameters(bad, published), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("r"))) << bad;
  }
}

TEST(TruthViewTest, TellsParametersAndTotals) {
  const CohortOptions options = Options(CohortModels()[0]);
  EXPECT_EQ(ParametersText(options), "r=0.243,alpha=4.414,a=0.793,b=2.426;p=6.25,q=3.74,gamma=15.44");
  EXPECT_EQ(TruthTable(options).rows().size(), 7u);
  CohortTruth truth;
  truth.probability_alive = 0.5;
  CohortTotals totals;
  totals.Add(truth);
  EXPECT_THAT(TruthSummary(options, totals), HasSubstr("As of 2026-05-05 0.5 of them"));
  EXPECT_THAT(TruthJson(options, totals), HasSubstr("\"alpha\": 4.414"));
}

TEST(SampleManifestTest, IsReadAsItWasWritten) {
  SampleManifest manifest;
  manifest.tenant = "demo";
  manifest.customers = 10;
  manifest.end = "2026-11-01";
  manifest.model = "bg-nbd";
  manifest.parameters = "r=1";
  manifest.holdout_days = 180;
  const auto read = ParseSampleManifest(SampleManifestJson(manifest));
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(MakesTheSame(manifest, *read));
  manifest.end.clear();
  EXPECT_TRUE(MakesTheSame(manifest, *read)) << "an end that nobody asked for is any";
  manifest.parameters = "r=2";
  EXPECT_FALSE(MakesTheSame(manifest, *read));
  EXPECT_FALSE(ParseSampleManifest("").has_value());
  EXPECT_FALSE(ParseSampleManifest("{\"tenant\": 1}").has_value());
  // As earlier programs wrote it.
  const auto old = ParseSampleManifest(
      "{\"tenant\": \"demo\", \"customers\": 5, \"seed\": 1, \"end\": \"2026-11-01\", \"records\": 9}");
  ASSERT_TRUE(old.has_value());
  EXPECT_EQ(old->model, kCrmSample);
}

}  // namespace
}  // namespace clientele::cli
