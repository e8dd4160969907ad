// Whatever bytes come in: reading and standardising them ends in a record or in a rejection with its reason, never in
// anything else; and what is accepted can be read again.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "common/base/ids.h"
#include "services/ingestion/records/contact.h"
#include "services/ingestion/records/dates.h"
#include "services/ingestion/records/decimal.h"
#include "services/ingestion/records/quarantine.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/standardise.h"
#include "services/ingestion/records/tenant_settings.h"
#include "services/ingestion/records/text.h"
#include "services/ingestion/records/wire.h"

namespace clientele::ingestion {
namespace {

constexpr int kRounds = 20'000;
constexpr int64_t kNowMicros = 1'700'000'000'000'000;

// A record with every field of one kind set.
v1::Record Sample(int kind) {
  v1::Record record;
  record.set_source("shop");
  record.set_record_id("order-1");
  record.set_customer_id("ada");
  record.set_event_time_text("2011-12-09 12:50");
  if (kind == 0) {
    record.mutable_profile()->set_email("Ada@Example.com");
    record.mutable_profile()->set_phone("+49 30 901820");
    (*record.mutable_profile()->mutable_attributes())["plan"].set_text("gold");
    (*record.mutable_profile()->mutable_attributes())["since"].mutable_time()->set_seconds(5);
  } else if (kind == 1) {
    record.mutable_transaction()->set_amount_text("1,234.50");
    record.mutable_transaction()->set_currency_code("usd");
    record.mutable_transaction()->set_product("lamp");
    record.mutable_transaction()->set_quantity(2);
    (*record.mutable_transaction()->mutable_properties())["gift"].set_flag(true);
  } else if (kind == 2) {
    record.mutable_interaction()->set_type("login");
    record.mutable_interaction()->set_duration_seconds(1.5);
  } else if (kind == 3) {
    record.mutable_feedback()->set_score(7);
    record.mutable_feedback()->set_text("fine");
  } else if (kind == 4) {
    record.mutable_message()->set_direction(v1::Message::DIRECTION_INBOUND);
    record.mutable_message()->set_text("hello");
  } else {
    record.mutable_outcome()->set_outcome("renewed");
  }
  return record;
}

// Changes, cuts, doubles or inserts some bytes.
void Mutate(std::mt19937& random, std::string& bytes) {
  for (unsigned changes = random() % 4 + 1; changes > 0 && !bytes.empty(); --changes) {
    const size_t at = random() % bytes.size();
    switch (random() % 5) {
      case 0:
        bytes[at] = static_cast<char>(random());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, 1, static_cast<char>(random()));
        break;
      default:
        bytes.insert(at, bytes.substr(at, random() % 16));
    }
  }
}

TEST(RecordFuzzTest, AnyBytesEndInARecordOrARejection) {
  const auto context = TenantContext::Make(DefaultSettings(TenantId::Parse("acme").value())).value();
  Standardiser standardiser(*context, kNowMicros);
  std::mt19937 random(1);
  int accepted = 0, rejected = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::string bytes = Sample(round % 6).SerializeAsString();
    if (round >= 6) Mutate(random, bytes);
    v1::Record record;
    storage::NewRecord stored;
    MaybeRejection bad = ReadRecord(bytes, record);
    if (!bad) bad = standardiser.Standardise(record, stored);
    if (bad) {
      ++rejected;
      EXPECT_NE(bad->reason, v1::REJECTION_REASON_UNSPECIFIED);
      EXPECT_FALSE(bad->message.empty());
      // What goes to quarantine and into the answer must be a valid message.
      const v1::RejectedRecord kept = MakeRejectedRecord(record, *bad, absl::UnixEpoch());
      v1::RejectedRecord again;
      ASSERT_TRUE(again.ParseFromString(kept.SerializeAsString()));
      continue;
    }
    ++accepted;
    v1::Record again;
    const storage::StoredRecord kept{
        stored.customer_id, stored.event_time_micros, 0, stored.kind, stored.body, /*first_of_customer=*/true};
    ASSERT_TRUE(DecodeRecord(kept, again).ok());
    EXPECT_EQ(again.customer_id(), stored.customer_id);
    EXPECT_TRUE(again.has_event_time());
    EXPECT_LE(stored.event_time_micros, kNowMicros + 24 * 3600 * kMicrosPerSecond);
    // What is standardised stays as it is when it is standardised again.
    storage::NewRecord twice;
    ASSERT_FALSE(standardiser.Standardise(again, twice).has_value());
    EXPECT_EQ(twice.event_time_micros, stored.event_time_micros);
  }
  EXPECT_GT(accepted, kRounds / 50);
  EXPECT_GT(rejected, kRounds / 20);
}

TEST(RecordFuzzTest, AnyBatchIsReadOrRefused) {
  std::mt19937 random(2);
  v1::IngestRecordsRequest request;
  request.set_parent("tenants/acme");
  request.set_sequence(7);
  for (int i = 0; i < 6; ++i) *request.add_records() = Sample(i);
  const std::string good = request.SerializeAsString();
  ASSERT_EQ(ReadIngestRecordsRequest(good)->records.size(), 6u);
  EXPECT_EQ(ReadIngestRecordsRequest(good)->sequence, 7u);
  EXPECT_EQ(ReadIngestRecordsRequest(good)->parent, "tenants/acme");
  for (int round = 0; round < kRounds; ++round) {
    std::string bytes = good;
    Mutate(random, bytes);
    const absl::StatusOr<BatchView> batch = ReadIngestRecordsRequest(bytes);
    if (!batch.ok()) continue;
    for (const absl::string_view record : batch->records) {
      EXPECT_GE(record.data(), bytes.data());
      EXPECT_LE(record.data() + record.size(), bytes.data() + bytes.size());
    }
  }
}

TEST(RecordFuzzTest, TextParsersTakeAnyText) {
  const LocalTime zone = LocalTime::Load("Europe/Berlin").value();
  std::mt19937 random(3);
  for (int round = 0; round < kRounds; ++round) {
    const char* const seeds[] = {"2011-12-09 12:50:30.5+01:00", "Fri, 9 Dec 2011 1:05 pm", "1,234,567.891",
                                 "ada.b@example.com", "+49 (0)30 901820"};
    std::string text = seeds[round % 5];
    Mutate(random, text);
    int64_t value = 0;
    std::string standard;
    if (ParseTime(text, zone, value)) {
      EXPECT_GE(value, kFirstTimestampSecond * kMicrosPerSecond);
    }
    ParseDecimal(text, 6, value);
    if (StandardisePhone(text, "DE", standard)) {
      std::string again;
      ASSERT_TRUE(StandardisePhone(standard, "DE", again)) << standard;
      EXPECT_EQ(again, standard);
    }
    if (StandardiseEmail(text, standard)) {
      std::string again;
      ASSERT_TRUE(StandardiseEmail(standard, again)) << standard;
      EXPECT_EQ(again, standard);
    }
    EXPECT_TRUE(IsUtf8(ReplaceBadUtf8(text)));
  }
}

}  // namespace
}  // namespace clientele::ingestion
