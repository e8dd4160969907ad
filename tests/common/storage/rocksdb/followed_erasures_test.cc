#include "common/storage/rocksdb/followed_erasures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/privacy/erasure_name.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::storage {
namespace {

FollowedErasure Followed(absl::string_view tenant, int64_t number) {
  FollowedErasure erasure{*TenantId::Parse(tenant), {}, {}, false};
  erasure.change.mutable_erasure()->set_epoch(number);
  erasure.change.mutable_erasure()->set_name(privacy::FormatErasure(erasure.tenant, number));
  return erasure;
}

TEST(FollowedErasuresTest, KeepsTheLastOfEachAndHowFarItCame) {
  const testutil::TempDir directory;
  {
    ASSERT_OK_AND_ASSIGN(const auto followed, OpenRocksFollowedErasures(directory.path()));
    EXPECT_THAT(followed->Sequence(), testutil::IsOkAndHolds(0));
    ASSERT_OK(followed->Put(Followed("beta", 1), 4));
    ASSERT_OK(followed->Put(Followed("acme", 10), 7));
    ASSERT_OK(followed->Put(Followed("acme", 2), 9));
    FollowedErasure later = Followed("acme", 2);
    later.change.set_records_gone(true);
    later.report.set_erasure("tenants/acme/erasures/2");
    later.reported = true;
    ASSERT_OK(followed->Put(later, /*sequence=*/0));
  }
  ASSERT_OK_AND_ASSIGN(const auto followed, OpenRocksFollowedErasures(directory.path()));
  EXPECT_THAT(followed->Sequence(), testutil::IsOkAndHolds(9));
  std::vector<std::string> names;
  ASSERT_OK(followed->ForEach([&](const FollowedErasure& erasure) {
    names.push_back(erasure.change.erasure().name());
    EXPECT_EQ(erasure.reported, erasure.number() == 2);
    return true;
  }));
  EXPECT_THAT(names,
              ::testing::ElementsAre("tenants/acme/erasures/2", "tenants/acme/erasures/10", "tenants/beta/erasures/1"));
  ASSERT_OK_AND_ASSIGN(const FollowedErasure two, followed->Get(*TenantId::Parse("acme"), 2));
  EXPECT_TRUE(two.change.records_gone());
  EXPECT_EQ(two.report.erasure(), "tenants/acme/erasures/2");
  EXPECT_THAT(followed->Get(*TenantId::Parse("acme"), 3), testutil::StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace clientele::storage
