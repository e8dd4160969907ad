#include "services/ingestion/records/standardise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

#include "common/base/ids.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/tenant_settings.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using v1::Record;

constexpr int64_t kNow = 1'700'000'000;

v1::Settings EuroSettings() {
  v1::Settings settings = DefaultSettings(TenantId::Parse("acme").value());
  settings.set_base_currency("EUR");
  settings.set_time_zone("Europe/Berlin");
  settings.set_phone_region("DE");
  v1::ExchangeRate& rate = *settings.add_exchange_rates();
  rate.set_currency_code("GBP");
  rate.set_date("2023-03-02");
  rate.set_rate("1.25");
  return settings;
}

Record Purchase() {
  Record record;
  record.set_source("shop");
  record.set_record_id("1");
  record.set_customer_id("ada");
  record.mutable_event_time()->set_seconds(kNow - 100);
  record.mutable_transaction()->set_amount_micros(5'000'000);
  return record;
}

Record Person() {
  Record record = Purchase();
  record.mutable_profile();
  return record;
}

// As a store hands it out.
storage::StoredRecord Stored(const storage::NewRecord& record) {
  return {record.customer_id, record.event_time_micros, 0, record.kind, record.body, /*first_of_customer=*/true};
}

struct Outcome {
  MaybeRejection rejection;
  storage::NewRecord stored;
  Record record;  // As it is stored.
};

Outcome Standardised(Record record, const v1::Settings& settings = EuroSettings()) {
  const auto context = TenantContext::Make(settings).value();
  Outcome outcome;
  outcome.rejection = Standardiser(*context, kNow * kMicrosPerSecond).Standardise(record, outcome.stored);
  if (!outcome.rejection) {
    EXPECT_OK(DecodeRecord(Stored(outcome.stored), outcome.record));
    outcome.record.clear_ingest_time();
  }
  return outcome;
}

// Expects `change` to a good record to be rejected with this reason, at this field.
void ExpectRejected(const Record& good, const std::function<void(Record&)>& change, v1::RejectionReason reason,
                    absl::string_view field) {
  Record record = good;
  change(record);
  const Outcome outcome = Standardised(record);
  ASSERT_TRUE(outcome.rejection.has_value()) << field;
  EXPECT_EQ(outcome.rejection->reason, reason) << field;
  EXPECT_EQ(outcome.rejection->field, field);
  EXPECT_FALSE(outcome.rejection->message.empty());
}

TEST(StandardiseTest, AGoodRecordPasses) {
  const Outcome outcome = Standardised(Purchase());
  ASSERT_FALSE(outcome.rejection.has_value());
  EXPECT_EQ(outcome.stored.source, "shop");
  EXPECT_EQ(outcome.stored.record_id, "1");
  EXPECT_EQ(outcome.stored.customer_id, "ada");
  EXPECT_EQ(outcome.stored.kind, common::v1::RECORD_KIND_TRANSACTION);
  EXPECT_EQ(outcome.stored.event_time_micros, (kNow - 100) * kMicrosPerSecond);
  EXPECT_EQ(outcome.stored.content_digest.size(), 16u);
  EXPECT_EQ(outcome.record.transaction().currency_code(), "EUR");
  EXPECT_EQ(outcome.record.transaction().base_amount_micros(), 5'000'000);
  EXPECT_THAT(outcome.stored.missing_fields,
              ElementsAre("transaction.currency_code", "transaction.product", "transaction.category",
                          "transaction.channel", "transaction.quantity", "transaction.order_id"));
  EXPECT_TRUE(outcome.record.originals().empty());
}

TEST(StandardiseTest, IdsAreRequiredAndBounded) {
  using R = Record;
  const Record good = Purchase();
  ExpectRejected(
      good, [](R& r) { r.clear_source(); }, v1::REJECTION_REASON_MISSING_FIELD, "source");
  ExpectRejected(
      good, [](R& r) { r.set_source("Shop"); }, v1::REJECTION_REASON_INVALID_FORMAT, "source");
  ExpectRejected(
      good, [](R& r) { r.set_source(std::string(64, 's')); }, v1::REJECTION_REASON_TOO_LONG, "source");
  ExpectRejected(
      good, [](R& r) { r.clear_record_id(); }, v1::REJECTION_REASON_MISSING_FIELD, "record_id");
  ExpectRejected(
      good, [](R& r) { r.set_record_id(std::string(257, 'x')); }, v1::REJECTION_REASON_TOO_LONG, "record_id");
  ExpectRejected(
      good, [](R& r) { r.clear_customer_id(); }, v1::REJECTION_REASON_MISSING_FIELD, "customer_id");
  ExpectRejected(
      good, [](R& r) { r.set_customer_id(std::string(129, 'x')); }, v1::REJECTION_REASON_TOO_LONG, "customer_id");
  ExpectRejected(
      good, [](R& r) { r.clear_payload(); }, v1::REJECTION_REASON_MISSING_FIELD, "payload");
}

TEST(StandardiseTest, EventTimesAreCheckedAndReadFromText) {
  using R = Record;
  const Record good = Purchase();
  ExpectRejected(
      good, [](R& r) { r.clear_event_time(); }, v1::REJECTION_REASON_MISSING_FIELD, "event_time");
  ExpectRejected(
      good, [](R& r) { r.mutable_event_time()->set_nanos(-1); }, v1::REJECTION_REASON_OUT_OF_RANGE, "event_time");
  ExpectRejected(
      good, [](R& r) { r.mutable_event_time()->set_seconds(1LL << 60); }, v1::REJECTION_REASON_OUT_OF_RANGE,
      "event_time");
  ExpectRejected(
      good, [](R& r) { r.mutable_event_time()->set_seconds(kNow + 86'401); }, v1::REJECTION_REASON_EVENT_TIME_IN_FUTURE,
      "event_time");
  ExpectRejected(
      good, [](R& r) { r.set_event_time_text("2020-01-01"); }, v1::REJECTION_REASON_INVALID_FORMAT, "event_time_text");
  const auto with_text = [](const char* text) {
    return [text](R& r) {
      r.clear_event_time();
      r.set_event_time_text(text);
    };
  };
  ExpectRejected(good, with_text("last Tuesday"), v1::REJECTION_REASON_INVALID_FORMAT, "event_time_text");
  ExpectRejected(good, with_text("2030-01-01"), v1::REJECTION_REASON_EVENT_TIME_IN_FUTURE, "event_time_text");

  Record record = good;
  record.mutable_event_time()->set_seconds(kNow + 86'400);
  EXPECT_FALSE(Standardised(record).rejection.has_value());
  with_text("09/12/2011 12:50")(record);
  const Outcome outcome = Standardised(record);
  ASSERT_FALSE(outcome.rejection.has_value());
  EXPECT_EQ(outcome.record.event_time().seconds(), 1'323'431'400);  // 11:50 UTC.
  EXPECT_EQ(outcome.record.event_time_text(), "");
  EXPECT_THAT(outcome.record.originals(), Contains(Pair("event_time_text", "09/12/2011 12:50")));
}

TEST(StandardiseTest, AmountsComeAsTextOrMicrosInAnyKnownCurrency) {
  Record record = Purchase();
  record.mutable_event_time()->set_seconds(1'677'798'000);  // 2023-03-03 00:00 in Berlin.
  record.mutable_transaction()->set_amount_micros(0);
  record.mutable_transaction()->set_amount_text("1,234.56");
  record.mutable_transaction()->set_currency_code(" gbp");
  const Outcome outcome = Standardised(record);
  ASSERT_FALSE(outcome.rejection.has_value());
  EXPECT_EQ(outcome.record.transaction().amount_micros(), 1'234'560'000);
  EXPECT_EQ(outcome.record.transaction().currency_code(), "GBP");
  EXPECT_EQ(outcome.record.transaction().base_amount_micros(), 1'543'200'000);
  EXPECT_EQ(outcome.record.originals().at("transaction.amount_text"), "1,234.56");
  EXPECT_EQ(outcome.record.originals().at("transaction.currency_code"), " gbp");
}

TEST(StandardiseTest, TheRateIsThatOfTheLocalDay) {
  Record record = Purchase();
  record.mutable_transaction()->set_currency_code("GBP");
  record.mutable_event_time()->set_seconds(
      1'677'711'600);  // 2023-03-01 23:00 UTC: 2 March in Berlin, where the rate begins.
  EXPECT_FALSE(Standardised(record).rejection.has_value());
  ExpectRejected(
      record, [](Record& r) { r.mutable_event_time()->set_seconds(1'677'711'599); },
      v1::REJECTION_REASON_NO_EXCHANGE_RATE, "transaction.currency_code");
}

TEST(StandardiseTest, BadTransactionsAreRejected) {
  using R = Record;
  const Record good = Purchase();
  const auto change = [](const std::function<void(v1::Transaction&)>& f) {
    return [f](R& r) { f(*r.mutable_transaction()); };
  };
  using T = v1::Transaction;
  ExpectRejected(good, change([](T& t) { t.set_currency_code("EURO"); }), v1::REJECTION_REASON_UNKNOWN_CURRENCY,
                 "transaction.currency_code");
  ExpectRejected(good, change([](T& t) { t.set_currency_code("JPY"); }), v1::REJECTION_REASON_NO_EXCHANGE_RATE,
                 "transaction.currency_code");
  ExpectRejected(good, change([](T& t) { t.set_quantity(std::numeric_limits<double>::quiet_NaN()); }),
                 v1::REJECTION_REASON_NOT_FINITE, "transaction.quantity");
  ExpectRejected(good, change([](T& t) { t.set_quantity(std::numeric_limits<double>::infinity()); }),
                 v1::REJECTION_REASON_NOT_FINITE, "transaction.quantity");
  ExpectRejected(good, change([](T& t) { t.set_product(std::string(257, 'p')); }), v1::REJECTION_REASON_TOO_LONG,
                 "transaction.product");
  ExpectRejected(good, change([](T& t) { t.set_amount_text("5"); }), v1::REJECTION_REASON_INVALID_FORMAT,
                 "transaction.amount_text");
  ExpectRejected(good, change([](T& t) { t.set_amount_micros(0), t.set_amount_text("12,50"); }),
                 v1::REJECTION_REASON_INVALID_FORMAT, "transaction.amount_text");
  ExpectRejected(good, change([](T& t) { t.set_amount_micros(0), t.set_amount_text("99999999999999"); }),
                 v1::REJECTION_REASON_OUT_OF_RANGE, "transaction.amount_text");
  ExpectRejected(good, change([](T& t) { (*t.mutable_properties())["9"].set_number(1); }),
                 v1::REJECTION_REASON_INVALID_FORMAT, "transaction.properties");
}

TEST(StandardiseTest, ReturnsAreRecognisedAndNegative) {
  const auto base = [](bool flag, int64_t amount, double quantity) {
    Record record = Purchase();
    record.mutable_transaction()->set_is_return(flag);
    record.mutable_transaction()->set_amount_micros(amount);
    record.mutable_transaction()->set_quantity(quantity);
    const Outcome outcome = Standardised(record);
    EXPECT_FALSE(outcome.rejection.has_value());
    EXPECT_EQ(outcome.record.transaction().is_return(), flag || amount < 0 || quantity < 0);
    return outcome.record.transaction().base_amount_micros();
  };
  EXPECT_EQ(base(false, 5, 1), 5);
  EXPECT_EQ(base(true, 5, 1), -5);
  EXPECT_EQ(base(false, -5, 1), -5);
  EXPECT_EQ(base(false, 5, -1), -5);
  EXPECT_EQ(base(true, -5, -1), -5);
  const int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(base(true, least, 1), least);
}

TEST(StandardiseTest, ContactsAreStandardisedAndTheOriginalsKept) {
  Record record = Person();
  record.mutable_profile()->set_email(" Ada@Example.COM");
  record.mutable_profile()->set_phone("030 901820");
  record.mutable_profile()->set_display_name("Ada");
  (*record.mutable_profile()->mutable_attributes())["plan"].set_text("gold");
  (*record.mutable_profile()->mutable_attributes())["age"].set_number(36);
  const Outcome outcome = Standardised(record);
  ASSERT_FALSE(outcome.rejection.has_value());
  EXPECT_EQ(outcome.record.profile().email(), "Ada@example.com");
  EXPECT_EQ(outcome.record.profile().phone(), "+4930901820");
  EXPECT_EQ(outcome.record.originals().at("profile.email"), " Ada@Example.COM");
  EXPECT_EQ(outcome.record.originals().at("profile.phone"), "030 901820");
  EXPECT_THAT(outcome.stored.missing_fields, IsEmpty());
  EXPECT_THAT(outcome.stored.attributes,
              ::testing::UnorderedElementsAre(Pair("plan", common::v1::FEATURE_TYPE_CATEGORY),
                                              Pair("age", common::v1::FEATURE_TYPE_NUMBER)));
}

TEST(StandardiseTest, BadProfilesAreRejected) {
  const Record good = Person();
  const auto change = [](const std::function<void(v1::Profile&)>& f) {
    return [f](Record& r) { f(*r.mutable_profile()); };
  };
  using P = v1::Profile;
  ExpectRejected(good, change([](P& p) { p.set_email("ada"); }), v1::REJECTION_REASON_INVALID_FORMAT, "profile.email");
  ExpectRejected(good, change([](P& p) { p.set_phone("none"); }), v1::REJECTION_REASON_INVALID_FORMAT, "profile.phone");
  ExpectRejected(good, change([](P& p) { p.set_display_name(std::string(257, 'n')); }), v1::REJECTION_REASON_TOO_LONG,
                 "profile.display_name");
  ExpectRejected(good, change([](P& p) { (*p.mutable_attributes())["bad name"]; }), v1::REJECTION_REASON_INVALID_FORMAT,
                 "profile.attributes");
  ExpectRejected(
      good, change([](P& p) { (*p.mutable_attributes())["a"].set_number(std::numeric_limits<double>::infinity()); }),
      v1::REJECTION_REASON_NOT_FINITE, "profile.attributes");
  ExpectRejected(good, change([](P& p) { (*p.mutable_attributes())["a"].set_text(std::string(1025, 't')); }),
                 v1::REJECTION_REASON_TOO_LONG, "profile.attributes");
  ExpectRejected(good, change([](P& p) {
                   for (int i = 0; i < 201; ++i) (*p.mutable_attributes())["a" + std::to_string(i)].set_number(i);
                 }),
                 v1::REJECTION_REASON_OUT_OF_RANGE, "profile.attributes");
}

TEST(StandardiseTest, TheOtherKindsAreChecked) {
  Record good = Purchase();
  good.mutable_interaction()->set_type("login");
  EXPECT_FALSE(Standardised(good).rejection.has_value());
  ExpectRejected(
      good, [](Record& r) { r.mutable_interaction()->clear_type(); }, v1::REJECTION_REASON_MISSING_FIELD,
      "interaction.type");
  ExpectRejected(
      good, [](Record& r) { r.mutable_interaction()->set_type("Log In"); }, v1::REJECTION_REASON_INVALID_FORMAT,
      "interaction.type");
  ExpectRejected(
      good, [](Record& r) { r.mutable_interaction()->set_duration_seconds(-1); }, v1::REJECTION_REASON_OUT_OF_RANGE,
      "interaction.duration_seconds");
  ExpectRejected(
      good, [](Record& r) { r.mutable_interaction()->set_sentiment(static_cast<v1::Interaction::Sentiment>(9)); },
      v1::REJECTION_REASON_OUT_OF_RANGE, "interaction.sentiment");

  good.mutable_feedback()->set_score(10);
  EXPECT_FALSE(Standardised(good).rejection.has_value());
  ExpectRejected(
      good, [](Record& r) { r.mutable_feedback()->set_score(10.5); }, v1::REJECTION_REASON_OUT_OF_RANGE,
      "feedback.score");
  ExpectRejected(
      good, [](Record& r) { r.mutable_feedback()->set_score_max(5); }, v1::REJECTION_REASON_OUT_OF_RANGE,
      "feedback.score");
  ExpectRejected(
      good, [](Record& r) { r.mutable_feedback()->set_score(std::numeric_limits<double>::quiet_NaN()); },
      v1::REJECTION_REASON_NOT_FINITE, "feedback.score");
  ExpectRejected(
      good, [](Record& r) { r.mutable_feedback()->set_text(std::string(16'385, 't')); }, v1::REJECTION_REASON_TOO_LONG,
      "feedback.text");

  good.mutable_message()->set_direction(v1::Message::DIRECTION_INBOUND);
  EXPECT_FALSE(Standardised(good).rejection.has_value());
  ExpectRejected(
      good, [](Record& r) { r.mutable_message()->clear_direction(); }, v1::REJECTION_REASON_MISSING_FIELD,
      "message.direction");

  good.mutable_outcome()->set_outcome("renewed");
  EXPECT_FALSE(Standardised(good).rejection.has_value());
  ExpectRejected(
      good, [](Record& r) { r.mutable_outcome()->set_outcome(""); }, v1::REJECTION_REASON_MISSING_FIELD,
      "outcome.outcome");
  ExpectRejected(
      good, [](Record& r) { r.mutable_outcome()->set_value(-std::numeric_limits<double>::infinity()); },
      v1::REJECTION_REASON_NOT_FINITE, "outcome.value");
}

TEST(StandardiseTest, TheDigestIsOfWhatWasSentWhateverTheSettings) {
  Record record = Purchase();
  record.clear_event_time();
  record.set_event_time_text("09/12/2011 12:50");
  record.mutable_transaction()->set_currency_code("eur");
  v1::Settings other = EuroSettings();
  other.set_time_zone("Asia/Tokyo");
  const Outcome here = Standardised(record), there = Standardised(record, other);
  EXPECT_NE(here.stored.event_time_micros, there.stored.event_time_micros);
  EXPECT_EQ(here.stored.content_digest, there.stored.content_digest);

  record.mutable_ingest_time()->set_seconds(1);
  (*record.mutable_originals())["source"] = "x";
  record.mutable_transaction()->set_base_amount_micros(77);
  EXPECT_EQ(Standardised(record).stored.content_digest, here.stored.content_digest);
  EXPECT_EQ(Standardised(record).stored.body, here.stored.body);

  record.set_customer_id("bob");
  EXPECT_NE(Standardised(record).stored.content_digest, here.stored.content_digest);
}

TEST(StandardiseTest, TheOrderOfAMapDoesNotMatter) {
  Record forward = Person(), backward = Person();
  for (int i = 0; i < 50; ++i) {
    (*forward.mutable_profile()->mutable_attributes())["a" + std::to_string(i)].set_number(i);
    (*backward.mutable_profile()->mutable_attributes())["a" + std::to_string(49 - i)].set_number(49 - i);
  }
  EXPECT_EQ(Standardised(forward).stored.content_digest, Standardised(backward).stored.content_digest);
  EXPECT_EQ(Standardised(forward).stored.body, Standardised(backward).stored.body);
}

}  // namespace
}  // namespace clientele::ingestion
