// From a change of an erasure to what is refused, forgotten and reported, with a real log and registry.
#include "services/inference/privacy/erasure_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/privacy/erasure_name.h"
#include "common/storage/rocksdb/followed_erasures.h"
#include "common/storage/rocksdb/override_store.h"
#include "common/storage/rocksdb/score_log.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/monitoring/pseudonym.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasedVersion;
using ingestion::v1::ErasureReport;
using ingestion::v1::WatchErasuresResponse;

// An ingestion that a test writes.
class FakeSource final : public ErasureSource {
 public:
  absl::Status Watch(int64_t sequence, absl::FunctionRef<bool(const WatchErasuresResponse&)> visit) override {
    while (true) {
      std::vector<WatchErasuresResponse> changes;
      {
        absl::MutexLock lock(&mutex_);
        if (stopped_) return absl::CancelledError("stopped");
        if (away_) return absl::UnavailableError("nobody answers");
        for (const WatchErasuresResponse& change : changes_) {
          if (change.sequence() > sequence) changes.push_back(change);
        }
      }
      for (const WatchErasuresResponse& change : changes) {
        if (!visit(change)) return absl::CancelledError("no more");
        sequence = change.sequence();
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  absl::Status Report(absl::Span<const ErasureReport> reports) override {
    absl::MutexLock lock(&mutex_);
    if (away_) return absl::UnavailableError("nobody answers");
    reports_.insert(reports_.end(), reports.begin(), reports.end());
    return absl::OkStatus();
  }
  void Stop() override {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }

  void Tell(const WatchErasuresResponse& change) {
    absl::MutexLock lock(&mutex_);
    changes_.push_back(change);
  }
  void SetAway(bool away) {
    absl::MutexLock lock(&mutex_);
    away_ = away;
  }
  std::vector<ErasureReport> reports() {
    absl::MutexLock lock(&mutex_);
    return reports_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<WatchErasuresResponse> changes_;
  std::vector<ErasureReport> reports_;
  bool away_ = false, stopped_ = false;
};

class ErasureFollowerTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void TearDown() override { Close(); }
  void Open() {
    store_ = *storage::RocksVersionStore::Open(directory_.File("models"));
    registry_ = *Registry::Open(*store_, clock_);
    log_ = *storage::OpenRocksScoreLog(directory_.File("scores"));
    followed_ = *storage::OpenRocksFollowedErasures(directory_.File("privacy"));
    suppressions_ = std::make_unique<Suppressions>();
    override_store_ = *storage::OpenRocksOverrideStore(directory_.File("overrides"));
    overrides_ = *OverrideBook::Open(*override_store_, *suppressions_, clock_);
    const MonitorOptions options{.share = 1, .days = 100, .queue_rows = 20'000, .pace = absl::Milliseconds(1)};
    shadow_ = std::make_unique<ShadowScorer>(*registry_, features_, *log_, options, suppressions_.get());
    monitor_ = std::make_unique<ScoreMonitor>(*log_, *shadow_, clock_, metrics_, options, suppressions_.get());
    cache_ = std::make_unique<FeatureCache>(features_, absl::Hours(1), 1'000, clock_, metrics_);
    source_ = std::make_unique<FakeSource>();
  }
  void Follow() {
    FollowerOptions options;
    options.review_every = options.pauses.first = options.pauses.longest = absl::Milliseconds(2);
    follower_ = *ErasureFollower::Start({*source_, *followed_, *suppressions_, *log_, *monitor_, cache_.get(),
                                         *overrides_, *registry_, clock_, metrics_},
                                        options);
  }
  void Close() {
    follower_.reset();
    monitor_.reset();
    shadow_.reset();
    cache_.reset();
    registry_.reset();
    store_.reset();
    log_.reset();
    followed_.reset();
    overrides_.reset();
    override_store_.reset();
  }

  WatchErasuresResponse Change(int64_t sequence, absl::string_view customer, bool records_gone, int64_t number = 1,
                               ingestion::v1::ErasureVerb verb = ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE) {
    WatchErasuresResponse change;
    change.set_sequence(sequence);
    auto& erasure = *change.mutable_erasure();
    erasure.set_name(privacy::FormatErasure(acme_, number));
    erasure.set_epoch(number);
    erasure.set_verb(verb);
    *erasure.mutable_erase_time() = ToProto(clock_.Now());
    *erasure.mutable_first_ingest_time() = ToProto(clock_.Now() - absl::Hours(48));
    change.set_digest(key_.Of(customer).ToBytes());
    change.set_digest_key(key_.ToBytes());
    change.set_records_gone(records_gone);
    return change;
  }
  storage::OverrideName Override(const std::string& customer) { return {acme_, "churn", customer}; }
  absl::Status SetOverride(const std::string& customer) {
    v1::ScoreOverride wanted;
    wanted.set_tier("gold");
    wanted.set_reason("known for years");
    *wanted.mutable_expire_time() = ToProto(clock_.Now() + absl::Hours(24));
    return overrides_->Set(Override(customer), wanted, "case worker").status();
  }
  void Log(const std::string& customer, int scores) {
    const std::string pseudonym = PseudonymOf(log_->secret(), acme_, customer);
    const int64_t today = storage::DayOf(clock_.Now());
    storage::ScoreLogEntries entries{acme_, "churn", {}, {}, {{pseudonym, customer, today}}, {}};
    for (int i = 0; i < scores; ++i) {
      entries.scores.push_back({clock_.Now() + absl::Seconds(i), pseudonym, 1, "", "", 0.5, 1, 2, 3});
    }
    entries.pairs.push_back({clock_.Now(), pseudonym, 1, 2, 0.5, 0.5, 1, 1, 2, 2});
    ASSERT_OK(log_->Append({entries}));
  }
  int Logged() {
    int count = 0;
    EXPECT_OK(log_->ForEachScore(acme_, "churn", absl::InfinitePast(), absl::InfiniteFuture(),
                                 [&](const auto&) { return ++count > 0; }));
    return count;
  }
  int64_t Publish(int64_t epoch, double intercept, std::vector<std::string> aliases) {
    auto artifact = testutil::ChurnModel(intercept);
    artifact.mutable_lineage()->set_erasure_epoch(epoch);
    const std::string bytes = testutil::Serialize(std::move(artifact));
    const auto version =
        testutil::Publish(*registry_, testutil::OrderFor(acme_, "churn", bytes, std::move(aliases)), bytes);
    EXPECT_OK(version);
    return ++published_;
  }
  // The last report, once it holds.
  template <typename Condition>
  ErasureReport AwaitReport(Condition holds) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (absl::Now() < end) {
      const auto reports = source_->reports();
      if (!reports.empty() && holds(reports.back())) return reports.back();
      absl::SleepFor(absl::Milliseconds(2));
    }
    ADD_FAILURE() << "no such report";
    return {};
  }
  static int64_t CountOf(const ErasureReport& report, absl::string_view store) {
    for (const auto& count : report.counts()) {
      if (count.store() == store) return count.count();
    }
    return 0;
  }
  static bool HasAny(const ErasureReport&) { return true; }

  const TenantId acme_ = *TenantId::Parse("acme");
  const privacy::DigestKey key_ = privacy::DigestKey::Draw().value();
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  testutil::FakeFeatures features_;
  std::unique_ptr<storage::RocksVersionStore> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<storage::ScoreLog> log_;
  std::unique_ptr<storage::FollowedErasures> followed_;
  std::unique_ptr<Suppressions> suppressions_;
  std::unique_ptr<storage::OverrideStore> override_store_;
  std::unique_ptr<OverrideBook> overrides_;
  std::unique_ptr<ShadowScorer> shadow_;
  std::unique_ptr<ScoreMonitor> monitor_;
  std::unique_ptr<FeatureCache> cache_;
  std::unique_ptr<FakeSource> source_;
  std::unique_ptr<ErasureFollower> follower_;
  int64_t published_ = 0;
};

TEST_F(ErasureFollowerTest, ACustomerIsRefusedAtOnceAndForgottenWhenTheRecordsAreGone) {
  Log("ada", 3);
  Log("bob", 2);
  rpc::Call call;
  const std::vector<std::string> customers = {"ada", "bob"}, names = {"recency"};
  ASSERT_OK(FetchAndWait(*cache_, acme_, customers, names, call));
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/false));
  while (!suppressions_->Contains(acme_, "ada")) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(Logged(), 5);
  source_->Tell(Change(2, "ada", /*records_gone=*/true));
  const ErasureReport report = AwaitReport(HasAny);
  EXPECT_EQ(report.erasure(), "tenants/acme/erasures/1");
  EXPECT_EQ(CountOf(report, "scores"), 3);
  EXPECT_EQ(CountOf(report, "shadow scores"), 1);
  EXPECT_EQ(CountOf(report, "customers of the score log"), 1);
  EXPECT_EQ(CountOf(report, "features"), 1);
  EXPECT_EQ(Logged(), 2);
  EXPECT_TRUE(suppressions_->Contains(acme_, "ada"));
  EXPECT_FALSE(suppressions_->Contains(acme_, "bob"));
  EXPECT_EQ(source_->reports().size(), 1u) << "said once";
}

TEST_F(ErasureFollowerTest, WhatPeopleDecidedOfTheCustomerGoesAndIsCounted) {
  ASSERT_OK(SetOverride("ada"));
  ASSERT_OK(SetOverride("ada"));
  ASSERT_OK(SetOverride("bob"));
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/false));
  while (!suppressions_->Contains(acme_, "ada")) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(ReasonOf(SetOverride("ada")), "CUSTOMER_SUPPRESSED");
  source_->Tell(Change(2, "ada", /*records_gone=*/true));
  const ErasureReport report = AwaitReport(HasAny);
  EXPECT_EQ(CountOf(report, "overrides"), 1);
  EXPECT_EQ(CountOf(report, "override changes"), 2);
  EXPECT_EQ(ReasonOf(overrides_->Get(Override("ada")).status()), "OVERRIDE_NOT_FOUND");
  EXPECT_EQ(overrides_->ReadJournal(Override("ada"), 0, 10)->size(), 0u);
  EXPECT_OK(overrides_->Get(Override("bob")));
}

TEST_F(ErasureFollowerTest, WhomItKnowsToBeSuppressedIsRefusedFromTheStartAlsoWithoutIngestion) {
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  AwaitReport(HasAny);
  Close();
  Open();
  source_->SetAway(true);
  EXPECT_FALSE(suppressions_->Contains(acme_, "ada"));
  Follow();
  EXPECT_TRUE(suppressions_->Contains(acme_, "ada"));
}

TEST_F(ErasureFollowerTest, WhileIngestionIsAwayNothingIsLost) {
  Log("ada", 1);
  source_->SetAway(true);
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(Logged(), 1);
  source_->SetAway(false);
  EXPECT_EQ(CountOf(AwaitReport(HasAny), "scores"), 1);
  EXPECT_EQ(Logged(), 0);
}

TEST_F(ErasureFollowerTest, WhatWasDeletedAloneMayBeScoredAgain) {
  Log("ada", 1);
  Follow();
  constexpr auto kDeleteOnly = ingestion::v1::ERASURE_VERB_DELETE_ONLY;
  source_->Tell(Change(1, "ada", /*records_gone=*/false, 1, kDeleteOnly));
  source_->Tell(Change(2, "ada", /*records_gone=*/true, 1, kDeleteOnly));
  AwaitReport(HasAny);
  EXPECT_EQ(Logged(), 0);
  EXPECT_FALSE(suppressions_->Contains(acme_, "ada"));
}

TEST_F(ErasureFollowerTest, SuppressionAloneForgetsNothingAndConcernsNoModel) {
  Log("ada", 1);
  Publish(0, -1, {"champion"});
  Follow();
  auto change = Change(1, "ada", /*records_gone=*/true, 1, ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY);
  change.mutable_erasure()->clear_first_ingest_time();
  source_->Tell(change);
  const ErasureReport report = AwaitReport(HasAny);
  EXPECT_EQ(report.counts_size(), 0);
  EXPECT_EQ(report.model_versions_size(), 0);
  EXPECT_EQ(Logged(), 1);
}

TEST_F(ErasureFollowerTest, ModelVersionsAreReportedAgainAsTheyAreReplacedAndDeleted) {
  Publish(0, -1, {"champion"});
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  ErasureReport report = AwaitReport(HasAny);
  ASSERT_EQ(report.model_versions_size(), 1);
  EXPECT_EQ(report.model_versions(0).model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(report.model_versions(0).state(), ErasedVersion::STATE_DUE_BY);
  EXPECT_EQ(FromProto(report.model_versions(0).due_time()), clock_.Now() + absl::Hours(30 * 24));

  Publish(0, -2, {});  // Its data were read before.
  report = AwaitReport([](const ErasureReport& one) { return one.model_versions_size() == 2; });
  EXPECT_EQ(report.model_versions(1).state(), ErasedVersion::STATE_DUE_BY);

  Publish(1, -3, {"champion"});
  report = AwaitReport(
      [](const ErasureReport& one) { return one.model_versions(0).state() == ErasedVersion::STATE_RETRAINED_IN; });
  ASSERT_EQ(report.model_versions_size(), 2);
  EXPECT_EQ(report.model_versions(0).retrained_version(), "tenants/acme/models/churn/versions/3");

  ASSERT_OK(registry_->Delete({acme_, "churn", 1}, "erased", "tester"));
  report = AwaitReport(
      [](const ErasureReport& one) { return one.model_versions(0).state() == ErasedVersion::STATE_DELETED; });
  EXPECT_EQ(report.model_versions(1).state(), ErasedVersion::STATE_RETRAINED_IN);
}

}  // namespace
}  // namespace clientele::inference
