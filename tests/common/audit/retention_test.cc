// A log that is cut is still proven to be whole from where it begins, and only a server's own checkpoint does that.
#include "common/audit/retention.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "common/audit/checkpoint.h"
#include "tests/common/audit/memory_audit_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::audit {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kDay = absl::Hours(24);

class AuditRetentionTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK_AND_ASSIGN(log_, AuditLog::Open(store_, "clientele-inference", clock_, metrics_)); }
  static Entry Call() {
    Entry entry;
    entry.set_principal("tim");
    entry.set_method("clientele.inference.v1.ModelService/UpdateModel");
    return entry;
  }
  // One a day; each is two entries.
  void Write(int calls) {
    for (int i = 0; i < calls; ++i) {
      const int64_t begun = log_->Begin("acme", Call()).value();
      Entry entry = Call();
      entry.set_begun_number(begun);
      log_->End("acme", std::move(entry));
      clock_.Advance(kDay);
    }
  }
  absl::StatusOr<int64_t> Cut(absl::Duration keep) {
    return CutChain(store_, *log_, "acme", clock_.Now() - keep, key_);
  }
  ChainVerifier Verify(std::vector<Entry> entries, std::optional<Head> noted = {}, const std::string& signer = "") {
    ChainVerifier verifier("acme", std::move(noted), signer);
    for (const Entry& entry : entries) verifier.Add(entry);
    verifier.End();
    return verifier;
  }
  static std::string Fault(const ChainVerifier& verifier) {
    return verifier.broken() ? absl::StrCat(verifier.broken()->number, " ", verifier.broken()->what) : "";
  }

  testutil::TempDir directory_;
  testutil::MemoryAuditStore store_;
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  std::unique_ptr<AuditLog> log_;
  const privacy::SigningKey key_ = privacy::SigningKey::OpenOrCreate("a key", directory_.File("key.pem")).value();
};

TEST_F(AuditRetentionTest, WhatIsTooOldGoesBehindACheckpointAndTheRestIsProvenWhole) {
  Write(10);
  ASSERT_OK_AND_ASSIGN(const int64_t cut, Cut(3 * kDay));
  EXPECT_EQ(cut, 14);
  const std::vector<Entry> left = store_.Entries("acme");
  EXPECT_EQ(NumberOf(left.front()), 15);
  EXPECT_EQ(left.size(), 8u) << "the checkpoint has two entries, as calls have";
  const ChainVerifier verified = Verify(left);
  EXPECT_EQ(Fault(verified), "");
  EXPECT_EQ(verified.cut().number, 14);
  EXPECT_EQ(verified.head().number, 22);
  EXPECT_EQ(verified.signer().size(), 64u);
  EXPECT_EQ(Fault(Verify(left, {}, verified.signer())), "");
}

TEST_F(AuditRetentionTest, EachCutNeedsACheckpointOfItsOwn) {
  Write(10);
  ASSERT_OK(Cut(3 * kDay));
  Write(10);
  ASSERT_OK(Cut(3 * kDay));
  EXPECT_EQ(Fault(Verify(store_.Entries("acme"))), "");
  EXPECT_EQ(*Cut(3 * kDay), 0) << "again";
  std::vector<Entry> less = store_.Entries("acme");
  less.erase(less.begin());
  EXPECT_THAT(Fault(Verify(less)), HasSubstr("no checkpoint")) << "one more than it says is gone";
}

TEST_F(AuditRetentionTest, WhatNobodySignedIsAGap) {
  Write(5);
  std::vector<Entry> entries = store_.Entries("acme");
  entries.erase(entries.begin(), entries.begin() + 4);
  const ChainVerifier gap = Verify(entries);
  EXPECT_EQ(gap.broken()->number, 1);
  EXPECT_THAT(gap.broken()->what, HasSubstr("stands tenants/acme/auditEntries/5"));

  // Whoever writes to the disk can make a checkpoint, but not sign it as the server.
  const auto other = privacy::SigningKey::OpenOrCreate("a key", directory_.File("other.pem")).value();
  const Head last{4, entries.front().previous_hash()};
  const auto append = [&](const privacy::SigningKey& key, bool change) {
    std::vector<Entry> forged = entries;
    Entry checkpoint = MakeCheckpoint("clientele-inference", "acme", last, key).value();
    checkpoint.set_program("clientele-inference");
    checkpoint.set_event(Entry::EVENT_BEGUN);
    if (change) checkpoint.mutable_details(2)->mutable_value()->back() ^= 1;
    Link("acme", Head{NumberOf(forged.back()), forged.back().hash()}, checkpoint);
    forged.push_back(checkpoint);
    return forged;
  };
  const std::string signer = Verify(append(key_, false)).signer();
  EXPECT_EQ(Fault(Verify(append(key_, false), {}, signer)), "");
  EXPECT_THAT(Fault(Verify(append(key_, true))), HasSubstr("no checkpoint"));
  EXPECT_EQ(Fault(Verify(append(other, false))), "") << "without a note of who signs, it is anybody's word";
  EXPECT_THAT(Fault(Verify(append(other, false), {}, signer)), HasSubstr("no checkpoint of that signer"));
}

TEST_F(AuditRetentionTest, AHeadThatWasNotedStillHolds) {
  Write(10);
  const std::vector<Entry> all = store_.Entries("acme");
  ASSERT_OK(Cut(3 * kDay));
  const std::vector<Entry> left = store_.Entries("acme");
  EXPECT_EQ(Fault(Verify(left, Head{20, all[19].hash()})), "");
  EXPECT_EQ(Fault(Verify(left, Head{14, all[13].hash()})), "") << "the last that went";
  EXPECT_THAT(Fault(Verify(left, Head{14, all[12].hash()})), HasSubstr("not the one whose hash was noted"));
  EXPECT_THAT(Fault(Verify(left, Head{16, all[12].hash()})), HasSubstr("16 is not the one"));
}

TEST_F(AuditRetentionTest, WhatACallBeganWithStaysUntilItHasEnded) {
  Write(3);
  const int64_t begun = log_->Begin("acme", Call()).value();
  Write(5);
  EXPECT_EQ(*Cut(kDay), begun - 1);
  EXPECT_EQ(NumberOf(store_.Entries("acme").front()), begun);
  Entry ended = Call();
  ended.set_begun_number(begun);
  log_->End("acme", std::move(ended));
  EXPECT_GT(*Cut(kDay), 0);
  EXPECT_EQ(Fault(Verify(store_.Entries("acme"))), "");
}

TEST_F(AuditRetentionTest, AChainThatDoesNotHoldIsNotCut) {
  Write(5);
  store_.Change("acme", 3, [](Entry& entry) { entry.set_principal("tom"); });
  EXPECT_THAT(Cut(kDay), testutil::StatusIs(absl::StatusCode::kDataLoss, HasSubstr("entry 3 was changed")));
  store_.Change("acme", 3, [](Entry& entry) { entry.set_principal("tim"); });
  ASSERT_OK(Cut(kDay));
  const auto other = privacy::SigningKey::OpenOrCreate("a key", directory_.File("other.pem")).value();
  Write(5);
  EXPECT_THAT(CutChain(store_, *log_, "acme", clock_.Now(), other),
              testutil::StatusIs(absl::StatusCode::kDataLoss, HasSubstr("no checkpoint of that signer")))
      << "a beginning that another has cut off is not made its own";
}

TEST_F(AuditRetentionTest, NothingGoesWhereTheCheckpointCannotBeWritten) {
  Write(5);
  store_.failing = true;
  EXPECT_FALSE(Cut(kDay).ok());
  store_.failing = false;
  EXPECT_EQ(store_.Entries("acme").size(), 10u);
  EXPECT_EQ(Fault(Verify(store_.Entries("acme"))), "");
}

TEST_F(AuditRetentionTest, ItCutsByItself) {
  Write(10);
  RetentionOptions options;
  EXPECT_EQ(*Retention::Start(store_, *log_, options, clock_), nullptr) << "for ever";
  options.keep = 3 * kDay;
  options.signing_key_file = directory_.File("key.pem");
  ASSERT_OK_AND_ASSIGN(const auto retention, Retention::Start(store_, *log_, options, clock_));
  for (int i = 0; i < 2'000 && NumberOf(store_.Entries("acme").front()) == 1; ++i)
    absl::SleepFor(absl::Milliseconds(2));
  EXPECT_EQ(NumberOf(store_.Entries("acme").front()), 15);
}

}  // namespace
}  // namespace clientele::audit
