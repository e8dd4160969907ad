#include "services/ingestion/features/dataset_reader.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "google/protobuf/text_format.h"
#include "services/ingestion/features/create_feature.h"
#include "services/ingestion/features/customer_features.h"
#include "tests/services/ingestion/features/memory_record_store.h"
#include "tests/services/ingestion/features/random_history.h"
#include "tests/testing/status_matchers.h"

namespace clientele::features {
namespace {

using common::v1::DatasetSpec;
using ingestion::v1::ReadDatasetResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::At;
using testutil::MemoryRecordStore;
using testutil::Number;
using testutil::Profile;
using testutil::Purchase;
using testutil::Return;
using testutil::StatusIs;
using testutil::TestTenant;
using testutil::Text;

const absl::Time kAsOf = At("2024-05-17 12:00:00");
const absl::Time kNow = At("2025-01-01");

DatasetSpec Spec(const std::string& text) {
  DatasetSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  if (!spec.has_as_of()) *spec.mutable_as_of() = ToProto(kAsOf);
  return spec;
}

// What came out of a stream, row by row.
struct Rows {
  common::v1::DatasetHeader header;
  std::vector<std::string> ids;
  std::map<std::string, std::vector<std::string>> values;  // By customer; "" where missing.
  std::map<std::string, double> labels;
  int chunks = 0;
  std::string bytes;  // Of all messages.
};

void AddChunk(const common::v1::DatasetChunk& chunk, std::vector<std::vector<std::string>>& dictionaries, Rows& rows) {
  ++rows.chunks;
  for (const auto& entry : chunk.new_categories()) {
    dictionaries.resize(std::max<size_t>(dictionaries.size(), entry.column() + 1));
    dictionaries[entry.column()].push_back(entry.value());
  }
  int number = 0, category = 0;
  for (int row = 0; row < chunk.customer_ids_size(); ++row) {
    const std::string& id = chunk.customer_ids(row);
    EXPECT_EQ(ShardOf(TestTenant(), id), chunk.shard());
    rows.ids.push_back(id);
    int category_column = 0;
    for (const auto& column : rows.header.columns()) {
      std::string value;
      if (column.type() == common::v1::FEATURE_TYPE_CATEGORY) {
        const uint32_t code = chunk.categories(category++);
        if (code > 0) value = dictionaries.at(category_column).at(code - 1);
        ++category_column;
      } else if (const float read = chunk.numbers(number++); !std::isnan(read)) {
        value = absl::StrCat(read);
      }
      rows.values[id].push_back(value);
    }
    if (rows.header.has_label()) rows.labels[id] = chunk.labels(row);
  }
  EXPECT_EQ(number, chunk.numbers_size());
  EXPECT_EQ(category, chunk.categories_size());
}

class DatasetReaderTest : public ::testing::Test {
 protected:
  absl::StatusOr<Rows> Read(const DatasetSpec& spec, ReadOptions options = {}, const StopToken& stop = {}) {
    CLIENTELE_ASSIGN_OR_RETURN(const Catalogue catalogue, Catalogue::Load(store_, TestTenant()));
    CLIENTELE_ASSIGN_OR_RETURN(const CompiledSpec compiled, CompileSpec("spec", spec, catalogue, calendar_, kNow));
    Rows rows;
    std::vector<std::vector<std::string>> dictionaries;
    CLIENTELE_RETURN_IF_ERROR(
        ReadDataset(store_, TestTenant(), compiled, options, stop, [&](const ReadDatasetResponse& response) {
          rows.bytes += response.SerializeAsString();
          if (response.has_header()) {
            rows.header = response.header();
          } else {
            AddChunk(response.chunk(), dictionaries, rows);
          }
          return absl::OkStatus();
        }));
    return rows;
  }

  void AddRandomCustomers(int count) { testutil::AddRandomCustomers(count, 11, kAsOf, store_); }

  MemoryRecordStore store_;
  TenantCalendar calendar_;
};

std::string AllFeatures(const MemoryRecordStore& store) {
  const Catalogue catalogue = *Catalogue::Load(store, TestTenant());
  std::string text;
  for (const auto* definition : catalogue.all()) absl::StrAppend(&text, "features: '", definition->name(), "' ");
  return text;
}

TEST_F(DatasetReaderTest, ARowIsWhatOneCustomersFeaturesAreAtTheSameInstant) {
  AddRandomCustomers(300);
  const DatasetSpec spec = Spec(AllFeatures(store_));
  ASSERT_OK_AND_ASSIGN(const Rows rows, Read(spec, {.threads = 2}));
  EXPECT_GT(rows.ids.size(), 200u);
  ASSERT_OK_AND_ASSIGN(const Catalogue catalogue, Catalogue::Load(store_, TestTenant()));
  ASSERT_OK_AND_ASSIGN(
      const auto plan,
      Plan::Compile("f", catalogue, std::vector<std::string>(spec.features().begin(), spec.features().end())));
  Evaluator evaluator(plan, {kAsOf, kAsOf, absl::UTCTimeZone()});
  int seen = 0;
  for (int i = 0; i < 300; ++i) {
    const std::string id = absl::StrCat("customer-", i);
    ASSERT_OK(ReadCustomerFeatures(store_, TestTenant(), id, evaluator));
    ASSERT_EQ(rows.values.contains(id), evaluator.seen());
    if (!evaluator.seen()) continue;
    ++seen;
    google::protobuf::RepeatedPtrField<common::v1::Value> values;
    AppendValues(evaluator, values);
    std::vector<std::string> texts;
    for (const common::v1::Value& value : values) {
      texts.push_back(value.has_number() ? absl::StrCat(static_cast<float>(value.number())) : value.text());
    }
    EXPECT_EQ(rows.values.at(id), texts) << id;
  }
  EXPECT_EQ(seen, static_cast<int>(rows.ids.size()));
}

TEST_F(DatasetReaderTest, GivesTheSameBytesForAnyNumberOfThreads) {
  AddRandomCustomers(200);
  const DatasetSpec spec = Spec(AllFeatures(store_) + "label { purchase_within { days: 90 } }");
  ASSERT_OK_AND_ASSIGN(const Rows one, Read(spec, {.max_rows_per_chunk = 3, .threads = 1}));
  for (const int threads : {2, 3, 8}) {
    ASSERT_OK_AND_ASSIGN(const Rows many, Read(spec, {.max_rows_per_chunk = 3, .threads = threads}));
    EXPECT_EQ(one.bytes, many.bytes) << threads;
  }
  EXPECT_TRUE(std::is_sorted(one.ids.begin(), one.ids.end(), [](const std::string& a, const std::string& b) {
    return std::pair(ShardOf(TestTenant(), a), a) < std::pair(ShardOf(TestTenant(), b), b);
  }));
}

TEST_F(DatasetReaderTest, WhatComesAfterAsOfChangesNoFeature) {
  AddRandomCustomers(100);
  const DatasetSpec spec = Spec(AllFeatures(store_));
  ASSERT_OK_AND_ASSIGN(const Rows before, Read(spec));
  for (const std::string& id : before.ids) {
    store_.Add(id, kAsOf + absl::Microseconds(1), Purchase(1'000, "new", "new", "web"));
    store_.Add(id, kAsOf + absl::Hours(50), Profile("plan", Text("new")));
    store_.Add(id, kAsOf - absl::Hours(50), Purchase(77), /*ingest=*/kAsOf + absl::Microseconds(1));  // Late.
  }
  store_.Add("newcomer", kAsOf + absl::Seconds(1), Purchase(1));
  ASSERT_OK_AND_ASSIGN(const Rows after, Read(spec));
  EXPECT_EQ(before.bytes, after.bytes);
}

TEST_F(DatasetReaderTest, WhatComesBeforeAsOfChangesNoLabel) {
  store_.Add("ada", kAsOf - absl::Hours(24), Purchase(3));
  const std::string base = "features: 'purchases' label { spend_within { days: 30 } }";
  store_.Add("ada", kAsOf + absl::Hours(24), Purchase(10));
  ASSERT_OK_AND_ASSIGN(const Rows before, Read(Spec(base)));
  store_.Add("ada", kAsOf, Purchase(100));
  ASSERT_OK_AND_ASSIGN(const Rows after, Read(Spec(base)));
  EXPECT_EQ(before.labels.at("ada"), 10);
  EXPECT_EQ(after.labels.at("ada"), 10);
  EXPECT_EQ(after.values.at("ada"), std::vector<std::string>{"2"});
}

TEST_F(DatasetReaderTest, LabelsAreOfTheWindowAfterAsOf) {
  const absl::Duration day = absl::Hours(24);
  for (const char* id : {"buys", "late", "returns", "edge"}) store_.Add(id, kAsOf - day, Purchase(1));
  store_.Add("buys", kAsOf + day, Purchase(20));
  store_.Add("buys", kAsOf + 2 * day, Return(5));
  store_.Add("late", kAsOf + 30 * day + absl::Microseconds(1), Purchase(1));
  store_.Add("returns", kAsOf + day, Return(1));  // Is no purchase.
  store_.Add("edge", kAsOf + 30 * day, Purchase(7));
  ASSERT_OK_AND_ASSIGN(const Rows churn, Read(Spec("features: 'purchases' label { no_purchase_within { days: 30 } }")));
  EXPECT_EQ(churn.labels, (std::map<std::string, double>{{"buys", 0}, {"late", 1}, {"returns", 1}, {"edge", 0}}));
  ASSERT_OK_AND_ASSIGN(const Rows buys, Read(Spec("features: 'purchases' label { purchase_within { days: 30 } }")));
  EXPECT_EQ(buys.labels, (std::map<std::string, double>{{"buys", 1}, {"late", 0}, {"returns", 0}, {"edge", 1}}));
  ASSERT_OK_AND_ASSIGN(const Rows spend, Read(Spec("features: 'purchases' label { spend_within { days: 30 } }")));
  EXPECT_EQ(spend.labels, (std::map<std::string, double>{{"buys", 15}, {"late", 0}, {"returns", -1}, {"edge", 7}}));
}

TEST_F(DatasetReaderTest, LabelsSeeWhatHadBeenIngestedByTheirInstant) {
  store_.Add("ada", kAsOf, Purchase(1));
  store_.Add("ada", kAsOf + absl::Hours(24), Purchase(9), /*ingest=*/At("2024-12-01"));
  DatasetSpec spec = Spec("features: 'purchases' label { spend_within { days: 30 } }");
  ASSERT_OK_AND_ASSIGN(const Rows now, Read(spec));
  EXPECT_EQ(now.labels.at("ada"), 9);
  *spec.mutable_labels_known_at() = ToProto(At("2024-11-01"));
  ASSERT_OK_AND_ASSIGN(const Rows then, Read(spec));
  EXPECT_EQ(then.labels.at("ada"), 0);
}

TEST_F(DatasetReaderTest, AnAttributeLabelIsTheNewestValueAndCustomersWithoutItAreNoRows) {
  store_.Add("yes", kAsOf, Profile("churn", Text("No")));
  store_.Add("yes", kAsOf + absl::Hours(1), Profile("churn", Text("Yes")));
  store_.Add("no", kAsOf, Profile("churn", Text("No")));
  store_.Add("none", kAsOf, Purchase(1));
  ASSERT_OK_AND_ASSIGN(
      const Rows rows,
      Read(Spec("features: 'purchases' label { attribute { attribute: 'churn' positive { text: 'Yes' } } }")));
  EXPECT_EQ(rows.labels, (std::map<std::string, double>{{"yes", 1}, {"no", 0}}));
  store_.Add("yes", kAsOf, Profile("value", Number(12.5)));
  ASSERT_OK_AND_ASSIGN(const Rows numbers,
                       Read(Spec("features: 'purchases' label { attribute { attribute: 'value' } }")));
  EXPECT_EQ(numbers.labels, (std::map<std::string, double>{{"yes", 12.5}}));
}

TEST_F(DatasetReaderTest, AnAttributesClassesAreItsLabelsAndOtherValuesAreNoRows) {
  store_.Add("gold", kAsOf, Profile("tier", Text("silver")));
  store_.Add("gold", kAsOf + absl::Hours(1), Profile("tier", Text("gold")));
  store_.Add("one", kAsOf, Profile("tier", Text("1")));
  store_.Add("other", kAsOf, Profile("tier", Text("platinum")));
  store_.Add("none", kAsOf, Purchase(1));
  ASSERT_OK_AND_ASSIGN(
      const Rows rows,
      Read(Spec("features: 'purchases' label { attribute { attribute: 'tier' classes { text: 'silver' } "
                "classes { number: 1 } classes { text: 'gold' } } }")));
  EXPECT_EQ(rows.labels, (std::map<std::string, double>{{"gold", 2}, {"one", 1}}));
  const struct {
    const char* classes;
    const char* words;
  } bad[] = {
      {"classes { text: 'silver' }", "1 values and not 2 to 100"},
      {"classes { text: '1' } classes { number: 1 }", "comes twice"},
      {"classes { text: 'a' } classes { }", "has no value"},
      {"classes { text: 'a' } classes { text: 'b' } positive { text: 'a' }", "beside classes"},
  };
  for (const auto& one : bad) {
    EXPECT_THAT(Read(Spec(absl::StrCat("features: 'purchases' label { attribute { attribute: 'tier' ", one.classes, "} }"))),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(one.words)));
  }
}

TEST_F(DatasetReaderTest, AnOutcomeLabelCountsOrAddsUp) {
  for (const char* id : {"ada", "bob"}) store_.Add(id, kAsOf, Purchase(1));
  store_.Add("ada", kAsOf + absl::Hours(1), testutil::OutcomeOf("renewed", 4));
  store_.Add("ada", kAsOf + absl::Hours(2), testutil::OutcomeOf("renewed", 5));
  store_.Add("bob", kAsOf + absl::Hours(2), testutil::OutcomeOf("other", 5));
  ASSERT_OK_AND_ASSIGN(const Rows any,
                       Read(Spec("features: 'purchases' label { outcome { outcome: 'renewed' days: 1 } }")));
  EXPECT_EQ(any.labels, (std::map<std::string, double>{{"ada", 1}, {"bob", 0}}));
  ASSERT_OK_AND_ASSIGN(
      const Rows sum, Read(Spec("features: 'purchases' label { outcome { outcome: 'renewed' days: 1 value: true } }")));
  EXPECT_EQ(sum.labels, (std::map<std::string, double>{{"ada", 9}, {"bob", 0}}));
}

TEST_F(DatasetReaderTest, KeepsTheCustomersForWhomTheConditionsHold) {
  for (int i = 1; i <= 9; ++i) {
    for (int j = 0; j < i; ++j) store_.Add(absl::StrCat("c", i), kAsOf - absl::Hours(j), Purchase(1));
  }
  ASSERT_OK_AND_ASSIGN(const Rows some, Read(Spec("features: 'recency_days' auxiliary_features: 'purchases' "
                                                  "where { feature: 'purchases' at_least: 3 at_most: 5 } "
                                                  "where { feature: 'spend_total' at_least: 4 }")));
  EXPECT_THAT(some.ids, ::testing::UnorderedElementsAre("c4", "c5"));
  EXPECT_EQ(some.header.columns_size(), 2);
  EXPECT_FALSE(some.header.columns(0).auxiliary());
  EXPECT_TRUE(some.header.columns(1).auxiliary());
  ASSERT_OK_AND_ASSIGN(const Rows none,
                       Read(Spec("features: 'purchases' where { feature: 'returns_share' at_least: 1 } "
                                 "where { feature: 'feedback_score_mean' }")));
  EXPECT_TRUE(none.ids.empty());  // A missing feature holds for nobody.
}

TEST_F(DatasetReaderTest, ReadsARangeOfShardsInChunks) {
  AddRandomCustomers(200);
  const DatasetSpec spec = Spec("features: 'purchases'");
  ASSERT_OK_AND_ASSIGN(const Rows all, Read(spec));
  ASSERT_OK_AND_ASSIGN(const Rows low, Read(spec, {.first_shard = 0, .shard_count = 100}));
  ASSERT_OK_AND_ASSIGN(const Rows high, Read(spec, {.first_shard = 100, .shard_count = 156, .max_rows_per_chunk = 1}));
  std::vector<std::string> both = low.ids;
  both.insert(both.end(), high.ids.begin(), high.ids.end());
  EXPECT_EQ(all.ids, both);
  EXPECT_EQ(high.chunks, static_cast<int>(high.ids.size()));
}

TEST_F(DatasetReaderTest, StopsWhenItIsToldOrTheReceiverFails) {
  AddRandomCustomers(50);
  auto cancelled = std::make_shared<std::atomic<bool>>(true);
  const DatasetSpec spec = Spec("features: 'purchases'");
  EXPECT_THAT(Read(spec, {.threads = 2}, StopToken(absl::InfiniteFuture(), cancelled)),
              StatusIs(absl::StatusCode::kCancelled));
  ASSERT_OK_AND_ASSIGN(const Catalogue catalogue, Catalogue::Load(store_, TestTenant()));
  ASSERT_OK_AND_ASSIGN(const CompiledSpec compiled, CompileSpec("spec", spec, catalogue, calendar_, kNow));
  int calls = 0;
  EXPECT_THAT(ReadDataset(store_, TestTenant(), compiled, {.threads = 2}, {},
                          [&calls](const ReadDatasetResponse&) {
                            return ++calls == 3 ? absl::CancelledError("gone") : absl::OkStatus();
                          }),
              StatusIs(absl::StatusCode::kCancelled, "gone"));
  EXPECT_EQ(calls, 3);
}

TEST_F(DatasetReaderTest, SaysWhichFieldOfTheSpecIsWrong) {
  store_.Add("ada", kAsOf, Profile("churn", Text("No")));
  struct Case {
    std::string spec;
    std::string message;
  };
  const Case cases[] = {
      {"", "spec.features"},
      {"features: 'purchase'", "spec.features[0]: there is no feature"},
      {"features: 'purchases' features: 'purchases'", "comes twice"},
      {"features: 'purchases' auxiliary_features: 'x'", "spec.auxiliary_features[0]"},
      {"features: 'purchases' where { feature: 'main_category' }", "is a category"},
      {"features: 'purchases' where { feature: 'y' }", "spec.where[0].feature"},
      {"features: 'purchases' label { }", "needs a kind"},
      {"features: 'purchases' label { purchase_within { days: 0 } }", "1 to 3,650"},
      {"features: 'purchases' label { purchase_within { days: 300 } }", "after labels_known_at"},
      {"features: 'purchases' label { outcome { days: 1 } }", "spec.label.outcome.outcome"},
      {"features: 'purchases' features: 'attribute.churn' label { attribute { attribute: 'churn' } }", "is the label"},
      {"features: 'purchases' as_of { seconds: 999999999999999 }", "years 1 to 9999"},
  };
  for (const Case& wrong : cases) {
    EXPECT_THAT(Read(Spec(wrong.spec)), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(wrong.message)))
        << wrong.spec;
  }
  DatasetSpec no_as_of = Spec("features: 'purchases' label { purchase_within { days: 1 } }");
  no_as_of.clear_as_of();
  EXPECT_THAT(Read(no_as_of), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("spec.as_of")));
  // A split by the label's attribute is not leaking: auxiliary columns are no model inputs.
  EXPECT_OK(
      Read(Spec("features: 'purchases' auxiliary_features: 'attribute.churn' "
                "label { attribute { attribute: 'churn' positive { text: 'Yes' } } }")));
}

TEST_F(DatasetReaderTest, ATenantsSummaryInWholeUnitsIsAColumn) {
  store_.Add("ada", At("2024-01-01"), Purchase(1));
  store_.Add("ada", At("2024-02-15"), Purchase(1));
  common::v1::FeatureDefinition definition;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "name: 'months' purchase_summary {number: NUMBER_AGE days_per_unit: 30 whole_units: true}", &definition));
  ASSERT_OK(CreateFeature(store_, TestTenant(), "feature.definition", definition));
  definition.mutable_purchase_summary()->clear_whole_units();  // Is another meaning.
  EXPECT_THAT(CreateFeature(store_, TestTenant(), "feature.definition", definition),
              StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_OK_AND_ASSIGN(const Rows rows, Read(Spec("features: 'months' features: 'btyd_age_weeks'")));
  EXPECT_EQ(rows.values.at("ada"), (std::vector<std::string>{"3", "19.5714"}));
  EXPECT_TRUE(rows.header.columns(0).feature().purchase_summary().whole_units());
}

TEST_F(DatasetReaderTest, DoesNotLetTheLabelInThroughADerivedFeature) {
  store_.Add("ada", kAsOf, Profile("value", Number(1)));
  common::v1::FeatureDefinition derived;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "name: 'value_per_purchase' derived {operation: OPERATION_RATIO left: 'attribute.value' right: 'purchases'}",
      &derived));
  ASSERT_OK(store_.CreateFeatureDefinition(TestTenant(), derived));
  EXPECT_THAT(Read(Spec("features: 'value_per_purchase' label { attribute { attribute: 'value' } }")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("is the label")));
}

}  // namespace
}  // namespace clientele::features
