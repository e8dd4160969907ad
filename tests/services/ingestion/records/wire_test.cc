#include "services/ingestion/records/wire.h"

#include <gtest/gtest.h>

#include <string>

namespace clientele::ingestion {
namespace {

using v1::Record;

// A profile of customer "ada".
Record Person() {
  Record record;
  record.set_source("shop");
  record.set_record_id("1");
  record.set_customer_id("ada");
  record.mutable_event_time()->set_seconds(1'700'000'000);
  record.mutable_profile();
  return record;
}

TEST(ReadRecordTest, TextThatIsNotUtf8IsToldByItsField) {
  Record good = Person();
  good.mutable_profile()->set_display_name("ABCD");
  std::string bytes = good.SerializeAsString();
  bytes[bytes.find("ABCD") + 1] = '\xff';
  Record record;
  const MaybeRejection bad = ReadRecord(bytes, record);
  ASSERT_TRUE(bad.has_value());
  EXPECT_EQ(bad->reason, v1::REJECTION_REASON_INVALID_UTF8);
  EXPECT_EQ(bad->field, "profile.display_name");
  EXPECT_EQ(record.profile().display_name(),
            "A\xef\xbf\xbd"
            "CD");
  EXPECT_EQ(record.customer_id(), "ada");
}

TEST(ReadRecordTest, ABadTextInAMapIsToldByTheMap) {
  Record good = Person();
  (*good.mutable_profile()->mutable_attributes())["plan"].set_text("WXYZ");
  std::string bytes = good.SerializeAsString();
  bytes[bytes.find("WXYZ")] = '\xc0';
  Record record;
  const MaybeRejection bad = ReadRecord(bytes, record);
  ASSERT_TRUE(bad.has_value());
  EXPECT_EQ(bad->field, "profile.attributes");
}

TEST(ReadRecordTest, GarbageIsRejectedAlone) {
  Record record;
  const MaybeRejection bad = ReadRecord("\xff\xff\xff\xff garbage", record);
  ASSERT_TRUE(bad.has_value());
  EXPECT_EQ(bad->reason, v1::REJECTION_REASON_INVALID_FORMAT);
}

}  // namespace
}  // namespace clientele::ingestion
