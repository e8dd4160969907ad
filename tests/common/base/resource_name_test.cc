#include "common/base/resource_name.h"

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;

TenantId Acme() { return TenantId::Parse("acme").value(); }

TEST(ResourceNameTest, FormatsWhatItParses) {
  EXPECT_EQ(FormatTenant(*ParseTenantName("parent", "tenants/acme")), "tenants/acme");
  EXPECT_EQ(ParseSingletonName("name", "tenants/acme/settings", "settings")->value(), "acme");

  const auto model = ParseModelName("name", "tenants/acme/models/churn-2");
  ASSERT_THAT(model, testutil::IsOk());
  EXPECT_EQ(FormatModel(model->tenant, model->model), "tenants/acme/models/churn-2");

  const auto version = ParseVersionName("name", "tenants/acme/models/churn/versions/17");
  ASSERT_THAT(version, testutil::IsOk());
  EXPECT_EQ(version->version, 17);
  EXPECT_EQ(FormatVersion(version->tenant, version->model, version->version), "tenants/acme/models/churn/versions/17");

  const auto alias = ParseAliasName("name", "tenants/acme/models/churn/aliases/champion");
  ASSERT_THAT(alias, testutil::IsOk());
  EXPECT_EQ(FormatAlias(alias->tenant, alias->model, alias->alias), "tenants/acme/models/churn/aliases/champion");

  const auto job = ParseTrainingJobName("name", "tenants/acme/trainingJobs/nightly");
  ASSERT_THAT(job, testutil::IsOk());
  EXPECT_EQ(FormatTrainingJob(job->tenant, job->job), "tenants/acme/trainingJobs/nightly");
}

TEST(ResourceNameTest, CustomerIdsMayHoldAnyByte) {
  std::string every_byte;
  for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
  for (const std::string& id :
       {std::string("c1"), std::string("alice@example.com"), std::string("a/b%2Fc"), every_byte}) {
    const std::string name = FormatCustomer(Acme(), id);
    for (const char c : name) EXPECT_TRUE(c > ' ' && c < 127) << name;
    const auto parsed = ParseCustomerName("name", name);
    ASSERT_THAT(parsed, testutil::IsOk()) << name;
    EXPECT_EQ(parsed->customer_id, id);
    EXPECT_EQ(parsed->tenant, Acme());
  }
  EXPECT_EQ(FormatCustomer(Acme(), "a b"), "tenants/acme/customers/a%20b");
}

TEST(ResourceNameTest, ANameHasOneSpelling) {
  for (const char* name : {"tenants/ac%6De", "tenants/acme%00"}) {
    EXPECT_THAT(ParseTenantName("parent", name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
  for (const char* name : {"tenants/acme/models/ch%75rn/versions/7", "tenants/acme/models/churn/versions/07",
                           "tenants/acme/models/churn/versions/+7", "tenants/acme/models/churn/versions/ 7"}) {
    EXPECT_THAT(ParseVersionName("name", name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
}

TEST(ResourceNameTest, WhatIsNotANameIsNamedWithItsForm) {
  const absl::Status status = ParseModelName("version.name", "tenants/acme/model/churn").status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("tenants/*/models/*")));
  EXPECT_EQ(FieldOf(status), "version.name");
  for (const char* name : {"", "/", "tenants", "tenants/", "tenants//models/x", "tenants/acme/models/",
                           "tenants/ACME/models/x", "tenants/acme/models/x/", "/tenants/acme/models/x",
                           "tenants/a%/models/x", "tenants/acme/models/%zz", "tenants/acme/models/%4"}) {
    EXPECT_THAT(ParseModelName("name", name), StatusIs(absl::StatusCode::kInvalidArgument)) << name;
  }
  for (const char* version : {"0", "-1", "1.5", "latest", "99999999999999999999", ""}) {
    EXPECT_THAT(ParseVersionName("name", std::string("tenants/acme/models/x/versions/") + version),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << version;
  }
}

}  // namespace
}  // namespace clientele
