// What every ErasureStore promises, beside the RecordStore whose records it erases. A backend runs the suite with one
// line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, ErasureStoreContract, ::testing::Values(&MakeRocks));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/erasure_store.h"
#include "common/storage/record_store.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {

// Both on one place of their own, which can be closed and opened again.
class ReopenableErasures {
 public:
  virtual ~ReopenableErasures() = default;
  virtual RecordStore& records() = 0;
  virtual ErasureStore& erasures() = 0;
  virtual void Reopen() = 0;
};
using MakeErasures = std::unique_ptr<ReopenableErasures> (*)();

class ErasureStoreContract : public ::testing::TestWithParam<MakeErasures> {
 protected:
  using Verb = ingestion::v1::ErasureVerb;
  static constexpr Verb kForgetAndSuppress = ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE;
  static constexpr Verb kDeleteOnly = ingestion::v1::ERASURE_VERB_DELETE_ONLY;
  static constexpr Verb kSuppressOnly = ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY;
  static constexpr Verb kUnsuppress = ingestion::v1::ERASURE_VERB_UNSUPPRESS;

  RecordStore& records() { return place_->records(); }
  ErasureStore& erasures() { return place_->erasures(); }
  void Reopen() { place_->Reopen(); }
  static TenantId Tenant(absl::string_view id = "acme") { return *TenantId::Parse(id); }

  static NewRecord Record(absl::string_view customer, absl::string_view id, int64_t event_time = 5) {
    NewRecord record;
    record.source = "shop";
    record.record_id = std::string(id);
    record.customer_id = std::string(customer);
    record.event_time_micros = event_time;
    record.kind = common::v1::RECORD_KIND_INTERACTION;
    record.body = absl::StrCat("body of ", id);
    record.content_digest = std::string(16, 'd');
    return record;
  }
  static ingestion::v1::RejectedRecord Rejected(absl::string_view customer) {
    ingestion::v1::RejectedRecord rejected;
    rejected.mutable_record()->set_customer_id(std::string(customer));
    rejected.set_reason(ingestion::v1::REJECTION_REASON_MISSING_FIELD);
    return rejected;
  }
  // The dispositions as letters: A, D, C, R.
  std::string Append(const std::vector<NewRecord>& batch, const TenantId& tenant = Tenant()) {
    const auto result = records().Append(tenant, batch, {}, absl::FromUnixSeconds(1'000));
    EXPECT_OK(result);
    std::string letters;
    if (result.ok()) {
      for (const auto disposition : result->dispositions) letters += "?ADCR"[disposition];
    }
    return letters;
  }
  int Count(absl::string_view customer, const TenantId& tenant = Tenant()) {
    int count = 0;
    EXPECT_OK(records().ScanCustomer(tenant, customer, [&](const StoredRecord&) { return ++count > 0; }));
    return count;
  }
  int CountRejected() {
    int count = 0;
    EXPECT_OK(records().ListRejected(Tenant(), "", [&](const auto&, absl::string_view) { return ++count > 0; }));
    return count;
  }
  absl::StatusOr<StoredErasure> Begin(absl::string_view customer, Verb verb = kForgetAndSuppress,
                                      absl::string_view request_id = "", const TenantId& tenant = Tenant()) {
    StoredErasure draft;
    draft.customer_id = std::string(customer);
    draft.erasure.set_verb(verb);
    draft.request_id = std::string(request_id);
    return erasures().BeginErasure(tenant, draft);
  }
  void Finish(int64_t number, int step = 10, const TenantId& tenant = Tenant()) {
    while (true) {
      ASSERT_OK_AND_ASSIGN(const bool more, erasures().EraseRecords(tenant, number, step));
      if (!more) break;
    }
    ASSERT_OK(erasures().EraseCustomer(tenant, number));
    ASSERT_OK(erasures().PurgeErased(tenant, number));
    ASSERT_OK(erasures().UpdateErasure(tenant, number, [](StoredErasure& stored) { stored.records_gone = true; }));
  }
  int64_t Erase(absl::string_view customer, Verb verb = kForgetAndSuppress) {
    const auto begun = Begin(customer, verb);
    EXPECT_OK(begun);
    if (!begun.ok()) return 0;
    Finish(begun->number());
    return begun->number();
  }
  static int64_t CountOf(const StoredErasure& stored, absl::string_view store) {
    int64_t count = 0;
    for (const auto& one : stored.erasure.counts()) count += one.store() == store ? one.count() : 0;
    return count;
  }

  std::unique_ptr<ReopenableErasures> place_ = GetParam()();
};

TEST_P(ErasureStoreContract, AnErasedCustomersRecordsGoAndOthersStay) {
  ASSERT_EQ(Append({Record("ada", "1", 1), Record("bob", "2"), Record("ada", "3", 3), Record("adam", "4")}), "AAAA");
  ASSERT_EQ(Append({Record("ada", "1")}, Tenant("other")), "A");
  const int64_t number = Erase("ada");
  EXPECT_EQ(Count("ada"), 0);
  EXPECT_EQ(Count("bob"), 1);
  EXPECT_EQ(Count("adam"), 1);
  EXPECT_EQ(Count("ada", Tenant("other")), 1);
  Reopen();
  EXPECT_EQ(Count("ada"), 0);
  EXPECT_EQ(Count("adam"), 1);
  ASSERT_OK_AND_ASSIGN(const StoredErasure stored, erasures().ReadErasure(Tenant(), number));
  EXPECT_EQ(CountOf(stored, "records"), 2);
  EXPECT_EQ(CountOf(stored, "identifiers"), 2);
  EXPECT_EQ(CountOf(stored, "customers"), 1);
  EXPECT_EQ(stored.customer_id, "");
  EXPECT_EQ(stored.erasure.first_ingest_time().seconds(), 1'000);
  ASSERT_OK_AND_ASSIGN(const auto report, records().GetReport(Tenant()));
  EXPECT_EQ(report.customer_count(), 2) << "as many as there are";
  EXPECT_EQ(report.accepted_count(), 4) << "what was accepted is history";
}

TEST_P(ErasureStoreContract, FromItsBeginningNothingOfASuppressedCustomerIsKept) {
  ASSERT_EQ(Append({Record("ada", "1")}), "A");
  ASSERT_OK(Begin("ada"));
  EXPECT_TRUE(erasures().IsSuppressed(Tenant(), "ada"));
  EXPECT_FALSE(erasures().IsSuppressed(Tenant(), "bob"));
  EXPECT_FALSE(erasures().IsSuppressed(Tenant("other"), "ada"));
  EXPECT_EQ(Append({Record("ada", "2"), Record("bob", "3"), Record("ada", "1")}), "RAR");
  Reopen();
  EXPECT_EQ(Append({Record("ada", "2"), Record("bob", "3")}), "RD");
  const std::vector<ingestion::v1::RejectedRecord> rejected = {Rejected("bob"), Rejected(" ada "), Rejected("")};
  ASSERT_OK_AND_ASSIGN(const auto result, records().Append(Tenant(), {}, rejected, absl::FromUnixSeconds(1)));
  EXPECT_THAT(result.suppressed_rejections, ::testing::ElementsAre(1));
  EXPECT_EQ(CountRejected(), 2);
  ASSERT_OK_AND_ASSIGN(const auto report, records().GetReport(Tenant()));
  EXPECT_EQ(report.rejected_count(), 6);
  EXPECT_EQ(report.rejections(1).reason(), ingestion::v1::REJECTION_REASON_SUPPRESSED);
  EXPECT_EQ(report.rejections(1).count(), 4);
}

TEST_P(ErasureStoreContract, WhatWasErasedDoesNotComeBackWhenItIsSentAgain) {
  ASSERT_EQ(Append({Record("ada", "1"), Record("ada", "2", 7)}), "AA");
  Erase("ada", kDeleteOnly);
  EXPECT_FALSE(erasures().IsSuppressed(Tenant(), "ada"));
  EXPECT_EQ(Append({Record("ada", "1"), Record("ada", "3"), Record("bob", "2")}), "RAR");
  EXPECT_EQ(Count("ada"), 1);
  Reopen();
  EXPECT_EQ(Append({Record("ada", "2", 7), Record("ada", "3")}), "RD");
  EXPECT_EQ(records().GetReport(Tenant())->customer_count(), 1) << "counted again with a new record";
}

TEST_P(ErasureStoreContract, WhoeverIsSuppressedAloneKeepsTheirRecords) {
  ASSERT_EQ(Append({Record("ada", "1")}), "A");
  ASSERT_OK_AND_ASSIGN(const StoredErasure begun, Begin("ada", kSuppressOnly));
  EXPECT_EQ(begun.customer_id, "") << "nothing is left to do that needs it";
  EXPECT_EQ(Count("ada"), 1);
  EXPECT_EQ(Append({Record("ada", "2")}), "R");
  Reopen();
  EXPECT_TRUE(erasures().IsSuppressed(Tenant(), "ada"));
  ASSERT_OK(erasures().UpdateErasure(Tenant(), begun.number(), [](StoredErasure& done) { done.records_gone = true; }));
  ASSERT_OK(Begin("ada", kUnsuppress));
  EXPECT_FALSE(erasures().IsSuppressed(Tenant(), "ada"));
  Reopen();
  EXPECT_EQ(Append({Record("ada", "2")}), "A");
}

TEST_P(ErasureStoreContract, ADeletionAloneDoesNotLiftASuppression) {
  ASSERT_EQ(Append({Record("ada", "1")}), "A");
  Erase("ada");
  Erase("ada", kDeleteOnly);
  EXPECT_TRUE(erasures().IsSuppressed(Tenant(), "ada"));
  ASSERT_OK(Begin("ada", kUnsuppress));
  EXPECT_EQ(Append({Record("ada", "1"), Record("ada", "2")}), "RA");
}

TEST_P(ErasureStoreContract, NobodyIsUnsuppressedWhileAnErasureIsUnderWay) {
  ASSERT_OK_AND_ASSIGN(const StoredErasure begun, Begin("ada"));
  const auto refused = Begin("ada", kUnsuppress);
  EXPECT_THAT(refused, testutil::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused.status()), "ERASURE_NOT_FINISHED");
  Finish(begun.number());
  EXPECT_OK(Begin("ada", kUnsuppress));
}

TEST_P(ErasureStoreContract, ARequestIdStandsForOneErasure) {
  ASSERT_OK_AND_ASSIGN(const StoredErasure first, Begin("ada", kForgetAndSuppress, "r1"));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const StoredErasure again, Begin("ada", kForgetAndSuppress, "r1"));
  EXPECT_EQ(again.erasure.name(), first.erasure.name());
  for (const auto& reused : {Begin("bob", kForgetAndSuppress, "r1"), Begin("ada", kDeleteOnly, "r1")}) {
    EXPECT_THAT(reused, testutil::StatusIs(absl::StatusCode::kAlreadyExists));
    EXPECT_EQ(ReasonOf(reused.status()), "REQUEST_ID_REUSED");
  }
  ASSERT_OK_AND_ASSIGN(const StoredErasure elsewhere, Begin("ada", kForgetAndSuppress, "r1", Tenant("other")));
  EXPECT_EQ(elsewhere.erasure.name(), "tenants/other/erasures/1");
  EXPECT_NE(elsewhere.erasure.customer_digest(), first.erasure.customer_digest()) << "each tenant has a key of its own";
}

TEST_P(ErasureStoreContract, AnErasureGoesOnWhereItWasLeft) {
  for (int i = 0; i < 25; ++i) ASSERT_EQ(Append({Record("ada", absl::StrCat(i), i)}), "A");
  ASSERT_OK_AND_ASSIGN(const StoredErasure begun, Begin("ada"));
  ASSERT_OK_AND_ASSIGN(const bool more, erasures().EraseRecords(Tenant(), begun.number(), 10));
  EXPECT_TRUE(more);
  EXPECT_EQ(Count("ada"), 15);
  Reopen();
  const std::vector<ErasureNumber> unfinished = erasures().UnfinishedErasures();
  ASSERT_EQ(unfinished.size(), 1u);
  EXPECT_EQ(unfinished[0].number, begun.number());
  EXPECT_EQ(erasures().ErasureEpoch(Tenant()), 0) << "a dataset that is read now may have had the customer";
  Finish(begun.number());
  EXPECT_EQ(erasures().ErasureEpoch(Tenant()), begun.number());
  EXPECT_TRUE(erasures().UnfinishedErasures().empty());
  ASSERT_OK_AND_ASSIGN(const StoredErasure stored, erasures().ReadErasure(Tenant(), begun.number()));
  EXPECT_EQ(CountOf(stored, "records"), 25) << "each record once, whatever was done twice";
  EXPECT_EQ(CountOf(stored, "customers"), 1);
}

TEST_P(ErasureStoreContract, TheQuarantineIsErasedByWhatTheCallerSaysIsTheirs) {
  const std::vector<ingestion::v1::RejectedRecord> rejected = {Rejected("ada"), Rejected("bob"), Rejected("ada")};
  ASSERT_OK(records().Append(Tenant(), {}, rejected, absl::FromUnixSeconds(1)));
  ASSERT_OK_AND_ASSIGN(const StoredErasure begun, Begin("ada"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK(erasures().EraseRejected(Tenant(), begun.number(),
                                       [](const auto& one) { return one.record().customer_id() == "ada"; }));
  }
  EXPECT_EQ(CountRejected(), 1);
  ASSERT_OK_AND_ASSIGN(const StoredErasure stored, erasures().ReadErasure(Tenant(), begun.number()));
  EXPECT_EQ(CountOf(stored, "quarantine"), 2);
}

TEST_P(ErasureStoreContract, WhoFollowsIsToldOfEveryBeginningAndEveryEnd) {
  ASSERT_OK(Begin("ada"));
  ASSERT_OK(Begin("bob", kForgetAndSuppress, "", Tenant("other")));
  Finish(1);
  Reopen();
  ASSERT_OK_AND_ASSIGN(const auto changes, erasures().ReadErasureChanges(0, 10));
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].stored.erasure.name(), "tenants/acme/erasures/1");
  EXPECT_TRUE(changes[0].stored.records_gone) << "as it is now";
  EXPECT_EQ(changes[1].stored.erasure.name(), "tenants/other/erasures/1");
  EXPECT_FALSE(changes[1].stored.records_gone);
  EXPECT_EQ(changes[2].tenant, Tenant());
  ASSERT_OK_AND_ASSIGN(const auto rest, erasures().ReadErasureChanges(changes[0].sequence, 1));
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].sequence, changes[1].sequence);
  ASSERT_OK(Begin("cyd"));
  ASSERT_OK_AND_ASSIGN(const auto more, erasures().ReadErasureChanges(changes[2].sequence, 10));
  ASSERT_EQ(more.size(), 1u);
  EXPECT_GT(more[0].sequence, changes[2].sequence);
}

TEST_P(ErasureStoreContract, ErasuresAreListedNewestFirst) {
  for (int i = 0; i < 4; ++i) ASSERT_OK(Begin(absl::StrCat("c", i)));
  const auto list = [&](int64_t before) {
    std::vector<int64_t> numbers;
    EXPECT_OK(erasures().ListErasures(Tenant(), before, [&](const StoredErasure& stored) {
      numbers.push_back(stored.number());
      return numbers.size() < 3;
    }));
    return numbers;
  };
  EXPECT_THAT(list(0), ::testing::ElementsAre(4, 3, 2));
  EXPECT_THAT(list(2), ::testing::ElementsAre(1));
  EXPECT_THAT(erasures().ReadErasure(Tenant(), 5), testutil::StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(ErasureStoreContract, NoRecordSlipsInWhileItsCustomerIsErased) {
  std::atomic<bool> begun = false, ended = false;
  std::atomic<int> accepted_after = 0;
  std::vector<std::thread> senders;
  for (int thread = 0; thread < 2; ++thread) {
    senders.emplace_back([&, thread] {
      for (int i = 0; !ended; ++i) {
        const bool after = begun;
        if (Append({Record("ada", absl::StrCat(thread, "-", i), i)}) == "A" && after) ++accepted_after;
      }
    });
  }
  while (Count("ada") < 20) std::this_thread::yield();
  const auto erasure = Begin("ada");
  begun = true;
  ASSERT_OK(erasure);
  Finish(erasure->number());
  ended = true;
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(accepted_after, 0);
  EXPECT_EQ(Count("ada"), 0);
}

}  // namespace clientele::storage
