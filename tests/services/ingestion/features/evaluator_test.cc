#include "services/ingestion/features/evaluator.h"

#include <gtest/gtest.h>

#include <cmath>

#include "services/ingestion/features/builtin_features.h"
#include "services/ingestion/features/customer_features.h"
#include "services/ingestion/features/definition.h"
#include "tests/services/ingestion/features/memory_record_store.h"
#include "tests/services/ingestion/features/random_history.h"
#include "tests/services/ingestion/features/reference_features.h"
#include "tests/testing/status_matchers.h"

namespace clientele::features {
namespace {

using common::v1::FeatureDefinition;
using testutil::At;
using testutil::Interaction;
using testutil::MemoryRecordStore;
using testutil::Number;
using testutil::Purchase;
using testutil::Return;
using testutil::TestTenant;
using testutil::Text;

constexpr absl::string_view kCustomer = "ada";

FeatureDefinition Aggregate(absl::string_view name, common::v1::RecordKind kind,
                            FeatureDefinition::Aggregation aggregation, absl::string_view field = "", int days = 0,
                            int skip = 0) {
  FeatureDefinition definition;
  definition.set_name(std::string(name));
  definition.mutable_aggregate()->set_kind(kind);
  definition.mutable_aggregate()->set_aggregation(aggregation);
  definition.mutable_aggregate()->set_field(std::string(field));
  definition.mutable_aggregate()->set_window_days(days);
  definition.mutable_aggregate()->set_window_skip_days(skip);
  return definition;
}

// Every aggregation over every field it fits, with different windows.
std::vector<FeatureDefinition> EveryAggregation() {
  const Catalogue none({}, {});
  std::vector<FeatureDefinition> definitions;
  const std::vector<std::string> fields = {"",          "amount",  "quantity",  "product",        "category", "channel",
                                           "order",     "type",    "sentiment", "duration",       "score",    "issue",
                                           "direction", "outcome", "value",     "properties.size"};
  const std::vector<std::pair<int, int>> windows = {{0, 0}, {30, 0}, {30, 30}, {90, 180}, {0, 60}};
  for (int kind = 1; kind < kRecordKinds; ++kind) {
    for (int aggregation = 1; aggregation < FeatureDefinition::Aggregation_ARRAYSIZE; ++aggregation) {
      for (const std::string& field : fields) {
        const auto [days, skip] = windows[definitions.size() % windows.size()];
        FeatureDefinition definition = Aggregate(absl::StrCat("f", definitions.size()), common::v1::RecordKind(kind),
                                                 FeatureDefinition::Aggregation(aggregation), field, days, skip);
        if (ValidateDefinition("d", definition, none).ok()) definitions.push_back(std::move(definition));
      }
    }
  }
  return definitions;
}

FeatureDefinition::Filter FilterOf(absl::string_view field, FeatureDefinition::Filter::Comparison comparison,
                                   std::vector<common::v1::Value> values = {}) {
  FeatureDefinition::Filter filter;
  filter.set_field(std::string(field));
  filter.set_comparison(comparison);
  for (common::v1::Value& value : values) *filter.add_values() = std::move(value);
  return filter;
}

// Counts with every comparison on every kind of field: more than 64 filters on one kind.
std::vector<FeatureDefinition> EveryFilter() {
  using Filter = FeatureDefinition::Filter;
  common::v1::Value flag;
  flag.set_flag(true);
  std::vector<std::vector<Filter>> filters = {
      {FilterOf("is_return", Filter::COMPARISON_IN, {flag})},
      {FilterOf("is_return", Filter::COMPARISON_NOT_IN, {flag}), FilterOf("channel", Filter::COMPARISON_PRESENT)},
      {FilterOf("channel", Filter::COMPARISON_IN, {Text("web"), Text("store")})},
      {FilterOf("channel", Filter::COMPARISON_NOT_IN, {Text("web")}),
       FilterOf("category", Filter::COMPARISON_IN, {Text("tea")})},
      {FilterOf("properties.size", Filter::COMPARISON_PRESENT)},
      {FilterOf("properties.size", Filter::COMPARISON_IN, {Number(3), Text("tea"), flag})},
      {FilterOf("properties.size", Filter::COMPARISON_NOT_IN, {Text("tea")})},
      {FilterOf("properties.size", Filter::COMPARISON_AT_LEAST, {Number(0.5)})},
      {FilterOf("quantity", Filter::COMPARISON_IN, {Number(1), Number(-1)})},
      {FilterOf("quantity", Filter::COMPARISON_NOT_IN, {Number(1)})},
  };
  for (int i = 0; i < 70; ++i) filters.push_back({FilterOf("amount", Filter::COMPARISON_AT_MOST, {Number(i * 7.0)})});
  std::vector<FeatureDefinition> definitions;
  for (const std::vector<Filter>& all : filters) {
    FeatureDefinition definition =
        Aggregate(absl::StrCat("filtered", definitions.size()), common::v1::RECORD_KIND_TRANSACTION,
                  FeatureDefinition::AGGREGATION_COUNT, "", definitions.size() % 2 ? 365 : 0);
    definition.mutable_aggregate()->mutable_filters()->Add(all.begin(), all.end());
    definitions.push_back(definition);
  }
  return definitions;
}

// Every number of the summary, in days and in whole units of several lengths.
std::vector<FeatureDefinition> EverySummary() {
  std::vector<FeatureDefinition> definitions;
  for (int number = 1; number < FeatureDefinition::PurchaseSummary::Number_ARRAYSIZE; ++number) {
    for (const double days : {0.0, 1.0, 30.4375, 365.0}) {
      for (const bool whole_units : {false, true}) {
        FeatureDefinition definition;
        definition.set_name(absl::StrCat("summary", definitions.size()));
        definition.mutable_purchase_summary()->set_number(FeatureDefinition::PurchaseSummary::Number(number));
        definition.mutable_purchase_summary()->set_days_per_unit(days);
        definition.mutable_purchase_summary()->set_whole_units(whole_units);
        definitions.push_back(std::move(definition));
      }
    }
  }
  return definitions;
}

std::vector<std::string> NamesOf(const Catalogue& catalogue) {
  std::vector<std::string> names;
  for (const FeatureDefinition* definition : catalogue.all()) names.push_back(definition->name());
  return names;
}

// One customer's features, by name.
class EvaluatorTest : public ::testing::Test {
 protected:
  Catalogue MakeCatalogue() const { return Catalogue(own_, *store_.ListAttributes(TestTenant())); }

  // NaN where missing, and where the customer is not seen.
  double NumberOf(const std::string& name, Instant instant) {
    const auto plan = Plan::Compile("features", MakeCatalogue(), {name});
    EXPECT_OK(plan);
    Evaluator evaluator(*plan, instant);
    EXPECT_OK(ReadCustomerFeatures(store_, TestTenant(), kCustomer, evaluator));
    return evaluator.seen() ? evaluator.number(0) : kMissing;
  }
  double NumberOf(const std::string& name, absl::Time as_of) {
    return NumberOf(name, {as_of, as_of, absl::UTCTimeZone()});
  }
  std::string TextOf(const std::string& name, absl::Time as_of) {
    const auto plan = Plan::Compile("features", MakeCatalogue(), {name});
    EXPECT_OK(plan);
    Evaluator evaluator(*plan, {as_of, as_of, absl::UTCTimeZone()});
    EXPECT_OK(ReadCustomerFeatures(store_, TestTenant(), kCustomer, evaluator));
    return std::string(evaluator.text(0));
  }

  MemoryRecordStore store_;
  std::vector<FeatureDefinition> own_;
};

TEST_F(EvaluatorTest, AgreesWithTheSlowReferenceOnRandomHistories) {
  own_ = EveryAggregation();
  for (FeatureDefinition& definition : EveryFilter()) own_.push_back(std::move(definition));
  for (FeatureDefinition& definition : EverySummary()) own_.push_back(std::move(definition));
  ASSERT_GT(own_.size(), 150u);
  const Catalogue catalogue(own_,
                            {{"age", common::v1::FEATURE_TYPE_NUMBER}, {"plan", common::v1::FEATURE_TYPE_CATEGORY}});
  ASSERT_OK_AND_ASSIGN(const auto plan, Plan::Compile("features", catalogue, NamesOf(catalogue)));

  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  const absl::Time as_of = At("2024-05-17 13:45:00");
  testutil::RandomHistory random(7);
  int seen = 0;
  for (int round = 0; round < 150; ++round) {
    const std::vector<testutil::PastRecord> history = random.Make(as_of);
    Instant instant{as_of, as_of + absl::Hours(24 * (round % 3) * 10), round % 2 ? berlin : absl::UTCTimeZone()};
    if (round % 4 == 3) instant.events_until = as_of - absl::Hours(24 * (round % 5) * 20);
    MemoryRecordStore store;
    for (const testutil::PastRecord& past : history) store.Add(kCustomer, past.event, past.record, past.ingest);
    Evaluator evaluator(plan, instant);
    ASSERT_OK(ReadCustomerFeatures(store, TestTenant(), kCustomer, evaluator));
    if (!evaluator.seen()) continue;
    ++seen;
    for (int i = 0; i < plan->size(); ++i) {
      const testutil::ReferenceValue expected =
          testutil::ReferenceFeature(catalogue, plan->definition(i), history, instant);
      if (plan->type(i) == common::v1::FEATURE_TYPE_CATEGORY) {
        EXPECT_EQ(evaluator.text(i), expected.text.value_or("")) << plan->definition(i).DebugString();
      } else if (expected.number) {
        EXPECT_NEAR(evaluator.number(i), *expected.number, 1e-9 * (1 + std::abs(*expected.number)))
            << plan->definition(i).DebugString();
      } else {
        EXPECT_TRUE(std::isnan(evaluator.number(i))) << plan->definition(i).DebugString();
      }
    }
  }
  EXPECT_GT(seen, 100);
}

TEST_F(EvaluatorTest, AWindowHasItsEndAndNotItsBeginning) {
  const absl::Time as_of = At("2024-03-31 12:00:00");
  const absl::Duration days30 = absl::Hours(30 * 24);
  store_.Add(kCustomer, as_of - 2 * days30, Purchase(1));  // On the beginning of the one before.
  store_.Add(kCustomer, as_of - 2 * days30 + absl::Microseconds(1), Purchase(2));  // Just inside it.
  store_.Add(kCustomer, as_of - days30, Purchase(4));                              // Its end.
  store_.Add(kCustomer, as_of - days30 + absl::Microseconds(1), Purchase(8));      // Just inside the last.
  store_.Add(kCustomer, as_of, Purchase(16));                                      // Its end.
  store_.Add(kCustomer, as_of + absl::Microseconds(1), Purchase(32));              // After.
  EXPECT_EQ(NumberOf("spend_30d", as_of), 24);
  EXPECT_EQ(NumberOf("spend_30d_before", as_of), 6);
  EXPECT_EQ(NumberOf("spend_total", as_of), 31);
  EXPECT_EQ(NumberOf("spend_30d_trend", as_of), 18.0 / 30);
}

TEST_F(EvaluatorTest, TimePassesAsIfNothingCameAfterTheLastEventToBeSeen) {
  const absl::Time as_of = At("2024-05-31");
  store_.Add(kCustomer, At("2024-05-01"), Purchase(10));
  store_.Add(kCustomer, At("2024-05-20"), Purchase(100));
  Instant instant{as_of, as_of, absl::UTCTimeZone()};
  instant.events_until = At("2024-05-20") - absl::Microseconds(1);
  EXPECT_EQ(NumberOf("recency_days", instant), 30);
  EXPECT_EQ(NumberOf("spend_30d", instant), 0);  // On the beginning of the window.
  EXPECT_EQ(NumberOf("spend_total", instant), 10);
  instant.events_until = At("2024-05-20");
  EXPECT_EQ(NumberOf("recency_days", instant), 11);
  EXPECT_EQ(NumberOf("spend_total", instant), 110);
  instant.events_until = At("2024-04-30");
  EXPECT_TRUE(std::isnan(NumberOf("spend_total", instant)));  // Nobody was there yet.
  instant.events_until = as_of + absl::Hours(24);
  store_.Add(kCustomer, as_of + absl::Hours(1), Purchase(1000));
  EXPECT_EQ(NumberOf("spend_total", instant), 110);  // as_of cuts whatever is asked for.
}

TEST_F(EvaluatorTest, WhatWasKnown30DaysAgoIsAllHistoryUpToThen) {
  const absl::Time as_of = At("2024-05-31");
  store_.Add(kCustomer, At("2023-01-01"), Purchase(10));
  store_.Add(kCustomer, At("2024-05-01"), Purchase(5));  // 30 days before.
  store_.Add(kCustomer, At("2024-05-02"), Purchase(100));
  store_.Add(kCustomer, At("2024-05-20"), Return(7));
  EXPECT_EQ(NumberOf("purchases_30d_ago", as_of), 2);
  EXPECT_EQ(NumberOf("spend_total_30d_ago", as_of), 15);
  EXPECT_EQ(NumberOf("recency_days_30d_ago", as_of), 30);
  EXPECT_EQ(NumberOf("recency_days", as_of), 29);
  EXPECT_TRUE(std::isnan(NumberOf("recency_days_30d_ago", At("2023-01-30"))));
  EXPECT_EQ(NumberOf("purchases_30d_ago", At("2023-01-30")), 0);
}

TEST_F(EvaluatorTest, SpendIsNetOfReturnsAndReturnsAreNoPurchases) {
  store_.Add(kCustomer, At("2024-01-01"), Purchase(50));
  store_.Add(kCustomer, At("2024-01-02"), Return(20));
  const absl::Time as_of = At("2024-01-31");
  EXPECT_EQ(NumberOf("spend_total", as_of), 30);
  EXPECT_EQ(NumberOf("purchases", as_of), 1);
  EXPECT_EQ(NumberOf("returns_share", as_of), 0.5);
  EXPECT_EQ(NumberOf("recency_days", as_of), 30);
  EXPECT_EQ(NumberOf("purchases_per_30_days", as_of), 1);
  EXPECT_EQ(NumberOf("btyd_frequency", as_of), 0);
  EXPECT_EQ(NumberOf("btyd_monetary_value", as_of), 0);
}

TEST_F(EvaluatorTest, WholeUnitsCountOnceTheyAreOver) {
  own_ = EverySummary();
  const auto number_of = [this](FeatureDefinition::PurchaseSummary::Number number, absl::string_view as_of) {
    for (const FeatureDefinition& definition : own_) {
      const auto& summary = definition.purchase_summary();
      if (summary.whole_units() && summary.days_per_unit() == 0 && summary.number() == number) {
        return NumberOf(definition.name(), At(as_of));
      }
    }
    return kMissing;
  };
  using Summary = FeatureDefinition::PurchaseSummary;
  store_.Add(kCustomer, At("2024-01-01"), Purchase(100));  // Week 0 is January 1 to 7.
  store_.Add(kCustomer, At("2024-01-07"), Purchase(100));
  store_.Add(kCustomer, At("2024-01-16"), Purchase(3));  // Week 2, twice.
  store_.Add(kCustomer, At("2024-01-17"), Purchase(5));
  store_.Add(kCustomer, At("2024-01-29"), Purchase(20));  // Week 4.
  EXPECT_TRUE(std::isnan(number_of(Summary::NUMBER_AGE, "2023-12-31")));
  EXPECT_EQ(number_of(Summary::NUMBER_AGE, "2024-01-07"), 0);  // In week 0.
  EXPECT_EQ(number_of(Summary::NUMBER_AGE, "2024-01-14"), 0);  // In week 1, which is not over.
  EXPECT_EQ(number_of(Summary::NUMBER_AGE, "2024-01-15"), 1);
  EXPECT_EQ(number_of(Summary::NUMBER_FREQUENCY, "2024-01-20"), 0);
  EXPECT_EQ(number_of(Summary::NUMBER_FREQUENCY, "2024-01-22"), 1);
  EXPECT_EQ(number_of(Summary::NUMBER_RECENCY, "2024-01-22"), 2);
  EXPECT_EQ(number_of(Summary::NUMBER_MONETARY_VALUE, "2024-01-22"), 8);
  EXPECT_EQ(number_of(Summary::NUMBER_AGE, "2024-02-06"), 4);
  EXPECT_EQ(number_of(Summary::NUMBER_FREQUENCY, "2024-02-06"), 2);
  EXPECT_EQ(number_of(Summary::NUMBER_RECENCY, "2024-02-06"), 4);
  EXPECT_EQ(number_of(Summary::NUMBER_MONETARY_VALUE, "2024-02-06"), 14);
}

TEST_F(EvaluatorTest, DaysAreTheTenantsDays) {
  absl::TimeZone tokyo;
  ASSERT_TRUE(absl::LoadTimeZone("Asia/Tokyo", &tokyo));
  store_.Add(kCustomer, At("2024-01-01 14:59:59"), Purchase(1));  // 23:59:59 in Tokyo.
  store_.Add(kCustomer, At("2024-01-01 15:00:00"), Purchase(1));  // The next day.
  const absl::Time as_of = At("2024-01-01 20:00:00");
  EXPECT_EQ(NumberOf("purchase_days", as_of), 1);
  EXPECT_EQ(NumberOf("purchase_days", {as_of, as_of, tokyo}), 2);
  EXPECT_EQ(NumberOf("tenure_days", {as_of, as_of, tokyo}), 1);
}

TEST_F(EvaluatorTest, SharesScoresAndRatesMeanWhatTheySay) {
  store_.Add(kCustomer, At("2024-01-01"), Purchase(1, "p1", "tea", "web"));
  store_.Add(kCustomer, At("2024-01-02"), Purchase(1, "p2", "tea", "web"));
  store_.Add(kCustomer, At("2024-01-03"), Purchase(1, "p1", "cups", "store"));
  store_.Add(kCustomer, At("2024-01-03"), Purchase(1));
  for (int i = 0; i < 4; ++i) store_.Add(kCustomer, At("2024-01-04"), Interaction("email_sent"));
  store_.Add(kCustomer, At("2024-01-05"), Interaction("email_open"));
  auto angry = Interaction("complaint");
  angry.mutable_interaction()->set_sentiment(ingestion::v1::Interaction::SENTIMENT_NEGATIVE);
  store_.Add(kCustomer, At("2024-01-06"), angry);
  auto happy = Interaction("support_ticket");
  happy.mutable_interaction()->set_sentiment(ingestion::v1::Interaction::SENTIMENT_POSITIVE);
  store_.Add(kCustomer, At("2024-01-06"), happy);
  store_.Add(kCustomer, At("2024-01-07"), testutil::Score(3.5, 5));
  store_.Add(kCustomer, At("2024-01-08"), testutil::Score(2));
  const absl::Time as_of = At("2024-01-10");
  EXPECT_EQ(NumberOf("channel_share_web", as_of), 2.0 / 3);
  EXPECT_EQ(NumberOf("channel_share_phone", as_of), 0);
  EXPECT_EQ(NumberOf("main_category_share", as_of), 2.0 / 3);
  EXPECT_EQ(TextOf("main_category", as_of), "tea");
  EXPECT_EQ(NumberOf("products", as_of), 2);
  EXPECT_EQ(NumberOf("categories", as_of), 2);
  EXPECT_EQ(NumberOf("email_open_rate", as_of), 0.25);
  EXPECT_EQ(NumberOf("email_click_rate", as_of), 0);
  EXPECT_EQ(NumberOf("negative_interaction_share", as_of), 0.5);
  EXPECT_EQ(NumberOf("feedback_score_mean", as_of), 4.5);
  EXPECT_EQ(NumberOf("feedback_score_last", as_of), 2);
  EXPECT_EQ(NumberOf("satisfied_share", as_of), 0.5);
  EXPECT_EQ(NumberOf("days_since_last_activity", as_of), 2);
  EXPECT_EQ(NumberOf("days_since_last_interaction", as_of), 4);
}

TEST_F(EvaluatorTest, ARecordThatCameLateIsNotSeenBeforeItCame) {
  store_.Add(kCustomer, At("2024-01-01"), Purchase(10));
  const absl::Time as_of = At("2024-02-01");
  EXPECT_EQ(NumberOf("spend_total", as_of), 10);
  store_.Add(kCustomer, At("2024-01-15"), Purchase(5), At("2024-03-01"));
  EXPECT_EQ(NumberOf("spend_total", as_of), 10);  // The past answer again.
  EXPECT_EQ(NumberOf("spend_total", {as_of, At("2024-02-29"), absl::UTCTimeZone()}), 10);
  EXPECT_EQ(NumberOf("spend_total", {as_of, At("2024-03-01"), absl::UTCTimeZone()}), 15);
}

TEST_F(EvaluatorTest, AnAttributeIsItsNewestValueByEventTime) {
  store_.Add(kCustomer, At("2024-01-01"), testutil::Profile("plan", Text("gold")));
  store_.Add(kCustomer, At("2024-03-01"), testutil::Profile("plan", Text("silver")));
  store_.Add(kCustomer, At("2024-02-01"), testutil::Profile("plan", Text("bronze")), At("2024-04-01"));
  EXPECT_EQ(TextOf("attribute.plan", At("2024-01-15")), "gold");
  EXPECT_EQ(TextOf("attribute.plan", At("2024-05-01")), "silver");
  store_.Add(kCustomer, At("2024-03-02"), testutil::Profile("age", Number(41)));
  EXPECT_EQ(NumberOf("attribute.age", At("2024-05-01")), 41);
  EXPECT_EQ(TextOf("attribute.plan", At("2024-05-01")), "silver");  // A later profile adds, it does not replace.
}

TEST_F(EvaluatorTest, ExactEvenWhereDoublesAreNot) {
  for (int i = 0; i < 1'000; ++i) store_.Add(kCustomer, At("2024-01-01"), Purchase(0.1));
  store_.Add(kCustomer, At("2024-01-01"), Purchase(1'000'000'000));
  store_.Add(kCustomer, At("2024-01-02"), Return(1'000'000'000));
  EXPECT_EQ(NumberOf("spend_total", At("2024-02-01")), 100.0);
}

TEST_F(EvaluatorTest, CountsManyDifferentTextsExactly) {
  for (int i = 0; i < 3'000; ++i) store_.Add(kCustomer, At("2024-01-01"), Purchase(1, absl::StrCat("p", i % 1'000)));
  EXPECT_EQ(NumberOf("products", At("2024-02-01")), 1'000);
}

TEST_F(EvaluatorTest, SaysWhereBytesAreDamaged) {
  store_.AddDamaged(kCustomer, At("2024-01-01"));
  ASSERT_OK_AND_ASSIGN(const auto plan, Plan::Compile("features", MakeCatalogue(), {"purchases"}));
  Evaluator evaluator(plan, {At("2024-02-01"), At("2024-02-01"), absl::UTCTimeZone()});
  EXPECT_THAT(ReadCustomerFeatures(store_, TestTenant(), kCustomer, evaluator),
              testutil::StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("damaged")));
}

TEST(LocalDaysTest, FollowsTheClocksInAnyOrderOfInstants) {
  absl::TimeZone zone;
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"}) {
    ASSERT_TRUE(absl::LoadTimeZone(name, &zone));
    LocalDays days(zone);
    std::mt19937_64 random(5);
    for (int i = 0; i < 20'000; ++i) {
      const int64_t micros = static_cast<int64_t>(random() % 4'000'000'000'000'000) - 1'000'000'000'000'000;
      const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixMicros(micros), zone);
      ASSERT_EQ(days.DayOf(micros), day - absl::CivilDay(1970, 1, 1)) << name << " " << micros;
    }
    for (absl::Time time = At("2023-01-01"); time < At("2025-01-01"); time += absl::Minutes(30)) {
      ASSERT_EQ(days.DayOf(absl::ToUnixMicros(time)), absl::ToCivilDay(time, zone) - absl::CivilDay(1970, 1, 1));
    }
  }
}

}  // namespace
}  // namespace clientele::features
