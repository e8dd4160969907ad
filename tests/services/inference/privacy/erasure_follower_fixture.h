// A follower of erasures with a real log and registry, and an ingestion that a test writes.
#pragma once

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
#include "common/storage/rocksdb/audit_store.h"
#include "common/storage/rocksdb/current_score_store.h"
#include "common/storage/rocksdb/followed_erasures.h"
#include "common/storage/rocksdb/override_store.h"
#include "common/storage/rocksdb/score_log.h"
#include "common/storage/rocksdb/version_store.h"
#include "services/inference/monitoring/pseudonym.h"
#include "services/inference/privacy/erasure_follower.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {

// An ingestion that a test writes.
class FakeSource final : public ErasureSource {
 public:
  absl::Status Watch(int64_t sequence,
                     absl::FunctionRef<bool(const ingestion::v1::WatchErasuresResponse&)> visit) override {
    while (true) {
      std::vector<ingestion::v1::WatchErasuresResponse> changes;
      {
        absl::MutexLock lock(&mutex_);
        if (stopped_) return absl::CancelledError("stopped");
        if (away_) return absl::UnavailableError("nobody answers");
        for (const ingestion::v1::WatchErasuresResponse& change : changes_) {
          if (change.sequence() > sequence) changes.push_back(change);
        }
      }
      for (const ingestion::v1::WatchErasuresResponse& change : changes) {
        if (!visit(change)) return absl::CancelledError("no more");
        sequence = change.sequence();
      }
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  absl::Status Report(absl::Span<const ingestion::v1::ErasureReport> reports) override {
    absl::MutexLock lock(&mutex_);
    if (away_) return absl::UnavailableError("nobody answers");
    reports_.insert(reports_.end(), reports.begin(), reports.end());
    return absl::OkStatus();
  }
  void Stop() override {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }

  void Tell(const ingestion::v1::WatchErasuresResponse& change) {
    absl::MutexLock lock(&mutex_);
    changes_.push_back(change);
  }
  void SetAway(bool away) {
    absl::MutexLock lock(&mutex_);
    away_ = away;
  }
  std::vector<ingestion::v1::ErasureReport> reports() {
    absl::MutexLock lock(&mutex_);
    return reports_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<ingestion::v1::WatchErasuresResponse> changes_;
  std::vector<ingestion::v1::ErasureReport> reports_;
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
    current_score_store_ = *storage::OpenRocksCurrentScoreStore(directory_.File("current_scores"));
    guard_ = std::make_unique<ScoringGuard>(*suppressions_, opt_outs_);
    current_scores_ =
        std::make_unique<CurrentScores>(*current_score_store_, *registry_, *suppressions_, *guard_, *overrides_);
    const MonitorOptions options{.share = 1, .days = 100, .queue_rows = 20'000, .pace = absl::Milliseconds(1)};
    shadow_ = std::make_unique<ShadowScorer>(*registry_, features_, *log_, options, suppressions_.get());
    monitor_ = std::make_unique<ScoreMonitor>(*log_, *shadow_, clock_, metrics_, options, suppressions_.get());
    cache_ = std::make_unique<FeatureCache>(features_, absl::Hours(1), 1'000, clock_, metrics_);
    source_ = std::make_unique<FakeSource>();
    audit_store_ = *storage::OpenRocksAuditStore(directory_.File("audit"));
    audit_log_ = *audit::AuditLog::Open(*audit_store_, "clientele-inference", clock_, metrics_);
  }
  void Follow(bool retires = true) {
    FollowerOptions options;
    options.review_every = options.pauses.first = options.pauses.longest = absl::Milliseconds(2);
    retirer_ = std::make_unique<VersionRetirer>(*followed_, *registry_, audit_log_.get(), clock_, metrics_);
    follower_ =
        *ErasureFollower::Start({*source_, *followed_, *suppressions_, *log_, *monitor_, cache_.get(), *overrides_,
                                 *current_scores_, *registry_, clock_, metrics_, retires ? retirer_.get() : nullptr},
                                options);
  }
  void Close() {
    follower_.reset();
    retirer_.reset();
    audit_log_.reset();
    audit_store_.reset();
    monitor_.reset();
    shadow_.reset();
    cache_.reset();
    registry_.reset();
    store_.reset();
    log_.reset();
    followed_.reset();
    current_scores_.reset();
    current_score_store_.reset();
    overrides_.reset();
    override_store_.reset();
  }

  ingestion::v1::WatchErasuresResponse Change(
      int64_t sequence, absl::string_view customer, bool records_gone, int64_t number = 1,
      ingestion::v1::ErasureVerb verb = ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE) {
    ingestion::v1::WatchErasuresResponse change;
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
  absl::Status PutScore(const std::string& customer, absl::Time time) {
    v1::CurrentScore score;
    score.set_name(FormatModelCustomer({acme_, "churn", customer}, "currentScores"));
    score.set_customer_id(customer);
    score.set_model_version("tenants/acme/models/churn/versions/1");
    *score.mutable_feature_time() = ToProto(time);
    return current_scores_->Put(acme_, "churn", {score}, current_scores_->Forgettings(acme_)).status();
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
  ingestion::v1::ErasureReport AwaitReport(Condition holds) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (absl::Now() < end) {
      const auto reports = source_->reports();
      if (!reports.empty() && holds(reports.back())) return reports.back();
      absl::SleepFor(absl::Milliseconds(2));
    }
    ADD_FAILURE() << "no such report";
    return {};
  }
  static int64_t CountOf(const ingestion::v1::ErasureReport& report, absl::string_view store) {
    for (const auto& count : report.counts()) {
      if (count.store() == store) return count.count();
    }
    return 0;
  }
  static bool HasAny(const ingestion::v1::ErasureReport&) { return true; }
  static auto IsInState(ingestion::v1::ErasedVersion::State state) {
    return [state](const ingestion::v1::ErasureReport& report) {
      return report.model_versions_size() > 0 && report.model_versions(0).state() == state;
    };
  }
  // Whether the champion of `churn` can score: "", or why not.
  std::string WhyNotServed() {
    const absl::Status status = CheckAvailable(*Resolve(*registry_->Get(), {acme_, "churn", "champion", 0})->version);
    return status.ok() ? "" : ReasonOf(status);
  }

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
  const privacy::OptOuts opt_outs_{};
  std::unique_ptr<ScoringGuard> guard_;
  std::unique_ptr<storage::CurrentScoreStore> current_score_store_;
  std::unique_ptr<CurrentScores> current_scores_;
  std::unique_ptr<ShadowScorer> shadow_;
  std::unique_ptr<ScoreMonitor> monitor_;
  std::unique_ptr<FeatureCache> cache_;
  std::unique_ptr<FakeSource> source_;
  std::unique_ptr<storage::AuditStore> audit_store_;
  std::unique_ptr<audit::AuditLog> audit_log_;
  std::unique_ptr<VersionRetirer> retirer_;
  std::unique_ptr<ErasureFollower> follower_;
  int64_t published_ = 0;
};

}  // namespace clientele::inference
