#include "common/records/record_columns.h"

#include <gtest/gtest.h>

#include <string>

#include "services/ingestion/records/record_form.h"

namespace clientele::records {
namespace {

namespace v1 = ingestion::v1;

std::string Body(v1::Record record) {
  std::string body;
  ingestion::EncodeRecord(record, body);
  return body;
}

TEST(RecordColumnsTest, APurchaseShowsWhatWasBought) {
  v1::Record record;
  v1::Transaction& purchase = *record.mutable_transaction();
  purchase.set_product("tea");
  purchase.set_category("food");
  purchase.set_channel("web");
  purchase.set_order_id("o1");
  purchase.set_quantity(2);
  purchase.set_is_return(true);
  purchase.set_base_amount_micros(-5'000'000);
  const std::string body = Body(record);
  const storage::RecordColumns columns = ColumnsOf(body);
  EXPECT_EQ(columns.label, "tea");
  EXPECT_EQ(columns.category, "food");
  EXPECT_EQ(columns.channel, "web");
  EXPECT_EQ(columns.order_id, "o1");
  EXPECT_EQ(columns.measure, 2);
  EXPECT_EQ(columns.is_return, true);
  EXPECT_EQ(columns.base_amount_micros, -5'000'000);
  EXPECT_FALSE(columns.code.has_value());
}

TEST(RecordColumnsTest, NothingThatNamesAPersonNorWhatTheyWroteIsShown) {
  v1::Record profile, feedback, message;
  profile.mutable_profile()->set_email("ada@example.com");
  profile.mutable_profile()->set_display_name("Ada");
  feedback.mutable_feedback()->set_score(3);
  feedback.mutable_feedback()->set_issue("my late parcel");
  feedback.mutable_feedback()->set_text("it was late");
  feedback.mutable_feedback()->set_channel("phone");
  message.mutable_message()->set_text("where is it?");
  message.mutable_message()->set_direction(v1::Message::DIRECTION_INBOUND);
  const std::string profile_body = Body(profile), feedback_body = Body(feedback), message_body = Body(message);
  for (const std::string& body : {profile_body, feedback_body, message_body}) {
    EXPECT_EQ(ColumnsOf(body).label, "");
    EXPECT_EQ(ColumnsOf(body).order_id, "");
    EXPECT_FALSE(ColumnsOf(body).base_amount_micros.has_value());
  }
  EXPECT_EQ(ColumnsOf(feedback_body).channel, "phone");
  EXPECT_EQ(ColumnsOf(feedback_body).measure, 3);
  EXPECT_EQ(ColumnsOf(message_body).code, v1::Message::DIRECTION_INBOUND);
}

TEST(RecordColumnsTest, BytesInNoKnownFormHaveNoColumns) {
  EXPECT_EQ(ColumnsOf("damaged").channel, "");
  EXPECT_FALSE(ColumnsOf("").measure.has_value());
}

}  // namespace
}  // namespace clientele::records
