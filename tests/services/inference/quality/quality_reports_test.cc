// From what is kept to the history, with a real registry and log.
#include "services/inference/quality/quality_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/score_log.h"
#include "tests/services/inference/registry/registry_fixture.h"

namespace clientele::inference {
namespace {

using testutil::StatusIs;

// Customers with an odd last digit did not come again.
class FakeLabels final : public LabelSource {
 public:
  absl::StatusOr<std::vector<std::optional<double>>> Labels(const TenantId&, const common::v1::Label&,
                                                            absl::Span<const CustomerInstant> instants,
                                                            const rpc::Call&) override {
    std::vector<std::optional<double>> labels;
    for (const CustomerInstant& instant : instants) labels.emplace_back(instant.customer_id.back() % 2);
    return labels;
  }
};

class FakeTimeZones final : public TimeZoneSource {
 public:
  absl::StatusOr<std::string> TimeZone(const TenantId&, const rpc::Call&) override {
    ++asked;
    if (!status.ok()) return status;
    return "Europe/Berlin";
  }
  absl::Status status;
  int asked = 0;
};

class QualityReportsTest : public RegistryFixture {
 protected:
  void SetUp() override {
    RegistryFixture::SetUp();
    log_ = *storage::OpenRocksScoreLog(absl::StrCat(scores_directory_.path(), "/scores"));
    shadow_ = std::make_unique<ShadowScorer>(*registry_, features_, *log_, MonitorOptions());
    reports_ = std::make_unique<Reports>(*registry_, *log_, *shadow_, labels_, clock_);
    quality_ = std::make_unique<QualityReports>(*registry_, *reports_, time_zones_, clock_);
  }
  void TearDown() override { shadow_.reset(); }
  static absl::Time Day(int year, int month, int day) {
    return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
  }
  int64_t PublishAt(absl::Time time, double accuracy, double intercept) {
    clock_.Set(time);
    auto artifact = testutil::ChurnModel(intercept);
    artifact.mutable_spec()->mutable_dataset()->mutable_label()->mutable_no_purchase_within()->set_days(30);
    artifact.mutable_evaluation()->set_holdout_rows(500);
    artifact.mutable_evaluation()->mutable_classifier()->set_accuracy(accuracy);
    artifact.mutable_evaluation()->mutable_classifier()->set_accuracy_standard_error(0.01);
    const std::string bytes = testutil::Serialize(std::move(artifact));
    const auto version =
        testutil::Publish(*registry_, testutil::OrderFor(acme_, "churn", bytes, {"champion"}), bytes);
    EXPECT_OK(version);
    return ParseVersionName("name", version->name())->version;
  }
  // `n` customers c0, c1, ... scored by the version, called churners where `called` says so.
  void LogScores(absl::Time time, int64_t version, int n, bool (*called)(int)) {
    storage::ScoreLogEntries entries{acme_, "churn", {}, {}, {}, {}};
    for (int i = 0; i < n; ++i) {
      storage::LoggedScore score;
      score.time = time + absl::Seconds(i);
      score.pseudonym = absl::StrCat("p", i);
      score.version = version;
      score.decision = called(i);
      score.score = called(i) ? 0.9 : 0.1;
      entries.scores.push_back(score);
      entries.customers.push_back({score.pseudonym, absl::StrCat("c", i), storage::DayOf(time)});
    }
    ASSERT_OK(log_->Append({entries}));
  }
  absl::StatusOr<v1::QualityHistory> Get(v1::GetQualityHistoryRequest request = {}) {
    if (request.name().empty()) request.set_name("tenants/acme/models/churn");
    return quality_->Get(rpc::Call(), request);
  }

  testutil::TempDir scores_directory_;
  testutil::FakeFeatures features_;
  FakeLabels labels_;
  FakeTimeZones time_zones_;
  std::unique_ptr<storage::ScoreLog> log_;
  std::unique_ptr<ShadowScorer> shadow_;
  std::unique_ptr<Reports> reports_;
  std::unique_ptr<QualityReports> quality_;
};

TEST_F(QualityReportsTest, TellsQuarterByQuarterWhatServedHowGoodItWasAndWhatCameOfIt) {
  const int64_t first = PublishAt(Day(2026, 5, 1), 0.80, -1);
  const int64_t second = PublishAt(Day(2026, 8, 1), 0.86, -2);
  LogScores(Day(2026, 8, 10), second, 100, [](int i) { return i % 2 == 1; });   // All right.
  LogScores(Day(2026, 6, 10), first, 100, [](int i) { return i % 2 == 1 || i < 50; });  // A quarter is wrong.
  clock_.Set(Day(2026, 11, 26));
  ASSERT_OK_AND_ASSIGN(const auto history, Get());
  EXPECT_EQ(history.name(), "tenants/acme/models/churn");
  EXPECT_EQ(history.time_zone(), "Europe/Berlin");
  ASSERT_EQ(history.quarters_size(), 3);
  EXPECT_EQ(history.quarters(0).quarter(), "2026-Q4");
  EXPECT_FALSE(history.quarters(0).has_realised()) << "nobody was scored";
  EXPECT_EQ(history.quarters(1).realised().value(), 1);
  EXPECT_EQ(history.quarters(1).realised().rows(), 100);
  EXPECT_NEAR(history.quarters(1).relative_gain(), 0.075, 1e-12);
  EXPECT_EQ(history.quarters(1).verdict(), v1::QualityQuarter::VERDICT_MET);
  EXPECT_DOUBLE_EQ(history.quarters(2).realised().value(), 0.75);
  v1::GetQualityHistoryRequest request;
  request.set_skip_outcomes(true);
  request.set_quarters(2);
  request.set_time_zone("UTC");
  const int asked = time_zones_.asked;
  ASSERT_OK_AND_ASSIGN(const auto shorter, Get(request));
  EXPECT_EQ(shorter.quarters_size(), 2);
  EXPECT_FALSE(shorter.quarters(1).has_realised());
  EXPECT_EQ(time_zones_.asked, asked);
}

TEST_F(QualityReportsTest, ADeletedVersionsRecordCountsStill) {
  const int64_t first = PublishAt(Day(2026, 5, 1), 0.80, -1);
  PublishAt(Day(2026, 8, 1), 0.86, -2);
  PublishAt(Day(2026, 8, 2), 0.87, -3);
  const auto deleted = registry_->Delete({acme_, "churn", first}, "", "test");
  ASSERT_OK(deleted);
  ASSERT_OK_AND_ASSIGN(const auto history, Get());
  ASSERT_EQ(history.quarters_size(), 2);
  EXPECT_DOUBLE_EQ(history.quarters(1).holdout().value(), 0.80);
}

TEST_F(QualityReportsTest, SaysWhatIsWrongWithTheRequest) {
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kNotFound));
  PublishAt(Day(2026, 5, 1), 0.80, -1);
  v1::GetQualityHistoryRequest request;
  request.set_quarters(41);
  EXPECT_EQ(FieldOf(Get(request).status()), "quarters");
  request.set_quarters(0);
  request.set_time_zone("Berlin/Europe");
  EXPECT_EQ(FieldOf(Get(request).status()), "time_zone");
  request.clear_time_zone();
  request.mutable_target()->set_metric("rmse");
  EXPECT_EQ(FieldOf(Get(request).status()), "target.metric");
  time_zones_.status = Error(absl::StatusCode::kUnavailable, ErrorReason::kIngestionUnavailable, "away");
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace clientele::inference
