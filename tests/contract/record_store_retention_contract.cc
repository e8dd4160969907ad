// What a RecordStore counts of what is stored, and takes away because its time is over.
#include <gmock/gmock.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/timestamps.h"
#include "common/storage/retention_state.h"
#include "tests/contract/record_store_contract.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testutil::StatusIs;

namespace {

using common::v1::RECORD_KIND_INTERACTION;
using common::v1::RECORD_KIND_TRANSACTION;
using ingestion::v1::RetentionRun;
using ingestion::v1::StoredRetention;

common::v1::RetentionCut Cut(common::v1::RecordKind kind, int64_t micros) {
  common::v1::RetentionCut cut;
  cut.set_kind(kind);
  *cut.mutable_cut_time() = ToProto(absl::FromUnixMicros(micros));
  return cut;
}

// Begins a run with those cuts, as ingestion does.
absl::Status Begin(RecordStore& store, const TenantId& tenant, const std::vector<common::v1::RetentionCut>& cuts) {
  return store
      .UpdateRetention(tenant,
                       [&](StoredRetention& stored) {
                         RetentionRun& run = *stored.add_runs();
                         run.set_state(RetentionRun::STATE_RUNNING);
                         for (const auto& cut : cuts) *run.add_cuts() = cut;
                         stored.set_next_shard(0);
                         stored.clear_next_customer();
                         return absl::OkStatus();
                       })
      .status();
}

// Steps until nothing is left; how many there were.
int RunToTheEnd(RecordStore& store, const TenantId& tenant, int most) {
  for (int steps = 0; steps < 100'000; ++steps) {
    const auto more = store.ExpireRecords(tenant, most);
    EXPECT_OK(more);
    if (!more.ok() || !*more) return steps;
  }
  ADD_FAILURE() << "does not end";
  return 0;
}

int64_t BytesOf(const TestRecord& record) {
  const NewRecord made = Make(record);
  return static_cast<int64_t>(made.body.size() + made.customer_id.size() + made.source.size() + made.record_id.size());
}

}  // namespace

TEST_P(RecordStoreContract, TheVolumeIsWhatIsStored) {
  EXPECT_EQ(*store().GetVolume(tenant_), StoredVolume());
  const std::vector<TestRecord> records = {{"1", "ada", 5, 1}, {"2", "bob", 2, 2}, {"3", "ada", 9, 3}};
  EXPECT_EQ(Append(tenant_, records), "AAA");
  EXPECT_EQ(Append(tenant_, {{"1", "ada", 5, 1}, {"1", "ada", 5, 7}}), "DC");
  Reject(tenant_, 5);
  const StoredVolume expected = {3, BytesOf(records[0]) + BytesOf(records[1]) + BytesOf(records[2])};
  EXPECT_EQ(*store().GetVolume(tenant_), expected);
  Append(Tenant("other"), {{"1", "ada", 5, 1}});
  Reopen();
  EXPECT_EQ(*store().GetVolume(tenant_), expected);
}

TEST_P(RecordStoreContract, WhatIsKeptOfRetentionIsChangedWholeOrNotAtAll) {
  EXPECT_THAT(store().GetRetention(tenant_)->runs(), IsEmpty());
  EXPECT_THAT(*store().ListRetentionTenants(), IsEmpty());
  EXPECT_FALSE(*store().ExpireRecords(tenant_, 10));
  ASSERT_OK_AND_ASSIGN(const StoredRetention written, store().UpdateRetention(tenant_, [](StoredRetention& stored) {
    stored.mutable_policy()->set_etag("one");
    return absl::OkStatus();
  }));
  EXPECT_EQ(written.policy().etag(), "one");
  EXPECT_THAT(store().UpdateRetention(tenant_,
                                      [](StoredRetention& stored) {
                                        stored.mutable_policy()->set_etag("two");
                                        return absl::AbortedError("no");
                                      }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_OK(store().UpdateRetention(Tenant("aa"), [](StoredRetention&) { return absl::OkStatus(); }));
  Reopen();
  EXPECT_EQ(store().GetRetention(tenant_)->policy().etag(), "one");
  EXPECT_THAT(*store().ListRetentionTenants(), ElementsAre(Tenant("aa"), tenant_));
}

TEST_P(RecordStoreContract, ARunTakesAwayWhatHappenedBeforeItsCutAndNothingElse) {
  std::vector<NewRecord> batch;
  for (int i = 0; i < 300; ++i) {
    batch.push_back(Make({absl::StrCat(i), absl::StrCat("c", i % 7), i * 1'000'000, i}));
    if (i % 3 == 0) batch.back().kind = RECORD_KIND_TRANSACTION;
  }
  ASSERT_OK(store().Append(tenant_, batch, {}, absl::FromUnixSeconds(1'000)));
  Append(Tenant("other"), {{"1", "ada", 5, 1}});
  ASSERT_OK(Begin(store(), tenant_, {Cut(RECORD_KIND_INTERACTION, 200'000'000)}));
  EXPECT_GT(RunToTheEnd(store(), tenant_, 10), 10);

  std::map<std::string, int> left;
  int64_t bytes = 0;
  for (const SeenRecord& record : ScanAll(tenant_)) ++left[record.body];
  for (int i = 0; i < 300; ++i) {
    const bool stays = i >= 200 || i % 3 == 0;
    EXPECT_EQ(left.count(absl::StrCat("content ", i)), stays ? 1u : 0u) << i;
    if (stays) bytes += BytesOf({absl::StrCat(i), absl::StrCat("c", i % 7), 0, i});
  }
  EXPECT_EQ(*store().GetVolume(tenant_), (StoredVolume{300 - 133, bytes}));
  ASSERT_OK_AND_ASSIGN(const StoredRetention stored, store().GetRetention(tenant_));
  ASSERT_THAT(stored.runs(0).counts(), SizeIs(1));
  EXPECT_EQ(stored.runs(0).counts(0).kind(), RECORD_KIND_INTERACTION);
  EXPECT_EQ(stored.runs(0).counts(0).count(), 133);
  ASSERT_THAT(stored.removed_before(), SizeIs(1));
  EXPECT_EQ(stored.removed_before(0).cut_time().seconds(), 200);
  EXPECT_EQ(store().GetReport(tenant_)->accepted_count(), 300) << "the report is history";
  EXPECT_THAT(ScanAll(Tenant("other")), SizeIs(1));
  EXPECT_FALSE(*store().ExpireRecords(tenant_, 10)) << "it has seen all";
}

TEST_P(RecordStoreContract, ACustomerOfWhomNothingIsLeftIsGoneAndMayComeAgain) {
  Append(tenant_, {{"1", "ada", 1, 1}, {"2", "ada", 2, 2}, {"3", "bob", 1, 3}, {"4", "bob", 900, 4}});
  ASSERT_OK(Begin(store(), tenant_, {Cut(RECORD_KIND_INTERACTION, 100)}));
  RunToTheEnd(store(), tenant_, 1);
  EXPECT_EQ(store().GetRetention(tenant_)->runs(0).customer_count(), 1);
  EXPECT_EQ(store().GetReport(tenant_)->customer_count(), 1);
  EXPECT_THAT(ScanCustomer(tenant_, "ada"), IsEmpty());
  EXPECT_THAT(ScanCustomer(tenant_, "bob"), SizeIs(1));
  // Its identifiers are free again, for a record that is young enough.
  EXPECT_EQ(Append(tenant_, {{"1", "ada", 500, 9}, {"4", "bob", 900, 4}}), "AD");
  EXPECT_EQ(store().GetReport(tenant_)->customer_count(), 2);
  EXPECT_THAT(ScanCustomer(tenant_, "ada"), SizeIs(1));
}

TEST_P(RecordStoreContract, ARunGoesOnWhereItWasWhenTheStoreIsOpenedAgain) {
  std::vector<TestRecord> records;
  for (int i = 0; i < 200; ++i) records.push_back({absl::StrCat(i), absl::StrCat("c", i), i, i});
  Append(tenant_, records);
  ASSERT_OK(Begin(store(), tenant_, {Cut(RECORD_KIND_INTERACTION, 1'000)}));
  for (bool more = true; more;) {
    ASSERT_OK_AND_ASSIGN(more, store().ExpireRecords(tenant_, 20));
    ASSERT_OK_AND_ASSIGN(const StoredRetention stored, store().GetRetention(tenant_));
    const int64_t counted = stored.runs(0).counts().empty() ? 0 : stored.runs(0).counts(0).count();
    EXPECT_EQ(counted + store().GetVolume(tenant_)->records, 200) << "each step counts what it took";
    Reopen();
  }
  EXPECT_THAT(ScanAll(tenant_), IsEmpty());
  EXPECT_EQ(store().GetRetention(tenant_)->runs(0).counts(0).count(), 200);
  EXPECT_EQ(store().GetRetention(tenant_)->runs(0).customer_count(), 200);
}

TEST_P(RecordStoreContract, RecordsMayComeWhileARunTakesOthersAway) {
  std::vector<TestRecord> records;
  for (int i = 0; i < 500; ++i) records.push_back({absl::StrCat("old", i), absl::StrCat("c", i % 50), i, i});
  Append(tenant_, records);
  ASSERT_OK(Begin(store(), tenant_, {Cut(RECORD_KIND_INTERACTION, 1'000)}));
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(Append(tenant_, {{absl::StrCat("new", i), absl::StrCat("c", i % 50), 2'000 + i, i}}), "A");
    }
  });
  RunToTheEnd(store(), tenant_, 7);
  writer.join();
  EXPECT_THAT(ScanAll(tenant_), SizeIs(100));
  EXPECT_EQ(store().GetVolume(tenant_)->records, 100);
  EXPECT_EQ(store().GetReport(tenant_)->customer_count(), 50);
}

}  // namespace clientele::storage
