#include "common/audit/kept_name.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace clientele::audit {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const privacy::DigestKey kKey = *privacy::DigestKey::FromBytes("0123456789abcdef");

TEST(KeptNameTest, WhatIsNotPersonalStays) {
  for (const std::string name :
       {"tenants/acme", "tenants/-", "tenants/acme/models/churn/versions/7", "tenants/acme/trainingJobs/job-1",
        "tenants/acme/apiKeys/ck_3f9a2b71", "tenants/acme/features/attribute.plan"}) {
    EXPECT_EQ(KeptName(name, kKey), name);
  }
}

TEST(KeptNameTest, ACustomerStandsAsADigestHoweverTheIdIsSpelled) {
  const std::string kept = KeptName("tenants/acme/customers/ada@example.com", kKey);
  EXPECT_EQ(kept, absl::StrCat("tenants/acme/customers/~", kKey.Of("ada@example.com").ToHex()));
  EXPECT_EQ(KeptName("tenants/acme/customers/ada%40example.com", kKey), kept);
  EXPECT_EQ(KeptName("tenants/acme/customers/ada%40example.com/timeline", kKey), kept + "/timeline");
  EXPECT_NE(KeptName("tenants/acme/customers/bob", kKey), kept);
  EXPECT_NE(KeptName("tenants/acme/customers/ada@example.com", *privacy::DigestKey::FromBytes("fedcba9876543210")),
            kept);
}

TEST(KeptNameTest, WhatIsNoIdOfOursIsNotKept) {
  EXPECT_EQ(KeptName("tenants/acme/customer/ada@example.com", kKey), "tenants/acme/customer/?");
  EXPECT_EQ(KeptName("tenants/Ada Lovelace", kKey), "tenants/?");
  EXPECT_EQ(KeptName(absl::StrCat("tenants/", std::string(65, 'a')), kKey), "tenants/?");
  EXPECT_THAT(KeptName("tenants/customers/ada", kKey), Not(HasSubstr("ada")));
  EXPECT_LT(KeptName(absl::StrCat("tenants/", std::string(100'000, '/')), kKey).size(), 20);
}

}  // namespace
}  // namespace clientele::audit
