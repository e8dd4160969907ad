#include "services/ingestion/features/definition.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "common/base/error.h"
#include "google/protobuf/text_format.h"
#include "services/ingestion/features/builtin_features.h"
#include "services/ingestion/features/catalogue.h"
#include "services/ingestion/features/plan.h"
#include "tests/testing/status_matchers.h"

namespace clientele::features {
namespace {

using common::v1::FeatureDefinition;
using ::testing::HasSubstr;
using testutil::StatusIs;

FeatureDefinition Parse(const std::string& text) {
  FeatureDefinition definition;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &definition)) << text;
  return definition;
}

struct BadDefinition {
  std::string text;
  std::string field;
  std::string message;
};

class BadDefinitionTest : public ::testing::TestWithParam<BadDefinition> {};

TEST_P(BadDefinitionTest, IsRefusedWithTheFieldAndTheReason) {
  const Catalogue catalogue({}, {{"plan", common::v1::FEATURE_TYPE_CATEGORY}});
  const absl::Status status = ValidateDefinition("d", Parse(GetParam().text), catalogue);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
  if (ReasonOf(status) == "INVALID_FIELD") {
    EXPECT_EQ(FieldOf(status), GetParam().field);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, BadDefinitionTest,
    ::testing::Values(
        BadDefinition{"name: 'Upper' purchase_summary {number: NUMBER_AGE}", "d.name", "[a-z]"},
        BadDefinition{"name: '' purchase_summary {number: NUMBER_AGE}", "d.name", "not a name"},
        BadDefinition{"name: 'attribute.x' purchase_summary {number: NUMBER_AGE}", "d.name", "attribute NAME"},
        BadDefinition{"name: 'a'", "d", "needs a definition"},
        BadDefinition{"name: 'a' aggregate {aggregation: AGGREGATION_COUNT}", "d.aggregate.kind", "required"},
        BadDefinition{"name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION}", "d.aggregate.aggregation", "required"},
        BadDefinition{"name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_SUM field: 'price'}",
                      "d.aggregate.field", "amount, quantity, product"},
        BadDefinition{"name: 'a' aggregate {kind: RECORD_KIND_FEEDBACK aggregation: AGGREGATION_SUM field: 'amount'}",
                      "d.aggregate.field", "score, issue, channel"},
        BadDefinition{
            "name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_SUM field: 'product'}",
            "d.aggregate.field", "is of numbers"},
        BadDefinition{
            "name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_MODE field: 'amount'}",
            "d.aggregate.field", "is of texts"},
        BadDefinition{
            "name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_COUNT field: 'amount'}",
            "d.aggregate.field", "uses no field"},
        BadDefinition{
            "name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_COUNT window_days: -1}",
            "d.aggregate.window_days", "36,500"},
        BadDefinition{"name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_COUNT "
                      "window_skip_days: 40000}",
                      "d.aggregate.window_skip_days", "36,500"},
        BadDefinition{
            "name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_COUNT filters {field: "
            "'channel' comparison: COMPARISON_IN}}",
            "d.aggregate.filters[0].values", "at least one"},
        BadDefinition{
            "name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_COUNT filters {field: "
            "'channel' comparison: COMPARISON_AT_LEAST values {number: 1}}}",
            "d.aggregate.filters[0].comparison", "not a number"},
        BadDefinition{
            "name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_COUNT filters {field: "
            "'amount' comparison: COMPARISON_IN values {text: 'x'}}}",
            "d.aggregate.filters[0].values[0]", "finite number"},
        BadDefinition{
            "name: 'a' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_COUNT filters {field: "
            "'color' comparison: COMPARISON_PRESENT}}",
            "d.aggregate.filters[0].field", "is_return"},
        BadDefinition{"name: 'a' derived {left: 'purchases' right: 'returns'}", "d.derived.operation", "RATIO"},
        BadDefinition{"name: 'a' derived {operation: OPERATION_RATIO left: 'a' right: 'returns'}", "d.derived.left",
                      "itself"},
        BadDefinition{"name: 'a' derived {operation: OPERATION_RATIO left: 'purchase' right: 'returns'}",
                      "d.derived.left", "known: purchases,"},
        BadDefinition{"name: 'a' derived {operation: OPERATION_RATIO left: 'main_category' right: 'returns'}",
                      "d.derived.left", "category"},
        BadDefinition{"name: 'a' purchase_summary {}", "d.purchase_summary.number", "FREQUENCY"},
        BadDefinition{"name: 'a' purchase_summary {number: NUMBER_AGE days_per_unit: -1}",
                      "d.purchase_summary.days_per_unit", "36,500"},
        BadDefinition{"name: 'a' purchase_summary {number: NUMBER_AGE days_per_unit: 0.5 whole_units: true}",
                      "d.purchase_summary.days_per_unit", "at least 1"},
        BadDefinition{"name: 'a' attribute {attribute: '9x'}", "d.attribute.attribute", "[A-Za-z]"},
        BadDefinition{"name: 'a' attribute {attribute: 'unseen'}", "d.attribute.type", "unseen"}));

TEST(DefinitionTest, TakesGoodOnes) {
  const Catalogue catalogue({}, {{"plan", common::v1::FEATURE_TYPE_CATEGORY}});
  for (const char* text :
       {"name: 'attribute.unseen' attribute {attribute: 'unseen' type: TYPE_NUMBER}",
        "name: 'a' attribute {attribute: 'plan'}",
        "name: 'a.b_9' aggregate {kind: RECORD_KIND_TRANSACTION aggregation: AGGREGATION_SUM field: "
        "'properties.points'}",
        "name: 'x' derived {operation: OPERATION_TREND left: 'purchases_30d' right: 'spend_30d' scale: 2}"}) {
    EXPECT_OK(ValidateDefinition("d", Parse(text), catalogue));
  }
}

TEST(BuiltinFeaturesTest, AreValidAndHaveDifferentNamesAndSayWhatTheyMean) {
  const Catalogue catalogue({}, {});
  EXPECT_EQ(catalogue.all().size(), BuiltinFeatures().size());
  for (const FeatureDefinition& definition : BuiltinFeatures()) {
    EXPECT_OK(ValidateDefinition("d", definition, catalogue)) << definition.name();
    EXPECT_TRUE(definition.built_in());
    EXPECT_FALSE(definition.display_name().empty()) << definition.name();
    EXPECT_TRUE(absl::EndsWith(definition.description(), ".")) << definition.name();
    const bool is_category = catalogue.TypeOf(definition) == common::v1::FEATURE_TYPE_CATEGORY;
    EXPECT_EQ(definition.unit().empty(), is_category) << definition.name();
  }
}

TEST(CatalogueTest, ListsBuiltInThenOwnThenAttributes) {
  const Catalogue catalogue({Parse("name: 'mine' purchase_summary {number: NUMBER_AGE}")},
                            {{"plan", common::v1::FEATURE_TYPE_CATEGORY}});
  ASSERT_EQ(catalogue.all().size(), BuiltinFeatures().size() + 2);
  EXPECT_EQ(catalogue.all().back()->name(), "attribute.plan");
  EXPECT_EQ(catalogue.TypeOf(*catalogue.Find("attribute.plan")), common::v1::FEATURE_TYPE_CATEGORY);
  EXPECT_EQ(catalogue.TypeOf(*catalogue.Find("mine")), common::v1::FEATURE_TYPE_NUMBER);
  EXPECT_EQ(catalogue.Find("attribute.other"), nullptr);
}

TEST(PlanTest, AnUnknownFeatureListsTheKnownOnesNearestFirst) {
  const Catalogue catalogue({}, {});
  const auto plan = Plan::Compile("spec.features", catalogue, {"purchases", "recency_day"});
  EXPECT_THAT(plan, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("spec.features[1]")));
  EXPECT_THAT(plan, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("known: recency_days, ")));
  EXPECT_EQ(ReasonOf(plan.status()), "UNKNOWN_FEATURE");
}

TEST(PlanTest, RefusesACycle) {
  const Catalogue catalogue({Parse("name: 'a' derived {operation: OPERATION_RATIO left: 'b' right: 'purchases'}"),
                             Parse("name: 'b' derived {operation: OPERATION_RATIO left: 'purchases' right: 'a'}")},
                            {});
  EXPECT_THAT(Plan::Compile("features", catalogue, {"a"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("depends on itself")));
}

TEST(PlanTest, ComputesSharedPartsOnce) {
  const Catalogue catalogue({}, {});
  ASSERT_OK_AND_ASSIGN(const auto plan,
                       Plan::Compile("features", catalogue,
                                     {"purchases_30d_trend", "purchases_30d", "purchases_30d_before", "recency_days",
                                      "tenure_days", "purchase_days", "purchases_30d"}));
  EXPECT_EQ(plan->size(), 7);
  EXPECT_EQ(plan->program().nodes.size(), 6u);
  EXPECT_EQ(plan->program().states[static_cast<int>(StateKind::kCount)], 2u);
  EXPECT_EQ(plan->program().states[static_cast<int>(StateKind::kDays)], 1u);
}

}  // namespace
}  // namespace clientele::features
