#include "common/quota/account.h"

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "common/quota/refusal.h"
#include "google/rpc/error_details.pb.h"
#include "tests/testing/status_matchers.h"

namespace clientele::quota {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

template <class Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const auto payload = status.GetPayload("type.googleapis.com/" + Detail::descriptor()->full_name());
  EXPECT_TRUE(payload.has_value() && detail.ParseFromString(std::string(*payload)));
  return detail;
}

class AccountTest : public ::testing::Test {
 protected:
  Account With(const Limits& limits) {
    return Account("acme", limits,
                   {metrics_.Counter("calls_total", ""), metrics_.Counter("refused_total", ""),
                    metrics_.Counter("rows_total", "")},
                   kStart);
  }

  observability::Metrics metrics_;
};

TEST_F(AccountTest, WithoutLimitsEverythingPassesAndIsCounted) {
  Account account = With({});
  for (int i = 0; i < 1000; ++i) EXPECT_THAT(account.Admit(10'000, kStart), IsOk());
  for (int i = 0; i < 1000; ++i) EXPECT_THAT(account.OpenStream(kStart), IsOk());
  EXPECT_EQ(account.Pace(1'000'000, kStart), kStart);
  account.AddReceived(7);
  account.AddSent(9);
  account.AddCpu(absl::Milliseconds(3));
  account.CloseStream();
  const Usage usage = account.usage();
  EXPECT_EQ(usage.calls, 2000);
  EXPECT_EQ(usage.refused, 0);
  EXPECT_EQ(usage.rows, 11'000'000);
  EXPECT_EQ(usage.open_streams, 999);
  EXPECT_EQ(usage.received_bytes, 7);
  EXPECT_EQ(usage.sent_bytes, 9);
  EXPECT_EQ(usage.cpu, absl::Milliseconds(3));
}

TEST_F(AccountTest, ARefusalSaysWhichQuotaAndWhenToComeAgain) {
  Account account = With({.requests_per_second = 2, .request_burst = 1});
  EXPECT_THAT(account.Admit(0, kStart), IsOk());
  const absl::Status refused = account.Admit(0, kStart);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("acme")));
  EXPECT_EQ(ReasonOf(refused), "QUOTA_EXCEEDED");
  const auto info = DetailOf<google::rpc::ErrorInfo>(refused);
  EXPECT_EQ(info.metadata().at("quota"), "requests_per_second");
  EXPECT_EQ(info.metadata().at("limit"), "2");
  const auto failure = DetailOf<google::rpc::QuotaFailure>(refused);
  EXPECT_EQ(failure.violations(0).subject(), "tenants/acme");
  EXPECT_THAT(failure.violations(0).description(), HasSubstr("requests_per_second"));
  const auto retry = DetailOf<google::rpc::RetryInfo>(refused);
  EXPECT_EQ(retry.retry_delay().seconds(), 0);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
  EXPECT_THAT(account.Admit(0, kStart + absl::Milliseconds(500)), IsOk());
  EXPECT_EQ(account.usage().calls, 3);
  EXPECT_EQ(account.usage().refused, 1);
}

TEST_F(AccountTest, RowsHaveARateOfTheirOwnAndCallsWithoutRowsPass) {
  Account account = With({.rows_per_second = 100});
  EXPECT_THAT(account.Admit(300, kStart), IsOk());
  const absl::Status refused = account.Admit(1, kStart);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(refused).metadata().at("quota"), "rows_per_second");
  EXPECT_EQ(DetailOf<google::rpc::RetryInfo>(refused).retry_delay().seconds(), 2);
  EXPECT_THAT(account.Admit(0, kStart), IsOk());
  EXPECT_EQ(account.usage().rows, 300);
}

TEST_F(AccountTest, ACallRefusedForItsRowsTakesNoRequest) {
  Account account = With({.requests_per_second = 1, .request_burst = 2, .rows_per_second = 1});
  EXPECT_THAT(account.Admit(10, kStart), IsOk());
  EXPECT_FALSE(account.Admit(1, kStart).ok());
  EXPECT_THAT(account.Admit(0, kStart), IsOk());
}

TEST_F(AccountTest, StreamsAreCountedWhileTheyAreOpen) {
  Account account = With({.concurrent_streams = 2});
  EXPECT_THAT(account.OpenStream(kStart), IsOk());
  EXPECT_THAT(account.OpenStream(kStart), IsOk());
  const absl::Status refused = account.OpenStream(kStart);
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(refused).metadata().at("quota"), "concurrent_streams");
  account.CloseStream();
  EXPECT_THAT(account.OpenStream(kStart), IsOk());
}

TEST_F(AccountTest, AStreamIsSlowedDownToItsRate) {
  Account account = With({.rows_per_second = 100});
  EXPECT_EQ(account.Pace(100, kStart), kStart);
  EXPECT_NEAR(absl::ToDoubleSeconds(account.Pace(200, kStart) - kStart), 0.01, 1e-6);
  EXPECT_NEAR(absl::ToDoubleSeconds(account.Pace(100, kStart) - kStart), 2.01, 1e-6);
  EXPECT_NEAR(absl::ToDoubleSeconds(account.Pace(1, kStart) - kStart), 3.01, 1e-6);
}

TEST_F(AccountTest, JobsWaitUntilTheirDayHasSomethingLeft) {
  Account account = With({.job_cpu_seconds_per_day = 8'640});  // A tenth of a core.
  EXPECT_EQ(account.JobWait(kStart), absl::ZeroDuration());
  account.AddJobCpu(absl::Seconds(8'640 + 99), kStart);  // Into debt: what began may end.
  EXPECT_NEAR(absl::ToDoubleSeconds(account.JobWait(kStart)), 1'000, 1);
  EXPECT_EQ(account.JobWait(kStart + absl::Seconds(1'001)), absl::ZeroDuration());
  EXPECT_EQ(account.usage().job_cpu, absl::Seconds(8'739));
  account.TakeJobCpu(absl::Hours(24), kStart);
  EXPECT_EQ(account.usage().job_cpu, absl::Seconds(8'739)) << "of an earlier process: counted there";
  EXPECT_EQ(With({}).JobWait(kStart), absl::ZeroDuration());
}

TEST_F(AccountTest, ALimitThatWaitingDoesNotLiftSaysNoTime) {
  Account account = With({});
  const absl::Status refused = account.RefuseAt("models", 3, kWaitingDoesNotHelp);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("models is 3; something must go")));
  EXPECT_EQ(DetailOf<google::rpc::QuotaFailure>(refused).violations(0).subject(), "tenants/acme");
  EXPECT_FALSE(refused.GetPayload("type.googleapis.com/google.rpc.RetryInfo").has_value());
  EXPECT_EQ(account.usage().refused, 1);
}

}  // namespace
}  // namespace clientele::quota
