// What is personal in records, sealed and opened; the table of fields.
#include "services/ingestion/records/record_sealer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/ingestion/records/personal_fields.h"
#include "services/ingestion/records/quarantine.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/standardise.h"
#include "services/ingestion/records/tenant_settings.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/services/ingestion/random_record.h"
#include "tests/testing/status_matchers.h"

namespace clientele::ingestion {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::Not;
using testutil::StatusIs;

v1::Record Base(const std::string& id = "r1", const std::string& customer = "ada") {
  v1::Record record;
  record.set_source("crm");
  record.set_record_id(id);
  record.set_customer_id(customer);
  record.mutable_event_time()->set_seconds(1'600'000'000);
  return record;
}
v1::Record Profile(const std::string& id = "r1", const std::string& customer = "ada") {
  v1::Record record = Base(id, customer);
  record.mutable_profile()->set_email(" ada@Example.com ");
  record.mutable_profile()->set_phone("(415) 555-0123");
  record.mutable_profile()->set_display_name("Ada Lovelace");
  (*record.mutable_profile()->mutable_attributes())["plan"].set_text("pro");
  return record;
}

class RecordSealerTest : public ::testing::Test {
 protected:
  storage::NewRecord Standardised(v1::Record record) {
    const auto context = TenantContext::Make(DefaultSettings(tenant_)).value();
    storage::NewRecord result;
    EXPECT_FALSE(Standardiser(*context, 1'700'000'000'000'000).Standardise(record, result).has_value());
    return result;
  }
  storage::NewRecord Sealed(const v1::Record& record) {
    storage::NewRecord result = Standardised(record);
    RecordSealer sealer(*keys_, tenant_);
    EXPECT_OK(sealer.Seal(result));
    EXPECT_OK(sealer.Finish());
    return result;
  }
  static storage::StoredRecord Stored(const storage::NewRecord& record) {
    return {record.customer_id, record.event_time_micros, 5, record.kind, record.body, true};
  }
  absl::StatusOr<v1::Record> Opened(const storage::StoredRecord& stored, bool* unreadable = nullptr) {
    RecordOpener opener(*keys_, tenant_);
    v1::Record record;
    const absl::Status status = opener.Decode(stored, record);
    if (unreadable != nullptr) *unreadable = opener.unreadable();
    if (!status.ok()) return status;
    return record;
  }
  v1::RejectedRecord Rejected(v1::Record record) {
    v1::RejectedRecord rejected = MakeRejectedRecord(
        std::move(record), {v1::REJECTION_REASON_INVALID_FORMAT, "profile.email", "is none"}, absl::FromUnixSeconds(9));
    RecordSealer sealer(*keys_, tenant_);
    EXPECT_OK(sealer.Seal(rejected));
    EXPECT_OK(sealer.Finish());
    return rejected;
  }

  const TenantId tenant_ = *TenantId::Parse("acme");
  testutil::MemoryKeys keys_;
};

TEST_F(RecordSealerTest, WhatIsPersonalIsNowhereInTheBodyAndComesBackWhole) {
  const storage::NewRecord clear = Standardised(Profile()), sealed = Sealed(Profile());
  for (const char* value : {"ada@example.com", "ada@Example.com", "4155550123", "555-0123", "Lovelace"}) {
    EXPECT_THAT(clear.body, HasSubstr(value));
    EXPECT_THAT(sealed.body, Not(HasSubstr(value)));
  }
  ASSERT_OK_AND_ASSIGN(const v1::Record before, Opened(Stored(clear)));
  ASSERT_OK_AND_ASSIGN(const v1::Record after, Opened(Stored(sealed)));
  EXPECT_TRUE(MessageDifferencer::Equals(before, after));
  EXPECT_EQ(after.profile().email(), "ada@example.com");
  EXPECT_EQ(after.originals().at("profile.phone"), "(415) 555-0123");
}

TEST_F(RecordSealerTest, FreeTextIsSealedAndWhatFeaturesReadStaysWhereItWas) {
  v1::Record feedback = Base();
  feedback.mutable_feedback()->set_score(3);
  feedback.mutable_feedback()->set_issue("late");
  feedback.mutable_feedback()->set_text("My name is Ada and I am not amused.");
  v1::Record message = Base();
  message.mutable_message()->set_direction(v1::Message::DIRECTION_INBOUND);
  message.mutable_message()->set_text("Call me at home.");
  for (const auto& record : {feedback, message, Profile()}) {
    const storage::NewRecord clear = Standardised(record), sealed = Sealed(record);
    RecordView before, after;
    ASSERT_TRUE(ViewRecord(clear.body, before) && ViewRecord(sealed.body, after));
    EXPECT_EQ(before.kind, after.kind);
    EXPECT_EQ(before.code, after.code);
    EXPECT_EQ(before.measure, after.measure);
    EXPECT_EQ(before.has_score, after.has_score);
    for (int slot = 0; slot < kTextSlots; ++slot) EXPECT_EQ(before.text(slot), after.text(slot));
    EXPECT_FALSE(after.sealed.empty());
    ASSERT_OK_AND_ASSIGN(const v1::Record opened, Opened(Stored(sealed)));
    ASSERT_OK_AND_ASSIGN(const v1::Record same, Opened(Stored(clear)));
    EXPECT_TRUE(MessageDifferencer::Equals(opened, same));
  }
}

TEST_F(RecordSealerTest, WithNothingPersonalARecordStaysByteForByteAndNoKeyIsDrawn) {
  v1::Record purchase = Base();
  purchase.mutable_transaction()->set_amount_micros(5);
  v1::Record bare = Base();
  (*bare.mutable_profile()->mutable_attributes())["plan"].set_text("pro");
  v1::Record silent = Base();
  silent.mutable_feedback()->set_score(3);
  for (const v1::Record& record : {purchase, bare, silent}) {
    const storage::NewRecord clear = Standardised(record), sealed = Sealed(record);
    EXPECT_EQ(clear.body, sealed.body);
    EXPECT_EQ(clear.content_digest, sealed.content_digest);
  }
  EXPECT_EQ(*keys_->Find(tenant_), nullptr);
}

TEST_F(RecordSealerTest, AnyRecordComesBackAsItWas) {
  testutil::Random random(3);
  int sealed_records = 0;
  for (int i = 0; i < 3'000; ++i) {
    v1::Record record = testutil::RandomRecord(random);
    if (record.has_profile()) {
      record.mutable_profile()->set_email(testutil::RandomText(random));
      record.mutable_profile()->set_phone(testutil::RandomText(random));
      record.mutable_profile()->set_display_name(testutil::RandomText(random));
      if (random() % 2) (*record.mutable_originals())["profile.email"] = testutil::RandomText(random);
    }
    storage::NewRecord clear;
    clear.customer_id = record.customer_id();
    clear.kind = KindOf(record);
    clear.content_digest = std::string(16, 'd');
    v1::Record taken_apart = record;
    EncodeRecord(taken_apart, clear.body);
    storage::NewRecord sealed = clear;
    RecordSealer sealer(*keys_, tenant_);
    ASSERT_OK(sealer.Seal(sealed));
    ASSERT_OK(sealer.Finish());
    sealed_records += sealed.body == clear.body ? 0 : 1;
    ASSERT_OK_AND_ASSIGN(const v1::Record before, Opened(Stored(clear)));
    ASSERT_OK_AND_ASSIGN(const v1::Record after, Opened(Stored(sealed)));
    ASSERT_TRUE(MessageDifferencer::Equals(before, after)) << before.DebugString() << after.DebugString();
  }
  EXPECT_GT(sealed_records, 1'000);
}

TEST_F(RecordSealerTest, ASealedPartOpensNowhereElse) {
  const storage::NewRecord ada = Sealed(Profile("r1", "ada")), same = Sealed(Profile("r2", "ada"));
  const storage::NewRecord bob = Sealed(Profile("r1", "bob"));
  RecordView here, there;
  ASSERT_TRUE(ViewRecord(ada.body, here) && ViewRecord(same.body, there));
  storage::NewRecord moved = ada;  // With the sealed part of her other record.
  moved.body.replace(ada.body.size() - 4 - here.sealed.size(), here.sealed.size(), std::string(there.sealed));
  EXPECT_THAT(Opened(Stored(moved)), StatusIs(absl::StatusCode::kInternal, HasSubstr("damaged")));
  storage::StoredRecord anothers = Stored(ada);
  anothers.customer_id = "bob";
  bool unreadable = false;
  ASSERT_OK_AND_ASSIGN(const v1::Record opened, Opened(anothers, &unreadable));
  EXPECT_TRUE(unreadable) << "the key is not one of his";
  EXPECT_EQ(opened.profile().email(), "");
  RecordOpener other(*keys_, *TenantId::Parse("umbrella"));
  v1::Record record;
  ASSERT_OK(other.Decode(Stored(ada), record));
  EXPECT_TRUE(other.unreadable());
  EXPECT_EQ(record.profile().email(), "");
}

TEST_F(RecordSealerTest, AChangedSealedPartIsDamage) {
  const storage::NewRecord sealed = Sealed(Profile());
  RecordView view;
  ASSERT_TRUE(ViewRecord(sealed.body, view));
  const size_t begin = sealed.body.size() - 4 - view.sealed.size();
  for (size_t i = 0; i < view.sealed.size(); ++i) {
    storage::NewRecord changed = sealed;
    changed.body[begin + i] ^= 1;
    bool unreadable = false;
    const auto opened = Opened(Stored(changed), &unreadable);
    const bool key_id = i >= 1 && i < 9;  // Then it names a key that is not there.
    EXPECT_EQ(opened.ok() && unreadable, key_id) << i;
    EXPECT_TRUE(key_id || absl::IsInternal(opened.status())) << i;
  }
}

TEST_F(RecordSealerTest, OnceTheKeyIsDestroyedTheRestIsStillThere) {
  const storage::NewRecord ada = Sealed(Profile("r1", "ada")), bob = Sealed(Profile("r2", "bob"));
  ASSERT_OK(keys_->Destroy(tenant_, "ada"));
  bool unreadable = false;
  ASSERT_OK_AND_ASSIGN(const v1::Record record, Opened(Stored(ada), &unreadable));
  EXPECT_TRUE(unreadable);
  EXPECT_EQ(record.profile().email(), "");
  EXPECT_EQ(record.profile().display_name(), "");
  EXPECT_TRUE(record.originals().empty());
  EXPECT_EQ(record.profile().attributes().at("plan").text(), "pro");
  ASSERT_OK_AND_ASSIGN(const v1::Record other, Opened(Stored(bob), &unreadable));
  EXPECT_FALSE(unreadable);
  EXPECT_EQ(other.profile().email(), "ada@example.com");
}

TEST_F(RecordSealerTest, ADigestTellsNothingWithoutItsKeyAndIsTheSameEachTime) {
  const storage::NewRecord clear = Standardised(Profile()), first = Sealed(Profile()), again = Sealed(Profile());
  EXPECT_EQ(first.content_digest.size(), 16u);
  EXPECT_EQ(first.content_digest, again.content_digest) << "what is sent again is a duplicate";
  EXPECT_NE(first.content_digest, clear.content_digest);
  v1::Record other = Profile();
  other.mutable_profile()->set_phone("(415) 555-0124");
  EXPECT_NE(Sealed(other).content_digest, first.content_digest);
}

TEST_F(RecordSealerTest, AQuarantinedRecordShowsNothingButSourceAndCustomer) {
  v1::Record bad = Profile("record-one");
  bad.mutable_profile()->set_email("ada at example");
  bad.set_event_time_text("born on 10 December 1815");
  v1::RejectedRecord rejected = Rejected(bad);
  EXPECT_EQ(rejected.record().customer_id(), "ada");
  EXPECT_EQ(rejected.record().source(), "crm");
  for (const char* value : {"ada at", "Lovelace", "555-0123", "1815", "plan", "record-one"}) {
    EXPECT_THAT(rejected.SerializeAsString(), Not(HasSubstr(value)));
  }
  RecordOpener opener(*keys_, tenant_);
  ASSERT_OK(opener.Open(rejected));
  EXPECT_TRUE(MessageDifferencer::Equals(rejected.record(), bad));
  EXPECT_EQ(rejected.sealed_record(), "");
}

TEST_F(RecordSealerTest, AQuarantinedRecordOpensOnlyAsWhatItWasRejectedFor) {
  v1::RejectedRecord rejected = Rejected(Profile());
  v1::RejectedRecord changed = rejected;
  changed.set_reason(v1::REJECTION_REASON_TOO_LONG);
  RecordOpener opener(*keys_, tenant_);
  EXPECT_THAT(opener.Open(changed), StatusIs(absl::StatusCode::kInternal));
  ASSERT_OK(keys_->Destroy(tenant_, "ada"));
  ASSERT_OK(opener.Open(rejected));
  EXPECT_TRUE(opener.unreadable());
  EXPECT_EQ(rejected.record().profile().email(), "");
}

TEST_F(RecordSealerTest, RecordsWithoutACustomerAreSealedToo) {
  v1::RejectedRecord rejected = Rejected(Profile("r1", ""));
  EXPECT_THAT(rejected.SerializeAsString(), Not(HasSubstr("Lovelace")));
  RecordOpener opener(*keys_, tenant_);
  ASSERT_OK(opener.Open(rejected));
  EXPECT_EQ(rejected.record().profile().display_name(), "Ada Lovelace");
}

TEST_F(RecordSealerTest, RecordsFromBeforeThereWereKeysAreReadAsTheyAre) {
  const storage::NewRecord clear = Standardised(Profile());
  bool unreadable = true;
  ASSERT_OK_AND_ASSIGN(const v1::Record record, Opened(Stored(clear), &unreadable));
  EXPECT_FALSE(unreadable);
  EXPECT_EQ(record.profile().email(), "ada@example.com");
}

TEST(PersonalFieldsTest, TheTableNamesWhatIsPersonal) {
  std::vector<std::string> paths;
  for (const PersonalField& field : PersonalFields()) paths.emplace_back(field.path);
  EXPECT_THAT(paths, ::testing::ElementsAre("profile.email", "profile.phone", "profile.display_name", "feedback.text",
                                            "message.text"));
  EXPECT_TRUE(HasPersonalFields(common::v1::RECORD_KIND_PROFILE));
  EXPECT_FALSE(HasPersonalFields(common::v1::RECORD_KIND_TRANSACTION));
}

}  // namespace
}  // namespace clientele::ingestion
