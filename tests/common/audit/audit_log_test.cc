#include "common/audit/audit_log.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "tests/common/audit/memory_audit_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"

namespace clientele::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testutil::IsOk;
using testutil::StatusIs;

class AuditLogTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    log_.reset();
    ASSERT_OK_AND_ASSIGN(log_, AuditLog::Open(store_, "clientele-inference", clock_, metrics_));
  }
  static Entry Call(absl::string_view resource = "tenants/acme/models/churn") {
    Entry entry;
    entry.set_principal("tim");
    entry.set_method("clientele.inference.v1.ModelService/UpdateModel");
    entry.add_resources(std::string(resource));
    return entry;
  }
  static Entry Ended(int64_t begun, absl::string_view code = "OK") {
    Entry entry = Call();
    entry.set_begun_number(begun);
    entry.set_code(std::string(code));
    return entry;
  }
  bool Holds(const std::string& chain) {
    ChainVerifier verifier(chain);
    EXPECT_THAT(log_->reader().ForEach(chain, 1, [&](const Entry& entry) { return verifier.Add(entry); }), IsOk());
    return !verifier.broken().has_value();
  }
  static std::vector<Entry::Event> EventsOf(const std::vector<Entry>& entries) {
    std::vector<Entry::Event> events;
    for (const Entry& entry : entries) events.push_back(entry.event());
    return events;
  }

  testutil::MemoryAuditStore store_;
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, ACallBeginsAndEndsInItsChain) {
  ASSERT_OK_AND_ASSIGN(const int64_t begun, log_->Begin("acme", Call()));
  EXPECT_THAT(store_.Entries("acme"), SizeIs(1)) << "before anything is done";
  clock_.Advance(absl::Seconds(2));
  log_->End("acme", Ended(begun, "ABORTED"));
  const auto entries = store_.Entries("acme");
  ASSERT_THAT(EventsOf(entries), ElementsAre(Entry::EVENT_BEGUN, Entry::EVENT_ENDED));
  EXPECT_EQ(entries[1].name(), "tenants/acme/auditEntries/2");
  EXPECT_EQ(entries[1].program(), "clientele-inference");
  EXPECT_EQ(FromProto(entries[1].time()), clock_.Now());
  EXPECT_EQ(entries[1].begun_number(), 1);
  EXPECT_EQ(entries[1].code(), "ABORTED");
  EXPECT_TRUE(Holds("acme"));
  EXPECT_THAT(store_.Entries("other"), IsEmpty());
}

TEST_F(AuditLogTest, AChainGoesOnAfterARestart) {
  ASSERT_THAT(log_->Show("acme", Call()), IsOk());
  Open();
  ASSERT_THAT(log_->Show("acme", Call()), IsOk());
  EXPECT_THAT(store_.Entries("acme"), SizeIs(2));
  EXPECT_TRUE(Holds("acme"));
}

TEST_F(AuditLogTest, ACallThatTheProcessDidNotSurviveIsCalledInterrupted) {
  ASSERT_THAT(log_->Begin("acme", Call()), IsOk());
  ASSERT_OK_AND_ASSIGN(const int64_t ended, log_->Begin("acme", Call()));
  log_->End("acme", Ended(ended));
  Open();
  const auto entries = store_.Entries("acme");
  ASSERT_THAT(EventsOf(entries),
              ElementsAre(Entry::EVENT_BEGUN, Entry::EVENT_BEGUN, Entry::EVENT_ENDED, Entry::EVENT_INTERRUPTED));
  EXPECT_EQ(entries[3].begun_number(), 1);
  EXPECT_EQ(entries[3].principal(), "tim");
  Open();
  EXPECT_THAT(store_.Entries("acme"), SizeIs(4)) << "it is told once";
  EXPECT_TRUE(Holds("acme"));
}

TEST_F(AuditLogTest, WithoutAnEntryNothingMayBeDoneNorShown) {
  store_.failing = true;
  const absl::Status refused = log_->Begin("acme", Call()).status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("nothing was done: the disk is full")));
  EXPECT_EQ(ReasonOf(refused), "STORAGE_FAILED");
  EXPECT_THAT(log_->Show("acme", Call()), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("not shown")));
  store_.failing = false;
  EXPECT_THAT(log_->Begin("acme", Call()), IsOk());
  EXPECT_TRUE(Holds("acme"));
}

TEST_F(AuditLogTest, AnEndThatTheDiskDidNotTakeIsWrittenWhenItIsWell) {
  ASSERT_OK_AND_ASSIGN(const int64_t begun, log_->Begin("acme", Call()));
  store_.failing = true;
  log_->End("acme", Ended(begun));
  EXPECT_THAT(store_.Entries("acme"), SizeIs(1));
  store_.failing = false;
  EXPECT_THAT(EventsOf(store_.Await("acme", 2)), ElementsAre(Entry::EVENT_BEGUN, Entry::EVENT_ENDED));
  EXPECT_TRUE(Holds("acme"));
}

TEST_F(AuditLogTest, AFloodOfRefusedCallsIsCountedInTheChain) {
  for (int i = 0; i < 5'000; ++i) log_->Refuse("-", Call());
  log_->Refuse("acme", Call());
  EXPECT_THAT(store_.Await("-", 20), SizeIs(20));
  EXPECT_THAT(store_.Await("acme", 1), SizeIs(1)) << "one tenant's flood does not hide what others are refused";
  clock_.Advance(absl::Seconds(10));
  const auto told = store_.Await("-", 21);  // A second later at most.
  ASSERT_THAT(told, SizeIs(21));
  EXPECT_EQ(told[0].event(), Entry::EVENT_REFUSED);
  EXPECT_EQ(told[20].event(), Entry::EVENT_LEFT_OUT);
  EXPECT_EQ(told[20].left_out_count(), 4'980);
  for (int i = 0; i < 7; ++i) log_->Refuse("-", Call());
  log_.reset();  // Nothing that waits is lost.
  EXPECT_EQ(store_.Entries("-").back().left_out_count(), 7);
  Open();
  EXPECT_TRUE(Holds("-"));
}

TEST_F(AuditLogTest, RefusedCallsDoNotWaitForADiskThatTakesNone) {
  store_.failing = true;
  for (int i = 0; i < 30; ++i) log_->Refuse(absl::StrCat("tenant", i % 3), Call());
  store_.failing = false;
  for (const char* chain : {"tenant0", "tenant1", "tenant2"}) EXPECT_THAT(store_.Await(chain, 10), SizeIs(10));
}

TEST_F(AuditLogTest, TimeNeverGoesBackInAChain) {
  ASSERT_THAT(log_->Show("acme", Call()), IsOk());
  const absl::Time first = clock_.Now();
  clock_.Set(first - absl::Hours(1));
  ASSERT_THAT(log_->Show("acme", Call()), IsOk());
  Open();
  ASSERT_THAT(log_->Show("acme", Call()), IsOk());
  for (const Entry& entry : store_.Entries("acme")) EXPECT_EQ(FromProto(entry.time()), first);
}

TEST_F(AuditLogTest, ManyCallsAtOnceMakeOneChain) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([this] {
      for (int j = 0; j < 50; ++j) log_->End("acme", Ended(log_->Begin("acme", Call()).value()));
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(store_.Entries("acme"), SizeIs(800));
  EXPECT_TRUE(Holds("acme"));
}

TEST_F(AuditLogTest, IsSearchedFromItsNewestEntryOn) {
  for (int i = 0; i < 10; ++i) {
    Entry call = Call(absl::StrCat("tenants/acme/customers/c", i % 2));
    call.set_principal(absl::StrCat("p", i % 3));
    if (i == 7) call.set_method("clientele.ingestion.v1.PrivacyService/EraseCustomer");
    clock_.Advance(absl::Seconds(1));
    ASSERT_THAT(log_->Show("acme", call), IsOk());
  }
  const auto numbers = [&](Filter filter, int64_t before = 0, int most = 100) {
    std::vector<int64_t> found;
    const auto page = log_->reader().List("acme", std::move(filter), before, most);
    EXPECT_THAT(page, IsOk());
    for (const Entry& entry : page->entries) found.push_back(NumberOf(entry));
    return found;
  };
  const auto by = [](auto field, auto value) {
    Filter filter;
    filter.*field = value;
    return filter;
  };
  EXPECT_THAT(numbers({}), ElementsAre(10, 9, 8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_THAT(numbers({}, 0, 3), ElementsAre(10, 9, 8));
  EXPECT_THAT(numbers({}, 8, 3), ElementsAre(7, 6, 5));
  EXPECT_EQ(log_->reader().List("acme", {}, 0, 3)->before, 8);
  EXPECT_EQ(log_->reader().List("acme", {}, 4, 3)->before, 0) << "that was the last page";
  EXPECT_THAT(numbers(by(&Filter::principal, "p1")), ElementsAre(8, 5, 2));
  EXPECT_THAT(numbers(by(&Filter::method, "EraseCustomer")), ElementsAre(8));
  EXPECT_THAT(numbers(by(&Filter::resource, "tenants/acme/customers/c0")), ElementsAre(9, 7, 5, 3, 1));
  EXPECT_THAT(numbers(by(&Filter::resource, "tenants/acme/customers"), 0, 2), ElementsAre(10, 9));
  EXPECT_THAT(numbers(by(&Filter::resource, "tenants/acme/customers/c")), IsEmpty());
  const absl::Time now = clock_.Now();
  EXPECT_THAT(numbers(by(&Filter::start, now - absl::Seconds(1))), ElementsAre(10, 9));
  EXPECT_THAT(numbers(by(&Filter::end, now)), ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1));
  EXPECT_THAT(numbers(by(&Filter::events, std::set<Entry::Event>{Entry::EVENT_REFUSED})), IsEmpty());
  EXPECT_EQ(log_->reader().HeadOf("acme")->number, 10);
  EXPECT_EQ(*log_->reader().HeadOf("nobody"), Head());
  for (const Entry& entry : store_.Entries("acme")) EXPECT_THAT(entry.resources(0), HasSubstr("/customers/~"));
}

}  // namespace
}  // namespace clientele::audit
