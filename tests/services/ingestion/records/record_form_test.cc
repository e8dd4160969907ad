#include "services/ingestion/records/record_form.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "tests/services/ingestion/random_record.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

using google::protobuf::util::MessageDifferencer;
using testutil::Random;
using testutil::RandomRecord;
using v1::Record;

std::string Encoded(Record record) {
  std::string body;
  EncodeRecord(record, body);
  return body;
}

storage::StoredRecord Stored(const Record& record, absl::string_view body) {
  return {record.customer_id(), record.event_time().seconds() * 1'000'000, 7'000'000, KindOf(record), body,
          /*first_of_customer=*/true};
}

void ExpectViewOf(const Record& record, const RecordView& view) {
  const v1::Transaction& transaction = record.transaction();
  const v1::Interaction& interaction = record.interaction();
  const v1::Feedback& feedback = record.feedback();
  EXPECT_EQ(view.kind, KindOf(record));
  EXPECT_EQ(view.is_return, transaction.is_return());
  EXPECT_EQ(view.has_score, feedback.has_score());
  EXPECT_EQ(view.code, static_cast<int>(record.message().direction()) + interaction.sentiment());
  EXPECT_EQ(view.base_amount_micros, transaction.base_amount_micros());
  const double score_max = feedback.score_max() == 0 ? 10 : feedback.score_max();
  EXPECT_EQ(view.measure, record.has_transaction()   ? transaction.quantity()
                          : record.has_interaction() ? interaction.duration_seconds()
                          : record.has_outcome()     ? record.outcome().value()
                                                     : feedback.score() * 10 / score_max);
  EXPECT_EQ(view.text(kNameText), record.has_transaction()   ? transaction.product()
                                   : record.has_interaction() ? interaction.type()
                                   : record.has_outcome()     ? record.outcome().outcome()
                                                              : feedback.issue());
  EXPECT_EQ(view.text(kChannelText), record.has_transaction()   ? transaction.channel()
                                      : record.has_interaction() ? interaction.channel()
                                      : record.has_feedback()    ? feedback.channel()
                                                                 : record.message().channel());
  EXPECT_EQ(view.text(kCategoryText), transaction.category());
  EXPECT_EQ(view.text(kOrderText), transaction.order_id());
}

TEST(RecordFormTest, WhatIsWrittenIsReadAgain) {
  Random random(1);
  for (int i = 0; i < 5'000; ++i) {
    Record record = RandomRecord(random);
    const std::string body = Encoded(record);
    RecordView view;
    ASSERT_TRUE(ViewRecord(body, view));
    ExpectViewOf(record, view);
    Record again;
    ASSERT_OK(DecodeRecord(Stored(record, body), again));
    record.mutable_ingest_time()->set_seconds(7);
    EXPECT_TRUE(MessageDifferencer::Equals(again, record)) << again.DebugString() << record.DebugString();
  }
}

TEST(RecordFormTest, FromWhereATextBeginsSixteenBytesCanBeRead) {
  Random random(2);
  for (int i = 0; i < 1'000; ++i) {
    const std::string body = Encoded(RandomRecord(random));
    RecordView view;
    ASSERT_TRUE(ViewRecord(body, view));
    for (int slot = 0; slot < kTextSlots; ++slot) {
      EXPECT_LE(view.text(slot).data() + 16, body.data() + body.size());
    }
  }
}

TEST(RecordFormTest, TheSameRecordIsTheSameBytesInWhateverOrderItsMapsAre) {
  Record forward, backward;
  for (int i = 0; i < 50; ++i) {
    (*forward.mutable_profile()->mutable_attributes())["a" + std::to_string(i)].set_number(i);
    (*backward.mutable_profile()->mutable_attributes())["a" + std::to_string(49 - i)].set_number(49 - i);
  }
  EXPECT_EQ(Encoded(forward), Encoded(backward));
}

TEST(RecordFormTest, DamagedBytesAreToldAndNeverReadBeyond) {
  Random random(3);
  for (int i = 0; i < 20'000; ++i) {
    const Record record = RandomRecord(random);
    std::string body = Encoded(record);
    switch (random() % 3) {
      case 0: body[random() % body.size()] = static_cast<char>(random()); break;
      case 1: body.resize(random() % body.size()); break;
      default: body.insert(random() % body.size(), 1, static_cast<char>(random()));
    }
    // Bytes of their own size, so that an address sanitizer sees any step beyond.
    const std::vector<char> exact(body.begin(), body.end());
    RecordView view;
    if (!ViewRecord({exact.data(), exact.size()}, view)) continue;
    EXPECT_EQ(view.rest.data() + view.rest.size(), exact.data() + exact.size());
    Record again;
    DecodeRecord(Stored(record, {exact.data(), exact.size()}), again).IgnoreError();
  }
}

TEST(RecordFormTest, AnotherVersionAnotherKindAndAShortBodyAreDamage) {
  Record record;
  record.mutable_interaction()->set_type("login");
  const std::string body = Encoded(record);
  RecordView view;
  for (size_t size = 0; size < RecordForm::kTexts + 5 + RecordForm::kNumbers; ++size) {
    EXPECT_FALSE(ViewRecord(absl::string_view(body).substr(0, size), view)) << size;
  }
  std::string other = body;
  other[0] = static_cast<char>(other[0] + (1 << 4));
  EXPECT_FALSE(ViewRecord(other, view));
  storage::StoredRecord stored = Stored(record, body);
  stored.kind = common::v1::RECORD_KIND_MESSAGE;
  EXPECT_THAT(DecodeRecord(stored, record), testutil::StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace clientele::ingestion
