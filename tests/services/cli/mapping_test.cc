#include "services/cli/importing/mapping.h"

#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace clientele::cli {
namespace {

using common::v1::RECORD_KIND_FEEDBACK;
using common::v1::RECORD_KIND_INTERACTION;
using common::v1::RECORD_KIND_PROFILE;
using common::v1::RECORD_KIND_TRANSACTION;
using testing::ElementsAre;
using testing::HasSubstr;
using testutil::StatusIs;

const std::vector<std::string> kOnlineRetail = {"InvoiceNo",   "StockCode", "Description", "Quantity",
                                                "InvoiceDate", "UnitPrice", "CustomerID",  "Country"};

std::string TextOf(const Mapping& mapping, absl::string_view field) {
  const FieldMapping* found = mapping.Find(field);
  return found == nullptr ? "(none)" : found->text;
}

TEST(MappingTest, GuessesColumnsByTheirNames) {
  ASSERT_OK_AND_ASSIGN(const Mapping mapping, MakeMapping(RECORD_KIND_TRANSACTION, kOnlineRetail, {}));
  EXPECT_EQ(TextOf(mapping, "customer_id"), "CustomerID");
  EXPECT_EQ(TextOf(mapping, "event_time"), "InvoiceDate");
  EXPECT_EQ(TextOf(mapping, "order_id"), "InvoiceNo");
  EXPECT_EQ(TextOf(mapping, "product"), "StockCode");
  EXPECT_EQ(TextOf(mapping, "amount"), "Quantity*UnitPrice");
  EXPECT_TRUE(mapping.Find("amount")->guessed);
  EXPECT_THAT(mapping.unused_columns, ElementsAre("Description", "Country"));

  ASSERT_OK_AND_ASSIGN(const Mapping cdnow,
                       MakeMapping(RECORD_KIND_TRANSACTION, {"customer_id", "date", "cds", "spend"}, {}));
  EXPECT_EQ(TextOf(cdnow, "amount"), "spend");
  EXPECT_THAT(cdnow.unused_columns, ElementsAre("cds"));
}

TEST(MappingTest, WhatIsSaidWinsOverWhatIsGuessed) {
  ASSERT_OK_AND_ASSIGN(const Mapping mapping, MakeMapping(RECORD_KIND_TRANSACTION, kOnlineRetail,
                                                          {.maps = {"product=Description", "amount=UnitPrice*Quantity",
                                                                    "currency==GBP", "properties.country=Country"}}));
  EXPECT_EQ(TextOf(mapping, "product"), "Description");
  EXPECT_FALSE(mapping.Find("product")->guessed);
  const Expression& amount = mapping.Find("amount")->expression;
  EXPECT_EQ(amount.kind, Expression::Kind::kProduct);
  EXPECT_EQ(amount.left, 5);
  EXPECT_EQ(amount.right, 3);
  EXPECT_EQ(mapping.Find("currency")->expression.constant, "GBP");
  EXPECT_EQ(mapping.Find("properties.country")->expression.left, 7);
  EXPECT_THAT(mapping.unused_columns, ElementsAre("StockCode"));
}

TEST(MappingTest, AColumnWithAStarInItsNameIsAColumn) {
  ASSERT_OK_AND_ASSIGN(const Mapping mapping,
                       MakeMapping(RECORD_KIND_TRANSACTION, {"id", "date", "a*b", "a", "b"}, {.maps = {"amount=a*b"}}));
  EXPECT_EQ(mapping.Find("amount")->expression.kind, Expression::Kind::kColumn);
}

TEST(MappingTest, ColumnsOfAProfileBecomeAttributes) {
  ASSERT_OK_AND_ASSIGN(
      const Mapping mapping,
      MakeMapping(RECORD_KIND_PROFILE, {"customerID", "gender", "2nd plan", "Churn", "secret"},
                  {.maps = {"attributes.left=Churn"}, .ignored_columns = {"secret"}, .event_time = "2020-01-01"}));
  EXPECT_EQ(TextOf(mapping, "customer_id"), "customerID");
  EXPECT_EQ(TextOf(mapping, "attributes.gender"), "gender");
  EXPECT_EQ(TextOf(mapping, "attributes.x2nd_plan"), "2nd plan");
  EXPECT_EQ(TextOf(mapping, "attributes.left"), "Churn");
  EXPECT_EQ(TextOf(mapping, "attributes.Churn"), "(none)");
  EXPECT_EQ(TextOf(mapping, "attributes.secret"), "(none)");
  EXPECT_EQ(mapping.Find("event_time")->expression.constant, "2020-01-01");
}

TEST(MappingTest, SaysWhatIsMissingOrUnknownAndWhatThereIs) {
  const auto make = [](common::v1::RecordKind kind, std::vector<std::string> header, std::vector<std::string> maps) {
    return MakeMapping(kind, header, {.maps = std::move(maps)}).status();
  };
  EXPECT_THAT(make(RECORD_KIND_TRANSACTION, {"who", "date", "spend"}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--map customer_id=COLUMN")));
  EXPECT_THAT(make(RECORD_KIND_PROFILE, {"id"}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--event-time")));
  EXPECT_THAT(make(RECORD_KIND_TRANSACTION, {"id"}, {"price=id"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("fields: record_id, customer_id")));
  EXPECT_THAT(make(RECORD_KIND_TRANSACTION, {"id"}, {"amount=cost"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("there is no column \"cost\"")));
  EXPECT_THAT(make(RECORD_KIND_TRANSACTION, {"id"}, {"amount"}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(make(RECORD_KIND_TRANSACTION, {"id", "a"}, {"amount=a", "amount=a"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("twice")));
  EXPECT_THAT(make(RECORD_KIND_INTERACTION, {"id", "date"}, {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("type")));
  EXPECT_THAT(make(RECORD_KIND_FEEDBACK, {"id", "date"}, {"properties.x=id"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace clientele::cli
