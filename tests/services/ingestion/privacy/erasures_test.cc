// Erasures from request to report, over a store that fails at any step.
#include "services/ingestion/privacy/erasures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/consent_store.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/privacy/carry_out.h"
#include "services/ingestion/privacy/customer_export.h"
#include "services/ingestion/records/ingester.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {
namespace {

using storage::StoredErasure;
using testutil::StatusIs;

// Hands every call on, but for one step of an erasure, which fails; takes records away two by two.
class FailingErasures final : public storage::ErasureStore {
 public:
  explicit FailingErasures(storage::ErasureStore& store) : store_(store) {}

  absl::StatusOr<StoredErasure> BeginErasure(const TenantId& tenant, const StoredErasure& draft) override {
    return store_.BeginErasure(tenant, draft);
  }
  absl::StatusOr<StoredErasure> ReadErasure(const TenantId& tenant, int64_t number) const override {
    return store_.ReadErasure(tenant, number);
  }
  absl::Status ListErasures(const TenantId& tenant, int64_t before,
                            absl::FunctionRef<bool(const StoredErasure&)> visit) const override {
    return store_.ListErasures(tenant, before, visit);
  }
  std::vector<storage::ErasureNumber> UnfinishedErasures() const override { return store_.UnfinishedErasures(); }
  absl::StatusOr<std::vector<storage::ErasureChange>> ReadErasureChanges(int64_t sequence, int most) const override {
    return store_.ReadErasureChanges(sequence, most);
  }
  absl::StatusOr<StoredErasure> UpdateErasure(const TenantId& tenant, int64_t number,
                                              absl::FunctionRef<void(StoredErasure&)> change) override {
    if (Fails()) return Failure();
    return store_.UpdateErasure(tenant, number, change);
  }
  absl::Status EraseRejected(const TenantId& tenant, int64_t number,
                             absl::FunctionRef<bool(const v1::RejectedRecord&)> is_theirs) override {
    if (Fails()) return Failure();
    return store_.EraseRejected(tenant, number, is_theirs);
  }
  absl::StatusOr<bool> EraseRecords(const TenantId& tenant, int64_t number, int) override {
    if (Fails()) return Failure();
    return store_.EraseRecords(tenant, number, /*most=*/2);
  }
  absl::Status EraseCustomer(const TenantId& tenant, int64_t number) override {
    if (Fails()) return Failure();
    return store_.EraseCustomer(tenant, number);
  }
  absl::Status PurgeErased(const TenantId& tenant, int64_t number) override {
    if (Fails()) return Failure();
    return store_.PurgeErased(tenant, number);
  }
  bool IsSuppressed(const TenantId& tenant, absl::string_view customer_id) const override {
    return store_.IsSuppressed(tenant, customer_id);
  }
  int64_t ErasureEpoch(const TenantId& tenant) const override { return store_.ErasureEpoch(tenant); }
  absl::StatusOr<privacy::DigestKey> DigestKeyOf(const TenantId& tenant) const override {
    return store_.DigestKeyOf(tenant);
  }

  int steps = 0;
  int fails_at = -1;  // The step that fails, once.

 private:
  bool Fails() { return steps++ == fails_at; }
  static absl::Status Failure() {
    return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, "the disk is gone");
  }
  storage::ErasureStore& store_;
};

class ErasuresTest : public ::testing::Test {
 protected:
  static v1::Record Profile(const std::string& id, const std::string& customer, const std::string& email) {
    v1::Record record;
    record.set_source("crm");
    record.set_record_id(id);
    record.set_customer_id(customer);
    record.mutable_event_time()->set_seconds(1'600'000'000);
    record.mutable_profile()->set_email(email);
    return record;
  }
  static v1::Record Purchase(const std::string& id, const std::string& customer, const std::string& currency = "") {
    v1::Record record;
    record.set_source("shop");
    record.set_record_id(id);
    record.set_customer_id(customer);
    record.mutable_event_time()->set_seconds(1'600'000'000);
    record.mutable_transaction()->set_amount_micros(1'000'000);
    record.mutable_transaction()->set_currency_code(currency);
    return record;
  }
  v1::BatchResult Ingest(const std::vector<v1::Record>& records) {
    std::vector<std::string> wires;
    for (const v1::Record& record : records) wires.push_back(record.SerializeAsString());
    const std::vector<absl::string_view> views(wires.begin(), wires.end());
    auto batch = ingester_.Prepare(tenant_, views);
    EXPECT_OK(batch);
    auto results = ingester_.Store(tenant_, absl::MakeSpan(&*batch, 1));
    EXPECT_OK(results);
    return results->front();
  }
  // Ada: a profile, four purchases, and two rejected records, one without her id; Bob: one of each.
  void IngestBoth() {
    auto stranger = Profile("p9", "", "Ada@Example.COM");
    const v1::BatchResult result =
        Ingest({Profile("p1", "ada", "Ada@example.com"), Profile("p2", "bob", "bob@example.com"), Purchase("1", "ada"),
                Purchase("2", "ada"), Purchase("3", "ada"), Purchase("4", "ada"), Purchase("5", "bob"),
                Purchase("6", "ada", "EURO"), stranger, Purchase("7", "bob", "EURO")});
    ASSERT_EQ(result.accepted_count(), 7);
    ASSERT_EQ(result.rejected_count(), 3);
  }
  static ErasureRequest Request(const std::string& customer) {
    ErasureRequest request;
    request.customer_id = customer;
    request.requester = "officer";
    return request;
  }
  // Ada has granted one purpose and opted out of another.
  void SetConsents(const std::string& customer) {
    for (const auto& [purpose, state] :
         {std::pair("credit", v1::CONSENT_STATE_GRANTED), std::pair("marketing", v1::CONSENT_STATE_WITHDRAWN)}) {
      storage::NewConsent said;
      said.customer_id = customer;
      said.consent.set_purpose(purpose);
      said.consent.set_state(state);
      ASSERT_OK(consents_->SetConsents(tenant_, {said}));
    }
  }
  int CountRejected() {
    int count = 0;
    EXPECT_OK(store_->ListRejected(tenant_, "", [&](const auto&, absl::string_view) { return ++count > 0; }));
    return count;
  }
  int CountRecords(const std::string& customer) {
    int count = 0;
    EXPECT_OK(store_->ScanCustomer(tenant_, customer, [&](const auto&) { return ++count > 0; }));
    return count;
  }
  // "crm..." of "records/2 4, ..." for comparison.
  static std::string Counts(const v1::Erasure& erasure) {
    std::vector<std::string> words;
    for (const auto& count : erasure.counts()) {
      words.push_back(absl::StrCat(count.program(), " ", count.store(), "/", count.kind(), " ", count.count()));
    }
    std::sort(words.begin(), words.end());
    std::string all;
    for (const std::string& word : words) absl::StrAppend(&all, word, "; ");
    return all;
  }
  absl::Status Carry(storage::ErasureStore& erasures, int64_t number, bool awaited = false) {
    return CarryOut(*store_, erasures, *consents_, *keys_, {tenant_, number}, clock_, awaited, [] { return false; });
  }
  v1::Erasure Await(Erasures& erasures, int64_t number, v1::Erasure::State state) {
    (void)erasures;
    for (int i = 0; i < 10'000; ++i) {
      const auto stored = store_->ReadErasure(tenant_, number);
      if (stored.ok() && stored->erasure.state() == state) return stored->erasure;
      absl::SleepFor(absl::Milliseconds(2));
    }
    ADD_FAILURE() << "it is never " << v1::Erasure::State_Name(state);
    return {};
  }

  const TenantId tenant_ = *TenantId::Parse("acme");
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  std::unique_ptr<storage::RocksRecordStore> store_ = storage::RocksRecordStore::Open(directory_.path()).value();
  std::unique_ptr<storage::ConsentStore> consents_ =
      storage::OpenRocksConsentStore(directory_.File("consents")).value();
  TenantContexts contexts_{*store_};
  testutil::MemoryKeys keys_;
  Ingester ingester_{*store_, contexts_, *keys_, clock_, metrics_};
};

TEST_F(ErasuresTest, ADryRunSaysWhatAnErasureDoes) {
  IngestBoth();
  SetConsents("ada");
  Erasures erasures(*store_, *store_, *consents_, *keys_, clock_, metrics_, {});
  ASSERT_OK_AND_ASSIGN(const v1::Erasure plan, erasures.Plan(tenant_, Request("ada")));
  EXPECT_EQ(plan.state(), v1::Erasure::STATE_PLANNED);
  EXPECT_EQ(plan.name(), "");
  EXPECT_EQ(Counts(plan),
            "ingestion consent changes/0 2; ingestion consents/0 1; ingestion customer keys/0 1; "
            "ingestion customers/0 1; "
            "ingestion identifiers/0 5; ingestion quarantine/0 2; ingestion records/1 1; ingestion records/2 4; ");
  EXPECT_EQ(CountRecords("ada"), 5);
  EXPECT_EQ(CountRejected(), 3);
  EXPECT_FALSE(store_->IsSuppressed(tenant_, "ada"));

  ASSERT_OK_AND_ASSIGN(const v1::Erasure begun, erasures.Begin(tenant_, Request("ada")));
  const v1::Erasure done = Await(erasures, begun.epoch(), v1::Erasure::STATE_COMPLETE);
  EXPECT_EQ(Counts(done), Counts(plan));
  EXPECT_EQ(CountRecords("ada"), 0);
  EXPECT_EQ(CountRecords("bob"), 2);
  EXPECT_EQ(CountRejected(), 1);
  EXPECT_TRUE(consents_->HasOptedOut(tenant_, "ada", "marketing")) << "an objection outlives the data";
  EXPECT_EQ(consents_->ReadConsents(tenant_, "ada")->size(), 1u);
}

TEST_F(ErasuresTest, AFailureAtAnyStepIsMadeUpFor) {
  for (int step = 0;; ++step) {
    const std::string customer = absl::StrCat("ada", step);
    ASSERT_EQ(Ingest({Profile(absl::StrCat("p", step), customer, customer + "@example.com"),
                      Purchase(absl::StrCat("a", step), customer), Purchase(absl::StrCat("b", step), customer),
                      Purchase(absl::StrCat("c", step), customer, "EURO")})
                  .accepted_count(),
              3);
    SetConsents(customer);
    FailingErasures failing(*store_);
    StoredErasure draft;
    draft.customer_id = customer;
    draft.erasure.set_verb(v1::ERASURE_VERB_SUPPRESS_WITH_DELETE);
    ASSERT_OK_AND_ASSIGN(const StoredErasure begun, failing.BeginErasure(tenant_, draft));
    failing.fails_at = step;
    const absl::Status first = Carry(failing, begun.number());
    failing.fails_at = -1;
    ASSERT_OK(Carry(failing, begun.number()));
    ASSERT_OK_AND_ASSIGN(const StoredErasure done, store_->ReadErasure(tenant_, begun.number()));
    EXPECT_EQ(Counts(done.erasure),
              "ingestion consent changes/0 2; ingestion consents/0 1; ingestion customer keys/0 1; "
              "ingestion customers/0 1; "
              "ingestion identifiers/0 3; ingestion quarantine/0 1; ingestion records/1 1; ingestion records/2 2; ")
        << "after a failure at step " << step;
    EXPECT_EQ(CountRecords(customer), 0);
    EXPECT_EQ(done.erasure.state(), v1::Erasure::STATE_COMPLETE);
    if (first.ok()) {
      EXPECT_GE(step, 7) << "every step had its turn";
      return;
    }
    EXPECT_THAT(first, StatusIs(absl::StatusCode::kUnavailable));
  }
}

TEST_F(ErasuresTest, WhatWasLeftUndoneIsDoneByTheNextServer) {
  IngestBoth();
  StoredErasure draft;
  draft.customer_id = "ada";
  draft.erasure.set_verb(v1::ERASURE_VERB_SUPPRESS_WITH_DELETE);
  ASSERT_OK_AND_ASSIGN(const StoredErasure begun, store_->BeginErasure(tenant_, draft));
  ASSERT_OK(store_->EraseRecords(tenant_, begun.number(), 2));
  Erasures erasures(*store_, *store_, *consents_, *keys_, clock_, metrics_, {});
  Await(erasures, begun.number(), v1::Erasure::STATE_COMPLETE);
  EXPECT_EQ(CountRecords("ada"), 0);
}

TEST_F(ErasuresTest, ItIsCompleteOnceEveryProgramHasReported) {
  IngestBoth();
  Erasures erasures(*store_, *store_, *consents_, *keys_, clock_, metrics_, {"inference", "training"});
  ASSERT_OK_AND_ASSIGN(const v1::Erasure begun, erasures.Begin(tenant_, Request("ada")));
  Await(erasures, begun.epoch(), v1::Erasure::STATE_AWAITING_REPORTS);
  v1::ErasureReport report;
  auto& count = *report.add_counts();
  count.set_program("ingestion");  // Whatever it says, it is the reporter's.
  count.set_store("scores");
  count.set_count(3);
  ASSERT_OK(erasures.Report(tenant_, begun.epoch(), "inference", report));
  EXPECT_EQ(store_->ReadErasure(tenant_, begun.epoch())->erasure.state(), v1::Erasure::STATE_AWAITING_REPORTS);
  ASSERT_OK(erasures.Report(tenant_, begun.epoch(), "training", {}));
  ASSERT_OK_AND_ASSIGN(StoredErasure done, store_->ReadErasure(tenant_, begun.epoch()));
  EXPECT_EQ(done.erasure.state(), v1::Erasure::STATE_COMPLETE);
  EXPECT_THAT(Counts(done.erasure), ::testing::HasSubstr("inference scores/0 3; "));

  // A later report takes the place of the first; when it was complete stays.
  const auto complete_time = done.erasure.complete_time();
  clock_.Advance(absl::Hours(1));
  report.clear_counts();
  report.add_model_versions()->set_state(v1::ErasedVersion::STATE_DUE_BY);
  ASSERT_OK(erasures.Report(tenant_, begun.epoch(), "inference", report));
  ASSERT_OK_AND_ASSIGN(done, store_->ReadErasure(tenant_, begun.epoch()));
  EXPECT_EQ(done.erasure.model_versions_size(), 1);
  EXPECT_THAT(Counts(done.erasure), ::testing::Not(::testing::HasSubstr("scores")));
  EXPECT_THAT(Counts(done.erasure), ::testing::HasSubstr("ingestion customers/0 1"));
  EXPECT_EQ(done.erasure.complete_time().seconds(), complete_time.seconds());
}

TEST_F(ErasuresTest, NobodyReportsOfWhatIsNotGone) {
  FailingErasures failing(*store_);
  StoredErasure draft;
  draft.customer_id = "ada";
  draft.erasure.set_verb(v1::ERASURE_VERB_SUPPRESS_WITH_DELETE);
  failing.fails_at = 0;
  Erasures erasures(*store_, failing, *consents_, *keys_, clock_, metrics_, {"inference"});
  EXPECT_THAT(erasures.Report(tenant_, 7, "inference", {}), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const StoredErasure begun, store_->BeginErasure(tenant_, draft));
  const absl::Status early = erasures.Report(tenant_, begun.number(), "inference", {});
  EXPECT_THAT(early, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(early), "ERASURE_NOT_FINISHED");
}

TEST_F(ErasuresTest, WhoFollowsWaitsForTheNextChange) {
  Erasures erasures(*store_, *store_, *consents_, *keys_, clock_, metrics_, {});
  ASSERT_OK(erasures.Begin(tenant_, Request("ada")));
  int64_t sequence = 0;
  bool gone = false;
  while (!gone) {
    ASSERT_OK_AND_ASSIGN(const auto changes, erasures.AwaitChanges(sequence, {}, {}));
    for (const auto& change : changes) {
      EXPECT_GT(change.sequence, sequence);
      sequence = change.sequence;
      gone = change.stored.records_gone;
    }
  }
  EXPECT_THAT(erasures.AwaitChanges(sequence, StopToken(absl::Now()), {}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(erasures.AwaitChanges(sequence, {}, StopToken(absl::Now())), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ErasuresTest, ARefusedRecordIsToldSoAndNamesNobody) {
  IngestBoth();
  Erasures erasures(*store_, *store_, *consents_, *keys_, clock_, metrics_, {});
  ASSERT_OK_AND_ASSIGN(const v1::Erasure begun, erasures.Begin(tenant_, Request("ada")));
  Await(erasures, begun.epoch(), v1::Erasure::STATE_COMPLETE);
  const v1::BatchResult result =
      Ingest({Purchase("8", "ada"), Purchase("9", "bob"), Purchase("10", "ada", "EURO"), Purchase("1", "cyd")});
  EXPECT_EQ(result.accepted_count(), 1);
  EXPECT_EQ(result.rejected_count(), 3);
  ASSERT_EQ(result.errors_size(), 3);
  for (const v1::RecordError& error : result.errors()) {
    EXPECT_EQ(error.reason(), v1::REJECTION_REASON_SUPPRESSED);
    EXPECT_EQ(error.field(), "customer_id");
    EXPECT_EQ(error.ShortDebugString().find("ada"), std::string::npos);
  }
  EXPECT_EQ(result.errors(1).index(), 2) << "its own fault is not told: nobody looked at it";
  EXPECT_EQ(result.errors(2).index(), 3) << "it was erased, whoever sends it again";
  EXPECT_EQ(CountRejected(), 1);
}

TEST_F(ErasuresTest, AnExportHasTheProfileTheRecordsTheQuarantineAndTheConsents) {
  IngestBoth();
  SetConsents("ada");
  SetConsents("cyd");
  std::vector<v1::ExportCustomerDataResponse> parts;
  const auto collect = [&](v1::ExportCustomerDataResponse& part) {
    parts.push_back(part);
    return true;
  };
  ASSERT_OK(ExportCustomer(*store_, *consents_, *keys_, tenant_, "ada", "USD", {}, collect));
  ASSERT_EQ(parts.size(), 10u);
  EXPECT_EQ(parts[0].profile().email(), "Ada@example.com");
  EXPECT_EQ(parts[0].profile().record_count(), 5);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(parts[i].record().customer_id(), "ada");
  EXPECT_TRUE(parts[6].has_rejected_record());
  EXPECT_TRUE(parts[7].has_rejected_record());
  EXPECT_EQ(parts[8].scoring_consent().purpose(), "credit");
  EXPECT_EQ(parts[9].scoring_consent().state(), v1::CONSENT_STATE_WITHDRAWN);
  ASSERT_OK(ExportCustomer(*store_, *consents_, *keys_, tenant_, "cyd", "USD", {}, collect))
      << "no record, but consents";
  EXPECT_EQ(parts.size(), 12u);
  EXPECT_THAT(ExportCustomer(*store_, *consents_, *keys_, tenant_, "nobody", "USD", {}, collect),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace clientele::ingestion
