#include "common/quota/quota_table.h"

#include <gmock/gmock.h>

#include "tests/testing/status_matchers.h"

namespace clientele::quota {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

constexpr char kFile[] = R"({"tenant_quotas": [
  {"name": "tenants/-/quota", "requests_per_second": 100, "concurrent_streams": 4},
  {"name": "tenants/acme/quota", "requests_per_second": 20, "row_burst": 50, "weight": 2},
  {"name": "tenants/free/quota", "requests_per_second": 0}
]})";

TEST(QuotaTableTest, ATenantHasItsOwnLimitsAndElseTheDefaults) {
  ASSERT_OK_AND_ASSIGN(const QuotaTable table, QuotaTable::Parse(kFile));
  const Limits acme = table.LimitsOf("acme");
  EXPECT_EQ(acme.requests_per_second, 20);
  EXPECT_EQ(acme.row_burst, 50);
  EXPECT_EQ(acme.weight, 2);
  EXPECT_EQ(acme.concurrent_streams, 4);
  EXPECT_EQ(table.LimitsOf("free").requests_per_second, 0) << "0 lifts the default's limit";
  EXPECT_EQ(table.LimitsOf("other").requests_per_second, 100);
  EXPECT_EQ(table.LimitsOf("other").weight, 1);
}

TEST(QuotaTableTest, NobodyHasALimitWhereNothingIsWritten) {
  ASSERT_OK_AND_ASSIGN(const QuotaTable table, QuotaTable::Parse(""));
  EXPECT_EQ(table.LimitsOf("acme").requests_per_second, 0);
  EXPECT_EQ(table.LimitsOf("acme").weight, 1);
}

TEST(QuotaTableTest, ReadsWhatItWrites) {
  ASSERT_OK_AND_ASSIGN(const QuotaTable table, QuotaTable::Parse(kFile));
  ASSERT_OK_AND_ASSIGN(const QuotaTable again, QuotaTable::Parse(table.Format()));
  EXPECT_EQ(again.Format(), table.Format());
  EXPECT_EQ(again.LimitsOf("acme").row_burst, 50);
  EXPECT_EQ(again.Written().tenant_quotas(0).name(), "tenants/-/quota");
}

TEST(QuotaTableTest, RefusesWhatIsNoQuota) {
  const std::pair<const char*, const char*> wrong[] = {
      {"{", "not a file of quotas"},
      {R"({"tenant_quotas": [{"name": "tenants/acme/quota", "requests": 1}]})", "requests"},
      {R"({"tenant_quotas": [{"name": "acme"}]})", "acme"},
      {R"({"tenant_quotas": [{"name": "tenants/acme/quota", "rows_per_second": -1}]})", "rows_per_second"},
      {R"({"tenant_quotas": [{"name": "tenants/acme/quota", "rows_per_second": "NaN"}]})", "rows_per_second"},
      {R"({"tenant_quotas": [{"name": "tenants/acme/quota", "weight": 0}]})", "weight"},
      {R"({"tenant_quotas": [{"name": "tenants/acme/quota", "weight": 2}, {"name": "tenants/acme/quota"}]})", "twice"},
  };
  for (const auto& [text, what] : wrong) {
    EXPECT_THAT(QuotaTable::Parse(text).status(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what)))
        << text;
  }
}

TEST(QuotaTableTest, AnEtagChangesWithWhatIsWrittenForItsTenantAlone) {
  ASSERT_OK_AND_ASSIGN(QuotaTable table, QuotaTable::Parse(kFile));
  const std::string acme = table.EtagOf("acme"), other = table.EtagOf("free");
  admin::v1::TenantQuota quota = table.Own("acme");
  quota.set_weight(3);
  ASSERT_THAT(table.Set("acme", quota), IsOk());
  EXPECT_NE(table.EtagOf("acme"), acme);
  EXPECT_EQ(table.EtagOf("free"), other);
  ASSERT_THAT(table.Set("acme", {}), IsOk());
  EXPECT_EQ(table.LimitsOf("acme").requests_per_second, 100) << "nothing of its own: the default's";
}

}  // namespace
}  // namespace clientele::quota
