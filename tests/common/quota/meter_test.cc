#include "common/quota/meter.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/common/quota/meter_options.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::quota {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

std::string Quotas(int per_second) {
  return absl::StrCat(R"({"tenant_quotas": [{"name": "tenants/acme/quota", "requests_per_second": )", per_second,
                      R"(, "request_burst": 1}]})");
}

class MeterTest : public ::testing::Test {
 protected:
  testutil::TempDir dir_;
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
};

TEST_F(MeterTest, HoldsATenantToTheFileAndLeavesOthersAlone) {
  ASSERT_OK_AND_ASSIGN(const auto meter, Meter::Open(LimitsIn(dir_.Write("quotas.json", Quotas(1))), clock_, metrics_));
  EXPECT_THAT(meter->Of("acme").Admit(0, clock_.Now()), IsOk());
  EXPECT_FALSE(meter->Of("acme").Admit(0, clock_.Now()).ok());
  for (int i = 0; i < 100; ++i) EXPECT_THAT(meter->Of("other").Admit(0, clock_.Now()), IsOk());
}

TEST_F(MeterTest, TakesUpAChangedFileWithinASecondOrAtOnceWhereItIsTold) {
  ASSERT_OK_AND_ASSIGN(const auto meter, Meter::Open(LimitsIn(dir_.Write("quotas.json", Quotas(1))), clock_, metrics_));
  EXPECT_EQ(meter->LimitsOf("acme").requests_per_second, 1);
  dir_.Write("quotas.json", Quotas(20));
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(meter->LimitsOf("acme").requests_per_second, 20);
  dir_.Write("quotas.json", Quotas(300));
  meter->ReadAgain();
  EXPECT_EQ(meter->LimitsOf("acme").requests_per_second, 300);
  dir_.Write("quotas.json", "{ half");
  meter->ReadAgain();
  EXPECT_EQ(meter->LimitsOf("acme").requests_per_second, 300) << "a wrong file changes nothing";
}

TEST_F(MeterTest, AFileThatIsWrongOrMissingIsAnErrorOfItsOption) {
  EXPECT_THAT(Meter::Open(LimitsIn(dir_.path() + "/none"), clock_, metrics_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("quota.file")));
  EXPECT_THAT(Meter::Open(LimitsIn(dir_.Write("wrong", "[]")), clock_, metrics_).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("quota.file")));
}

TEST_F(MeterTest, TellsWhatEveryTenantHasUsed) {
  ASSERT_OK_AND_ASSIGN(const auto meter, Meter::Open({}, clock_, metrics_));
  EXPECT_EQ(meter->Find("acme"), nullptr);
  EXPECT_THAT(meter->Of("acme").Admit(5, clock_.Now()), IsOk());
  EXPECT_THAT(meter->Of("beta").Admit(1, clock_.Now()), IsOk());
  EXPECT_EQ(meter->Find("acme")->usage().rows, 5);
  EXPECT_EQ(meter->Usages().size(), 2u);
  EXPECT_EQ(meter->Usages().at("beta").calls, 1);
}

TEST_F(MeterTest, AccountsAndLabelsAreBounded) {
  ASSERT_OK_AND_ASSIGN(const auto meter, Meter::Open({}, clock_, metrics_));
  for (int i = 0; i < 10'500; ++i) EXPECT_THAT(meter->Of(absl::StrCat("t", i)).Admit(1, clock_.Now()), IsOk());
  EXPECT_EQ(meter->Usages().size(), 10'001u);
  EXPECT_EQ(meter->Usages().at("*").calls, 500);
  const std::string text = metrics_.Text();
  EXPECT_THAT(text, HasSubstr("clientele_tenant_calls_total{tenant=\"t99\"} 1"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("tenant=\"t100\"")));
  EXPECT_THAT(text, HasSubstr("clientele_tenant_calls_total{tenant=\"*\"} 10400"));
}

}  // namespace
}  // namespace clientele::quota
