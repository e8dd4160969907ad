#include "services/inference/scoring/event_words.h"

#include <gtest/gtest.h>

#include <vector>

namespace clientele::inference {
namespace {

using ingestion::v1::Record;

Record Purchase(double amount, bool is_return = false) {
  Record record;
  record.mutable_transaction()->set_amount_micros(static_cast<int64_t>(amount * 1e6));
  record.mutable_transaction()->set_currency_code("GBP");
  record.mutable_transaction()->set_is_return(is_return);
  return record;
}
Record Interaction(const std::string& type) {
  Record record;
  record.mutable_interaction()->set_type(type);
  return record;
}

TEST(EventWordsTest, EveryKindOfRecordHasItsWords) {
  EXPECT_EQ(EventInWords(Purchase(1234.5)), "purchase of 1,234.50 GBP");
  EXPECT_EQ(EventInWords(Purchase(-20, true)), "return of 20.00 GBP");
  EXPECT_EQ(EventInWords(Interaction("support_ticket")), "support ticket");
  Record feedback;
  feedback.mutable_feedback();
  EXPECT_EQ(EventInWords(feedback), "feedback");
  feedback.mutable_feedback()->set_score(3);
  EXPECT_EQ(EventInWords(feedback), "feedback of 3 of 10");
  Record message;
  message.mutable_message()->set_direction(ingestion::v1::Message::DIRECTION_INBOUND);
  EXPECT_EQ(EventInWords(message), "message from the customer");
  message.mutable_message()->set_direction(ingestion::v1::Message::DIRECTION_OUTBOUND);
  EXPECT_EQ(EventInWords(message), "message to the customer");
  Record outcome;
  outcome.mutable_outcome()->set_outcome("renewed");
  EXPECT_EQ(EventInWords(outcome), "outcome renewed");
  Record profile;
  profile.mutable_profile();
  EXPECT_EQ(EventInWords(profile), "profile changed");
}

TEST(EventWordsTest, TheLinesOfAnOrderAreOnePurchase) {
  const std::vector<Record> order = {Purchase(10), Purchase(2.5), Interaction("page_view"), Interaction("page_view")};
  EXPECT_EQ(EventsInWords(order), "page view, purchase of 12.50 GBP");
}

TEST(EventWordsTest, ManyDifferentRecordsOfAnInstantAreCounted) {
  const std::vector<Record> many = {Interaction("a"), Interaction("b"), Interaction("c"), Interaction("d")};
  EXPECT_EQ(EventsInWords(many), "4 records");
}

}  // namespace
}  // namespace clientele::inference
