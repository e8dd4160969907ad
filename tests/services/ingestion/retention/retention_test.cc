// Retention from policy to what is left, over a store that fails and a service that goes down.
#include "services/ingestion/retention/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/records/ingester.h"
#include "services/ingestion/records/record_sealer.h"
#include "tests/services/ingestion/forwarding_store.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::StatusIs;
using v1::RetentionRun;

constexpr absl::Duration kDay = absl::Hours(24);

// Takes records away two by two, and fails after so many steps, or where the quarantine is asked for.
class SlowStore final : public storage::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<bool> ExpireRecords(const TenantId& tenant, int) override {
    if (steps_left-- <= 0) return absl::UnavailableError("the disk is full");
    return ForwardingStore::ExpireRecords(tenant, 2);
  }
  absl::Status ListRejected(
      const TenantId& tenant, absl::string_view position,
      absl::FunctionRef<bool(const v1::RejectedRecord&, absl::string_view)> visit) const override {
    if (fails_lists) return absl::UnavailableError("the disk is full");
    return ForwardingStore::ListRejected(tenant, position, visit);
  }
  std::atomic<int> steps_left{1'000'000};
  std::atomic<bool> fails_lists = false;
};

class RetentionTest : public ::testing::Test {
 protected:
  v1::Record Purchase(int id, absl::Time when, const std::string& customer = "ada") const {
    v1::Record record = Bare(id, when, customer);
    record.mutable_transaction()->set_amount_micros(1'500'000);
    return record;
  }
  v1::Record Visit(int id, absl::Time when, const std::string& customer = "ada") const {
    v1::Record record = Bare(id, when, customer);
    record.mutable_interaction()->set_type("visit");
    return record;
  }
  v1::BatchResult Ingest(const std::vector<v1::Record>& records) {
    std::vector<std::string> wires;
    for (const v1::Record& record : records) wires.push_back(record.SerializeAsString());
    const std::vector<absl::string_view> views(wires.begin(), wires.end());
    PreparedBatch batch = ingester_.Prepare(tenant_, views).value();
    return ingester_.Store(tenant_, absl::MakeSpan(&batch, 1)).value().front();
  }
  static v1::RetentionPolicy Keep(common::v1::RecordKind kind, int days) {
    v1::RetentionPolicy policy;
    policy.add_rules()->set_kind(kind);
    policy.mutable_rules(0)->set_days(days);
    return policy;
  }
  // The last run once it is over.
  RetentionRun AwaitRun(int64_t number) {
    for (int i = 0; i < 5'000; ++i) {
      const v1::StoredRetention stored = rocks_->GetRetention(tenant_).value();
      if (stored.last_run() >= number && stored.runs().rbegin()->state() == RetentionRun::STATE_DONE) {
        return *stored.runs().rbegin();
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
    ADD_FAILURE() << "run " << number << " does not end";
    return {};
  }
  int CountRecords(const std::string& customer = "ada") {
    int count = 0;
    EXPECT_OK(rocks_->ScanCustomer(tenant_, customer, [&](const auto&) { return ++count > 0; }));
    return count;
  }

  const TenantId tenant_ = *TenantId::Parse("acme");
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  std::unique_ptr<storage::RocksRecordStore> rocks_ = storage::RocksRecordStore::Open(directory_.path()).value();
  SlowStore store_{*rocks_};
  TenantContexts contexts_{store_};
  testutil::MemoryKeys keys_;
  Ingester ingester_{store_, contexts_, *keys_, clock_, metrics_};

 private:
  static v1::Record Bare(int id, absl::Time when, const std::string& customer) {
    v1::Record record;
    record.set_source("shop");
    record.set_record_id(absl::StrCat(id));
    record.set_customer_id(customer);
    *record.mutable_event_time() = ToProto(when);
    return record;
  }
};

TEST_F(RetentionTest, TakesAwayWhatIsTooOldOfItsKindAndRefusesItFromThenOn) {
  const absl::Time now = clock_.Now();
  EXPECT_EQ(Ingest({Visit(1, now - 40 * kDay), Visit(2, now - 20 * kDay), Purchase(3, now - 40 * kDay),
                    Visit(4, now - 40 * kDay, "bob")})
                .accepted_count(),
            4);
  Retention retention(store_, contexts_, *keys_, clock_, metrics_);
  ASSERT_OK_AND_ASSIGN(const v1::PreviewRetentionResponse preview,
                       retention.Preview(tenant_, Keep(common::v1::RECORD_KIND_INTERACTION, 30).rules(), StopToken()));
  EXPECT_EQ(preview.counts(0).count(), 2);
  EXPECT_EQ(preview.customer_count(), 1);
  EXPECT_EQ(CountRecords(), 3) << "a preview changes nothing";

  ASSERT_OK_AND_ASSIGN(const auto policy, retention.Set(tenant_, Keep(common::v1::RECORD_KIND_INTERACTION, 30)));
  EXPECT_EQ(policy.name(), "tenants/acme/retentionPolicy");
  const RetentionRun run = AwaitRun(1);
  ASSERT_EQ(run.counts_size(), 1);
  EXPECT_EQ(run.counts(0).count(), preview.counts(0).count());
  EXPECT_EQ(run.customer_count(), preview.customer_count());
  EXPECT_EQ(CountRecords(), 2);
  EXPECT_EQ(CountRecords("bob"), 0);

  // What went does not come back, however often it is sent.
  const v1::BatchResult again = Ingest({Visit(1, now - 40 * kDay), Purchase(5, now - 40 * kDay)});
  EXPECT_THAT(again.dispositions(), ElementsAre(v1::RECORD_DISPOSITION_REJECTED, v1::RECORD_DISPOSITION_ACCEPTED));
  ASSERT_EQ(again.errors_size(), 1);
  EXPECT_EQ(again.errors(0).reason(), v1::REJECTION_REASON_EXPIRED);
  EXPECT_THAT(again.errors(0).message(), HasSubstr("it happened before"));
  v1::RejectedRecord kept;
  ASSERT_OK(rocks_->ListRejected(tenant_, "", [&](const v1::RejectedRecord& record, absl::string_view) {
    kept = record;
    return false;
  }));
  EXPECT_EQ(kept.record().customer_id(), "") << "the quarantine keeps nothing of it either";
  RecordOpener opener(*keys_, tenant_);
  ASSERT_OK(opener.Open(kept));
  EXPECT_EQ(kept.record().record_id(), "1");
  EXPECT_EQ(kept.record().customer_id(), "");
  EXPECT_FALSE(kept.record().has_interaction());
}

TEST_F(RetentionTest, EachDayOfTheTenantHasItsRun) {
  const absl::Time now = clock_.Now();
  Ingest({Visit(1, now - 29 * kDay), Visit(2, now)});
  {
    Retention retention(store_, contexts_, *keys_, clock_, metrics_);
    ASSERT_OK(retention.Set(tenant_, Keep(common::v1::RECORD_KIND_INTERACTION, 30)));
    EXPECT_EQ(AwaitRun(1).counts_size(), 0);
  }
  clock_.Advance(2 * kDay);
  Retention retention(store_, contexts_, *keys_, clock_, metrics_);
  EXPECT_EQ(AwaitRun(2).counts(0).count(), 1);
  EXPECT_EQ(CountRecords(), 1);
  ASSERT_OK_AND_ASSIGN(const auto runs, retention.Runs(tenant_));
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].name(), "tenants/acme/retentionRuns/2");
}

TEST_F(RetentionTest, ARunThatFailedOrWhoseServiceWentDownGoesOnAndCountsNothingTwice) {
  const absl::Time now = clock_.Now();
  std::vector<v1::Record> records;
  for (int i = 0; i < 21; ++i) records.push_back(Visit(i, now - 40 * kDay, absl::StrCat("c", i % 4)));
  Ingest(records);
  store_.steps_left = 3;
  {
    Retention retention(store_, contexts_, *keys_, clock_, metrics_);
    ASSERT_OK(retention.Set(tenant_, Keep(common::v1::RECORD_KIND_INTERACTION, 30)));
    while (store_.steps_left >= 0) absl::SleepFor(absl::Milliseconds(1));
  }
  const v1::StoredRetention half = rocks_->GetRetention(tenant_).value();
  EXPECT_EQ(half.runs(0).state(), RetentionRun::STATE_RUNNING);
  EXPECT_EQ(half.runs(0).counts(0).count(), 6);
  EXPECT_EQ(Ingest({Visit(0, now - 40 * kDay, "c0")}).rejected_count(), 1) << "its cuts are in force meanwhile";
  store_.steps_left = 1'000;
  Retention retention(store_, contexts_, *keys_, clock_, metrics_);
  const RetentionRun run = AwaitRun(1);
  EXPECT_EQ(run.counts(0).count(), 21);
  EXPECT_EQ(run.customer_count(), 4);
  EXPECT_EQ(rocks_->GetVolume(tenant_)->records, 0);
}

TEST_F(RetentionTest, APolicyIsReplacedOnlyWithTheNewestEtag) {
  Retention retention(store_, contexts_, *keys_, clock_, metrics_);
  ASSERT_OK_AND_ASSIGN(const v1::RetentionPolicy none, retention.Get(tenant_));
  EXPECT_EQ(none.rules_size(), 0);
  v1::RetentionPolicy wanted = Keep(common::v1::RECORD_KIND_MESSAGE, 10);
  wanted.set_etag(none.etag());
  ASSERT_OK_AND_ASSIGN(const v1::RetentionPolicy set, retention.Set(tenant_, wanted));
  const auto stale = retention.Set(tenant_, wanted);
  EXPECT_THAT(stale, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(stale.status()), "ETAG_MISMATCH");
  wanted.set_etag(set.etag());
  wanted.mutable_rules(0)->set_days(0);
  EXPECT_THAT(retention.Set(tenant_, wanted),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("retention_policy.rules[0].days")));
}

TEST_F(RetentionTest, WithoutAPolicyOldRecordsAreTakenAgain) {
  const absl::Time now = clock_.Now();
  Retention retention(store_, contexts_, *keys_, clock_, metrics_);
  ASSERT_OK(retention.Set(tenant_, Keep(common::v1::RECORD_KIND_INTERACTION, 30)));
  AwaitRun(1);
  EXPECT_EQ(Ingest({Visit(1, now - 40 * kDay)}).rejected_count(), 1);
  ASSERT_OK(retention.Set(tenant_, {}));
  for (int i = 0; i < 5'000 && !rocks_->GetRetention(tenant_)->policy().cuts().empty(); ++i) {
    absl::SleepFor(absl::Milliseconds(2));
  }
  EXPECT_EQ(Ingest({Visit(1, now - 40 * kDay)}).accepted_count(), 1);
}

TEST_F(RetentionTest, WhoseLastSealedRecordGoesLosesTheirKeysAndNobodyElseDoes) {
  const absl::Time now = clock_.Now();
  const auto profile = [&](int id, absl::Time when, const std::string& customer) {
    v1::Record record = Visit(id, when, customer);
    record.mutable_profile()->set_email("ada@example.com");
    return record;
  };
  v1::Record bad = profile(9, now - 40 * kDay, "eve");
  bad.mutable_profile()->set_email("eve at nowhere");
  EXPECT_EQ(Ingest({profile(1, now - 40 * kDay, "ada"), Visit(2, now - kDay, "ada"), profile(3, now - 40 * kDay, "bob"),
                    profile(4, now - kDay, "bob"), profile(5, now - 40 * kDay, "dan"), bad})
                .accepted_count(),
            5);
  for (const char* customer : {"ada", "bob", "dan", "eve"}) EXPECT_EQ(*keys_->Count(tenant_, customer), 1) << customer;
  Retention retention(store_, contexts_, *keys_, clock_, metrics_);
  ASSERT_OK(retention.Set(tenant_, Keep(common::v1::RECORD_KIND_PROFILE, 30)));
  EXPECT_EQ(AwaitRun(1).customer_count(), 1);
  EXPECT_EQ(*keys_->Count(tenant_, "ada"), 0) << "of hers, nothing is left that was sealed";
  EXPECT_EQ(*keys_->Count(tenant_, "bob"), 1);
  EXPECT_EQ(*keys_->Count(tenant_, "dan"), 0) << "he is gone as a whole";
  EXPECT_EQ(*keys_->Count(tenant_, "eve"), 1) << "hers is in quarantine";
  EXPECT_EQ(Ingest({profile(6, now - kDay, "dan")}).accepted_count(), 1) << "who comes back gets another";
  EXPECT_EQ(*keys_->Count(tenant_, "dan"), 1);
}

TEST_F(RetentionTest, KeysGoAlsoWhereTheRunWasCutShortBeforeThem) {
  const absl::Time now = clock_.Now();
  v1::Record old = Visit(1, now - 40 * kDay);
  old.mutable_profile()->set_email("ada@example.com");
  Ingest({old});
  {
    Retention retention(store_, contexts_, *keys_, clock_, metrics_);
    store_.fails_lists = true;
    ASSERT_OK(retention.Set(tenant_, Keep(common::v1::RECORD_KIND_PROFILE, 30)));
    while (CountRecords() > 0) absl::SleepFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(*keys_->Count(tenant_, "ada"), 1);
  store_.fails_lists = false;
  Retention retention(store_, contexts_, *keys_, clock_, metrics_);
  AwaitRun(1);
  EXPECT_EQ(*keys_->Count(tenant_, "ada"), 0);
}

}  // namespace
}  // namespace clientele::ingestion
