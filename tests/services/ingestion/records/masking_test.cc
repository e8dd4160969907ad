#include "services/ingestion/records/masking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace clientele::ingestion {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Case {
  PersonalKind kind;
  std::string value, masked;
};

TEST(MaskingTest, EachKindHasItsMask) {
  const Case cases[] = {
      {PersonalKind::kEmail, "ada@example.com", "***@example.com"},
      {PersonalKind::kEmail, "a@b.example.co.uk", "***@b.example.co.uk"},
      {PersonalKind::kEmail, " Ada.L+x@Example.COM ", "***@example.com"},
      {PersonalKind::kEmail, "ada at example.com", "***"},
      {PersonalKind::kEmail, "ada@lovelace", "***"},
      {PersonalKind::kEmail, "", "***"},
      {PersonalKind::kPhone, "+4915112345678", "+491511234****"},
      {PersonalKind::kPhone, "(415) 555-0123", "(415) 555-****"},
      {PersonalKind::kPhone, "0151 1234 56 78", "0151 1234 ** **"},
      {PersonalKind::kPhone, "123", "***"},
      {PersonalKind::kPhone, "call 415 555 0123", "***"},
      {PersonalKind::kName, "Ada Lovelace", "A. L."},
      {PersonalKind::kName, "  Ada  King, Countess of Lovelace ", "A. K. C. o. L."},
      {PersonalKind::kName, "Élodie Åström", "É. Å."},
      {PersonalKind::kName, "李小龙", "李."},
      {PersonalKind::kName, "ada@example.com", "a."},
      {PersonalKind::kText, "Call me at home.", "(withheld, 16 characters)"},
      {PersonalKind::kText, "é", "(withheld, 1 character)"},
  };
  for (const Case& one : cases) EXPECT_EQ(MaskValue(one.kind, one.value), one.masked) << one.value;
}

TEST(MaskingTest, ACustomerSaysThatItIsMasked) {
  v1::Customer customer;
  customer.set_customer_id("4711");
  Mask(customer);
  EXPECT_FALSE(customer.masked()) << "there was nothing to mask";
  customer.set_email("ada@example.com");
  customer.set_display_name("Ada Lovelace");
  (*customer.mutable_attributes())["plan"].set_text("pro");
  Mask(customer);
  EXPECT_TRUE(customer.masked());
  EXPECT_EQ(customer.email(), "***@example.com");
  EXPECT_EQ(customer.phone(), "");
  EXPECT_EQ(customer.display_name(), "A. L.");
  EXPECT_EQ(customer.attributes().at("plan").text(), "pro");
}

TEST(MaskingTest, ARecordsOriginalsAreMaskedAsItsFields) {
  v1::Record record;
  record.mutable_profile()->set_phone("+14155550123");
  (*record.mutable_originals())["profile.phone"] = "(415) 555-0123";
  (*record.mutable_originals())["event_time_text"] = "9 Dec 2011";
  Mask(record);
  EXPECT_TRUE(record.masked());
  EXPECT_EQ(record.profile().phone(), "+1415555****");
  EXPECT_EQ(record.originals().at("profile.phone"), "(415) 555-****");
  EXPECT_EQ(record.originals().at("event_time_text"), "9 Dec 2011");
  v1::Record purchase;
  purchase.mutable_transaction()->set_product("book");
  Mask(purchase);
  EXPECT_FALSE(purchase.masked());
  EXPECT_EQ(purchase.transaction().product(), "book");
}

TEST(MaskingTest, ARejectedRecordShowsNothingThatASenderWroteIntoItsOriginals) {
  v1::RejectedRecord rejected;
  rejected.mutable_record()->mutable_message()->set_text("I am Ada.");
  (*rejected.mutable_record()->mutable_originals())["anything"] = "Lovelace";
  Mask(rejected);
  EXPECT_THAT(rejected.SerializeAsString(), Not(HasSubstr("Ada")));
  EXPECT_THAT(rejected.SerializeAsString(), Not(HasSubstr("Lovelace")));
  EXPECT_EQ(rejected.record().message().text(), "(withheld, 9 characters)");
}

}  // namespace
}  // namespace clientele::ingestion
