#include "common/base/ids.h"

#include <gmock/gmock.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"

namespace clientele {
namespace {

using testutil::IsOk;
using testutil::StatusIs;

TenantId Tenant(absl::string_view id) { return TenantId::Parse(id).value(); }

// Written into every storage key and dataset: these numbers can never change.
TEST(ShardOfTest, IsTheSameForEver) {
  EXPECT_EQ(ShardOf(Tenant("acme"), "c1"), 109);
  EXPECT_EQ(ShardOf(Tenant("acme"), "c2"), 240);
  EXPECT_EQ(ShardOf(Tenant("acme"), "alice@example.com"), 139);
  EXPECT_EQ(ShardOf(Tenant("acme"), ""), 246);
  EXPECT_EQ(ShardOf(Tenant("acme"), "17850"), 41);
  EXPECT_EQ(ShardOf(Tenant("acme"), absl::string_view("\xff\0z", 3)), 178);
  EXPECT_EQ(ShardOf(Tenant("globex"), "c1"), 185);
  EXPECT_EQ(ShardOf(Tenant("globex"), "17850"), 141);
}

TEST(ShardOfTest, SpreadsCustomersEvenly) {
  std::array<int, kShardCount> customers{};
  for (int i = 0; i < 100 * kShardCount; ++i) {
    const int shard = ShardOf(Tenant("acme"), absl::StrCat(i));
    ASSERT_GE(shard, 0);
    ASSERT_LT(shard, kShardCount);
    ++customers[static_cast<size_t>(shard)];
  }
  for (const int count : customers) {  // Mean 100, standard deviation 10.
    EXPECT_GT(count, 50);
    EXPECT_LT(count, 150);
  }
}

TEST(TenantIdTest, ReadsOnlyIds) {
  for (const char* id : {"a", "acme", "acme-2", "a23456789012345678901234567890123456789012345678901234567890123"}) {
    EXPECT_THAT(TenantId::Parse(id), IsOk()) << id;
  }
  for (const char* id : {"", "2a", "-a", "Acme", "a_b", "a/b", "a b", "ä",
                         "a2345678901234567890123456789012345678901234567890123456789012345"}) {
    EXPECT_THAT(TenantId::Parse(id), StatusIs(absl::StatusCode::kInvalidArgument)) << id;
  }
}

TEST(TenantIdTest, ComparesByValue) {
  EXPECT_EQ(Tenant("acme"), Tenant("acme"));
  EXPECT_LT(Tenant("acme"), Tenant("globex"));
}

}  // namespace
}  // namespace clientele
