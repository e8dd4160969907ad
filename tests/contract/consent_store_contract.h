// What every ConsentStore promises. A backend instantiates it with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, ConsentStoreContract, ::testing::Values(&OpenRocks));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/consent_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {

// How a backend is opened on a place that keeps its data: opened again, it has what was there.
using OpenConsentStore = std::function<absl::StatusOr<std::unique_ptr<ConsentStore>>(const std::string& place)>;

class ConsentStoreContract : public ::testing::TestWithParam<OpenConsentStore> {
 protected:
  using State = ingestion::v1::ConsentState;
  static constexpr State kGranted = ingestion::v1::CONSENT_STATE_GRANTED;
  static constexpr State kWithdrawn = ingestion::v1::CONSENT_STATE_WITHDRAWN;
  static constexpr State kUnset = ingestion::v1::CONSENT_STATE_UNSET;

  void SetUp() override { Open(); }
  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, GetParam()(directory_.path()));
  }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }

  static NewConsent Said(absl::string_view customer, absl::string_view purpose, State state, int64_t second = 100) {
    NewConsent said;
    said.customer_id = std::string(customer);
    said.consent.set_purpose(std::string(purpose));
    said.consent.set_state(state);
    said.consent.set_reason(absl::StrCat("reason of ", customer));
    said.consent.set_source("letter");
    said.consent.set_actor("officer");
    *said.consent.mutable_effective_time() = ToProto(absl::FromUnixSeconds(second));
    *said.consent.mutable_update_time() = ToProto(absl::FromUnixSeconds(1'000));
    return said;
  }
  SetConsent Set(const NewConsent& said, const TenantId& tenant = Tenant()) {
    const auto results = store_->SetConsents(tenant, {said});
    EXPECT_OK(results);
    return results.ok() ? results->front() : SetConsent();
  }
  // "marketing WITHDRAWN 2", with the revision.
  std::vector<std::string> Standing(absl::string_view customer, const TenantId& tenant = Tenant()) {
    std::vector<std::string> words;
    const auto consents = store_->ReadConsents(tenant, customer);
    EXPECT_OK(consents);
    for (const auto& consent : *consents) {
      words.push_back(absl::StrCat(consent.purpose(), " ", ingestion::v1::ConsentState_Name(consent.state()).substr(14),
                                   " ", consent.revision()));
    }
    return words;
  }
  std::vector<int64_t> JournalRevisions(absl::string_view customer, int64_t before = 0, int most = 100) {
    std::vector<int64_t> revisions;
    const auto changes = store_->ReadConsentJournal(Tenant(), customer, before, most);
    EXPECT_OK(changes);
    for (const auto& change : *changes) revisions.push_back(change.to().revision());
    return revisions;
  }
  std::vector<ConsentStanding> Changes(int64_t sequence = 0, int most = 100) {
    auto changes = store_->ReadConsentChanges(sequence, most);
    EXPECT_OK(changes);
    return *std::move(changes);
  }

  testutil::TempDir directory_;
  std::unique_ptr<ConsentStore> store_;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_P(ConsentStoreContract, KeepsWhatStandsByPurposeAlsoAfterARestart) {
  EXPECT_THAT(Standing("ada"), IsEmpty());
  EXPECT_THAT(store_->ConsentKeyOf(Tenant()), testutil::StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(Set(Said("ada", "marketing", kWithdrawn)).changed);
  EXPECT_TRUE(Set(Said("ada", "credit", kGranted)).changed);
  EXPECT_TRUE(Set(Said("ada", "", kWithdrawn)).changed);
  EXPECT_TRUE(Set(Said("ada", "marketing", kUnset, 200)).changed);
  for (int i = 0; i < 2; ++i, Open()) {
    EXPECT_THAT(Standing("ada"), ElementsAre(" WITHDRAWN 1", "credit GRANTED 1", "marketing UNSET 2"));
    EXPECT_THAT(Standing("bob"), IsEmpty());
    EXPECT_THAT(Standing("ada", Tenant("acm")), IsEmpty());
    EXPECT_TRUE(store_->HasOptedOut(Tenant(), "ada", "credit")) << "of all, whatever was granted";
    EXPECT_TRUE(store_->HasOptedOut(Tenant(), "ada", ""));
    EXPECT_FALSE(store_->HasOptedOut(Tenant(), "bob", ""));
    EXPECT_FALSE(store_->HasOptedOut(Tenant("other"), "ada", ""));
  }
  Set(Said("ada", "", kGranted, 300));
  EXPECT_FALSE(store_->HasOptedOut(Tenant(), "ada", "credit"));
}

TEST_P(ConsentStoreContract, AnOptOutOfOnePurposeIsOfThatOneAlone) {
  Set(Said("ada", "marketing", kWithdrawn));
  EXPECT_TRUE(store_->HasOptedOut(Tenant(), "ada", "marketing"));
  EXPECT_FALSE(store_->HasOptedOut(Tenant(), "ada", "credit"));
  EXPECT_FALSE(store_->HasOptedOut(Tenant(), "ada", ""));
  Set(Said("ada", "marketing", kGranted, 101));
  EXPECT_FALSE(store_->HasOptedOut(Tenant(), "ada", "marketing"));
}

TEST_P(ConsentStoreContract, WhatWasSaidLastCounts) {
  Set(Said("ada", "marketing", kWithdrawn, 200));
  const SetConsent late = Set(Said("ada", "marketing", kGranted, 199));
  EXPECT_FALSE(late.changed);
  EXPECT_EQ(late.consent.state(), kWithdrawn);
  EXPECT_FALSE(Set(Said("ada", "marketing", kWithdrawn, 200)).changed) << "the same again";
  EXPECT_TRUE(Set(Said("ada", "marketing", kGranted, 200)).changed) << "at the same instant, the later request";
  EXPECT_THAT(JournalRevisions("ada"), ElementsAre(2, 1));
}

TEST_P(ConsentStoreContract, TheJournalTellsWhoChangedWhatNewestFirst) {
  for (int i = 1; i <= 5; ++i) Set(Said("ada", "marketing", i % 2 == 1 ? kWithdrawn : kUnset, i));
  Set(Said("bob", "marketing", kWithdrawn));
  ASSERT_OK_AND_ASSIGN(const auto changes, store_->ReadConsentJournal(Tenant(), "ada", 0, 2));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].from_state(), kUnset);
  EXPECT_EQ(changes[0].to().state(), kWithdrawn);
  EXPECT_EQ(changes[0].to().actor(), "officer");
  EXPECT_EQ(changes[0].to().reason(), "reason of ada");
  EXPECT_THAT(JournalRevisions("ada", changes[1].sequence()), ElementsAre(3, 2, 1));
}

TEST_P(ConsentStoreContract, AnOldEtagIsRefused) {
  const SetConsent first = Set(Said("ada", "marketing", kWithdrawn));
  NewConsent next = Said("ada", "marketing", kUnset, 200);
  next.etag = first.consent.etag();
  EXPECT_TRUE(Set(next).changed);
  next.consent.set_state(kWithdrawn);
  const SetConsent refused = Set(next);
  EXPECT_EQ(ReasonOf(refused.status), "ETAG_MISMATCH");
  EXPECT_EQ(refused.consent.state(), kUnset);
}

TEST_P(ConsentStoreContract, ARequestIdStandsForOneRequest) {
  NewConsent said = Said("ada", "marketing", kWithdrawn);
  said.request_id = "r1";
  EXPECT_TRUE(Set(said).changed);
  Set(Said("ada", "marketing", kUnset, 200));
  *said.consent.mutable_effective_time() = ToProto(absl::FromUnixSeconds(300));
  const SetConsent again = Set(said);
  EXPECT_OK(again.status);
  EXPECT_EQ(again.consent.state(), kUnset) << "what stands now";
  said.customer_id = "bob";
  EXPECT_EQ(ReasonOf(Set(said).status), "REQUEST_ID_REUSED");
  EXPECT_OK(Set(said, Tenant("other")).status) << "ids are the tenant's";
}

TEST_P(ConsentStoreContract, ManyAreSetInOneStepInTheirOrder) {
  NewConsent stale = Said("ada", "marketing", kUnset, 200);
  stale.etag = "r9";
  ASSERT_OK_AND_ASSIGN(const auto results, store_->SetConsents(Tenant(), {Said("ada", "marketing", kWithdrawn, 1),
                                                                          stale, Said("ada", "marketing", kGranted, 2),
                                                                          Said("bob", "", kWithdrawn)}));
  ASSERT_EQ(results.size(), 4u);
  EXPECT_EQ(ReasonOf(results[1].status), "ETAG_MISMATCH");
  EXPECT_THAT(Standing("ada"), ElementsAre("marketing GRANTED 2"));
  EXPECT_THAT(Standing("bob"), ElementsAre(" WITHDRAWN 1"));
  EXPECT_FALSE(store_->HasOptedOut(Tenant(), "ada", "marketing"));
}

TEST_P(ConsentStoreContract, WhoFollowsIsToldWhatStandsLast) {
  EXPECT_THAT(Changes(), IsEmpty());
  Set(Said("ada", "marketing", kWithdrawn, 1));
  Set(Said("bob", "", kWithdrawn, 1), Tenant("other"));
  Set(Said("ada", "marketing", kGranted, 2));
  Open();
  const auto changes = Changes();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].tenant, Tenant("other"));
  EXPECT_EQ(changes[0].customer, store_->ConsentKeyOf(Tenant("other"))->Of("bob"));
  EXPECT_EQ(changes[1].purpose, "marketing");
  EXPECT_EQ(changes[1].state, kGranted);
  EXPECT_LT(changes[0].sequence, changes[1].sequence);
  EXPECT_EQ(Changes(changes[0].sequence).size(), 1u);
  EXPECT_EQ(Changes(0, 1).size(), 1u);
  EXPECT_THAT(Changes(changes[1].sequence), IsEmpty());
}

TEST_P(ConsentStoreContract, AnErasureLeavesObjectionsAlone) {
  NewConsent granted = Said("ada", "credit", kGranted);
  granted.request_id = "ada-1";
  Set(granted);
  Set(Said("ada", "marketing", kWithdrawn));
  Set(Said("bob", "credit", kGranted));
  const int64_t last = Changes().back().sequence;
  const ErasedConsents expected{1, 2};
  ASSERT_OK_AND_ASSIGN(const ErasedConsents planned, store_->CountErasableConsents(Tenant(), "ada"));
  EXPECT_EQ(planned, expected);
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const ErasedConsents erased, store_->EraseConsents(Tenant(), 7, "ada"));
    EXPECT_EQ(erased, expected) << "the same erasure again";
    if (i == 1) Open();
  }
  EXPECT_THAT(Standing("ada"), ElementsAre("marketing WITHDRAWN 1"));
  ASSERT_OK_AND_ASSIGN(const auto kept, store_->ReadConsents(Tenant(), "ada"));
  EXPECT_EQ(kept[0].reason() + kept[0].source() + kept[0].actor(), "");
  EXPECT_TRUE(store_->HasOptedOut(Tenant(), "ada", "marketing"));
  EXPECT_THAT(JournalRevisions("ada"), IsEmpty());
  EXPECT_THAT(Standing("bob"), ElementsAre("credit GRANTED 1"));
  EXPECT_THAT(JournalRevisions("bob"), ElementsAre(1));
  granted.customer_id = "cyd";
  EXPECT_OK(Set(granted).status) << "nothing tells of her request";
  EXPECT_GT(Changes().back().sequence, last);
}

TEST_P(ConsentStoreContract, ASequenceIsNotGivenTwiceWhereTheLastWasErased) {
  Set(Said("ada", "credit", kGranted));
  const int64_t last = Changes().back().sequence;
  ASSERT_OK(store_->EraseConsents(Tenant(), 1, "ada"));
  EXPECT_THAT(Changes(), IsEmpty());
  Open();
  Set(Said("bob", "credit", kWithdrawn));
  EXPECT_EQ(Changes(last).size(), 1u);
  ASSERT_OK_AND_ASSIGN(const ErasedConsents nothing, store_->EraseConsents(Tenant(), 2, "nobody"));
  EXPECT_EQ(nothing, ErasedConsents());
}

}  // namespace clientele::storage
