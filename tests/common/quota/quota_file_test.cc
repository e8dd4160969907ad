#include "common/quota/quota_file.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::quota {
namespace {

using testutil::IsOk;
using testutil::StatusIs;

admin::v1::TenantQuota Requests(double per_second) {
  admin::v1::TenantQuota quota;
  quota.set_requests_per_second(per_second);
  return quota;
}

google::protobuf::FieldMask Mask(std::initializer_list<const char*> paths) {
  google::protobuf::FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  return mask;
}

class QuotaFileTest : public ::testing::Test {
 protected:
  testutil::TempDir dir_;
  const std::string path_ = dir_.path() + "/quotas.json";
};

TEST_F(QuotaFileTest, WritesOnlyTheFieldsThatAreSetOrNamed) {
  ASSERT_THAT(ChangeQuotaFile(path_, "acme", Requests(5), {}), IsOk());
  admin::v1::TenantQuota weight;
  weight.set_weight(2);
  ASSERT_OK_AND_ASSIGN(const auto both, ChangeQuotaFile(path_, "acme", weight, {}));
  EXPECT_EQ(both.requests_per_second(), 5);
  EXPECT_EQ(both.weight(), 2);
  ASSERT_OK_AND_ASSIGN(const auto cleared, ChangeQuotaFile(path_, "acme", {}, Mask({"weight"})));
  EXPECT_FALSE(cleared.has_weight());
  EXPECT_EQ(cleared.requests_per_second(), 5);
  ASSERT_OK_AND_ASSIGN(const auto none, ChangeQuotaFile(path_, "acme", {}, Mask({"*"})));
  EXPECT_FALSE(none.has_requests_per_second());
  ASSERT_OK_AND_ASSIGN(const QuotaTable table, ReadQuotaFile(path_));
  EXPECT_EQ(table.Written().tenant_quotas_size(), 0);
}

TEST_F(QuotaFileTest, RefusesAnOldEtagAndUnknownFields) {
  ASSERT_OK_AND_ASSIGN(const auto first, ChangeQuotaFile(path_, "acme", Requests(5), {}));
  admin::v1::TenantQuota change = Requests(6);
  change.set_etag(first.etag());
  ASSERT_THAT(ChangeQuotaFile(path_, "acme", change, {}), IsOk());
  const auto late = ChangeQuotaFile(path_, "acme", change, {});
  EXPECT_THAT(late.status(), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(late.status()), "ETAG_MISMATCH");
  for (const char* path : {"name", "etag", "speed", ""}) {
    EXPECT_THAT(ChangeQuotaFile(path_, "acme", {}, Mask({path})).status(),
                StatusIs(absl::StatusCode::kInvalidArgument)) << path;
  }
}

TEST_F(QuotaFileTest, AWrongFileStaysAsItIs) {
  const std::string path = dir_.Write("wrong.json", "[]");
  EXPECT_THAT(ChangeQuotaFile(path, "acme", Requests(5), {}).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadQuotaFile(path).status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(QuotaFileTest, ChangesAtTheSameTimeAreAllKept) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([this, i] {
      for (int k = 0; k < 5; ++k) {
        EXPECT_THAT(ChangeQuotaFile(path_, absl::StrCat("t", i, "-", k), Requests(1), {}), IsOk());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  ASSERT_OK_AND_ASSIGN(const QuotaTable table, ReadQuotaFile(path_));
  EXPECT_EQ(table.Written().tenant_quotas_size(), 40);
}

}  // namespace
}  // namespace clientele::quota
