#include "services/training/jobs/job_quota.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/common/quota/meter_options.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::training {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

class JobQuotaTest : public ::testing::Test {
 protected:
  const testutil::TempDir dir_;
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  const std::unique_ptr<quota::Meter> meter_ =
      quota::Meter::Open(quota::LimitsIn(dir_.Write("quotas.json", R"({"tenant_quotas": [
          {"name": "tenants/acme/quota", "concurrent_jobs": 2, "queued_jobs": 3, "job_cpu_seconds_per_day": 864,
           "weight": 4}]})")),
                         clock_, metrics_)
          .value();
  JobQuota quota_{*meter_, clock_};
  const TenantId acme_ = *TenantId::Parse("acme"), beta_ = *TenantId::Parse("beta");
};

TEST_F(JobQuotaTest, TheShareIsTheQuotas) {
  const TenantShare share = quota_.ShareOf(acme_);
  EXPECT_EQ(share.weight, 4);
  EXPECT_EQ(share.max_running, 2);
  EXPECT_TRUE(share.may_begin);
  EXPECT_EQ(quota_.ShareOf(beta_).max_running, 0);
}

TEST_F(JobQuotaTest, MoreWaitingJobsThanTheQuotaAreRefused) {
  EXPECT_THAT(quota_.Admit(acme_, 2), IsOk());
  const absl::Status refused = quota_.Admit(acme_, 3);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("queued_jobs is 3")));
  EXPECT_EQ(ReasonOf(refused), "QUOTA_EXCEEDED");
  EXPECT_THAT(quota_.Admit(beta_, 1'000), IsOk());
}

TEST_F(JobQuotaTest, ATenantThatUsedItsDayWaitsUntilTheNextBegins) {
  quota_.Charge(acme_, absl::Seconds(864 + 9));
  EXPECT_FALSE(quota_.ShareOf(acme_).may_begin);
  EXPECT_THAT(quota_.Admit(acme_, 0), StatusIs(absl::StatusCode::kResourceExhausted,
                                               HasSubstr("job_cpu_seconds_per_day is 864; come again in")));
  EXPECT_TRUE(quota_.ShareOf(beta_).may_begin);
  clock_.Advance(absl::Seconds(1'001));  // A hundredth of a second a second.
  EXPECT_TRUE(quota_.ShareOf(acme_).may_begin);
  EXPECT_THAT(quota_.Admit(acme_, 0), IsOk());
  EXPECT_EQ(meter_->Find("acme")->usage().job_cpu, absl::Seconds(873));
}

}  // namespace
}  // namespace clientele::training
