// Consents that are followed: applied at once, kept for the next start, caught up with after an outage.
#include "services/inference/privacy/consent_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/storage/rocksdb/followed_consents.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ingestion::v1::WatchScoringConsentsResponse;

// An ingestion that a test writes.
class FakeConsents final : public ConsentSource {
 public:
  absl::Status Watch(int64_t sequence, absl::FunctionRef<bool(const WatchScoringConsentsResponse&)> visit) override {
    while (true) {
      std::vector<WatchScoringConsentsResponse> changes;
      {
        absl::MutexLock lock(&mutex_);
        if (stopped_) return absl::CancelledError("stopped");
        if (away_) return absl::UnavailableError("nobody answers");
        asked_from_ = sequence;
        for (const auto& change : changes_) {
          if (change.sequence() > sequence) changes.push_back(change);
        }
      }
      for (const auto& change : changes) {
        if (!visit(change)) return absl::CancelledError("no more");
        sequence = change.sequence();
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  void Stop() override {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }

  void Tell(const WatchScoringConsentsResponse& change) {
    absl::MutexLock lock(&mutex_);
    changes_.push_back(change);
  }
  void SetAway(bool away) {
    absl::MutexLock lock(&mutex_);
    away_ = away;
  }
  int64_t asked_from() {
    absl::MutexLock lock(&mutex_);
    return asked_from_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<WatchScoringConsentsResponse> changes_;
  int64_t asked_from_ = -1;
  bool away_ = false, stopped_ = false;
};

class ConsentFollowerTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    follower_.reset();
    followed_.reset();
    followed_ = *storage::OpenRocksFollowedConsents(directory_.path());
    opt_outs_ = std::make_unique<privacy::OptOuts>();
    source_ = std::make_unique<FakeConsents>();
  }
  void Follow() {
    follower_ = *ConsentFollower::Start({*source_, *followed_, *opt_outs_, metrics_},
                                        {absl::Milliseconds(1), absl::Milliseconds(2)});
  }
  void TearDown() override { follower_.reset(); }

  WatchScoringConsentsResponse Change(int64_t sequence, const std::string& customer, bool opted_out) {
    WatchScoringConsentsResponse change;
    change.set_sequence(sequence);
    auto& standing = *change.add_standings();
    standing.set_tenant("tenants/acme");
    standing.set_digest(key_.Of(customer).ToBytes());
    standing.set_digest_key(key_.ToBytes());
    standing.set_purpose("marketing");
    standing.set_state(opted_out ? ingestion::v1::CONSENT_STATE_WITHDRAWN : ingestion::v1::CONSENT_STATE_GRANTED);
    return change;
  }
  bool HasOptedOut(const std::string& customer) {
    return opt_outs_->Contains(acme_, customer, [] { return std::string("marketing"); });
  }
  void Await(const std::string& customer, bool opted_out) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (HasOptedOut(customer) != opted_out && absl::Now() < end) absl::SleepFor(absl::Milliseconds(1));
    EXPECT_EQ(HasOptedOut(customer), opted_out) << customer;
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const privacy::DigestKey key_ = privacy::DigestKey::Draw().value();
  testutil::TempDir directory_;
  observability::Metrics metrics_;
  std::unique_ptr<storage::FollowedConsents> followed_;
  std::unique_ptr<privacy::OptOuts> opt_outs_;
  std::unique_ptr<FakeConsents> source_;
  std::unique_ptr<ConsentFollower> follower_;
};

TEST_F(ConsentFollowerTest, WhoOptsOutIsKnownAtOnceAndWhoOptsInToo) {
  Follow();
  source_->Tell(Change(3, "ada", true));
  Await("ada", true);
  EXPECT_FALSE(HasOptedOut("bob"));
  source_->Tell(Change(7, "ada", false));
  Await("ada", false);
}

TEST_F(ConsentFollowerTest, AfterARestartItKnowsThemWithoutIngestionAndGoesOnWhereItWas) {
  Follow();
  source_->Tell(Change(3, "ada", true));
  source_->Tell(Change(4, "bob", true));
  source_->Tell(Change(9, "bob", false));
  Await("ada", true);
  while (*followed_->Sequence() < 9) absl::SleepFor(absl::Milliseconds(1));
  Open();
  source_->SetAway(true);
  Follow();
  EXPECT_TRUE(HasOptedOut("ada"));
  EXPECT_FALSE(HasOptedOut("bob"));
  source_->SetAway(false);
  source_->Tell(Change(12, "cyd", true));
  Await("cyd", true);
  EXPECT_GE(source_->asked_from(), 9);
}

TEST_F(ConsentFollowerTest, ADamagedChangeIsNotPassedOver) {
  Follow();
  auto damaged = Change(2, "ada", true);
  damaged.mutable_standings(0)->set_digest("short");
  source_->Tell(damaged);
  source_->Tell(Change(3, "bob", true));
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_FALSE(HasOptedOut("bob"));
  EXPECT_THAT(followed_->Sequence(), testutil::IsOkAndHolds(0));
}

}  // namespace
}  // namespace clientele::inference
