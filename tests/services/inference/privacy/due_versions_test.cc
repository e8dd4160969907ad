#include "services/inference/privacy/due_versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/storage/rocksdb/followed_erasures.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasedVersion;

class DueVersionsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_OK_AND_ASSIGN(followed_, storage::OpenRocksFollowedErasures(directory_.path())); }

  struct Version {
    std::string name;
    ErasedVersion::State state;
    int64_t due_seconds;
  };
  void Add(const std::string& tenant, int64_t number, const std::vector<Version>& versions) {
    storage::FollowedErasure erasure{*TenantId::Parse(tenant), {}, {}, true};
    erasure.change.mutable_erasure()->set_epoch(number);
    for (const auto& [name, state, due_seconds] : versions) {
      ErasedVersion& version = *erasure.report.add_model_versions();
      version.set_model_version(absl::StrCat("tenants/", tenant, "/models/", name));
      version.set_state(state);
      version.mutable_due_time()->set_seconds(due_seconds);
    }
    ASSERT_OK(followed_->Put(erasure, ++sequence_));
  }
  // "churn/versions/1 90 x2"
  std::vector<std::string> Due(const std::string& tenant) {
    std::vector<std::string> due;
    const auto versions = DueVersions(*followed_, *TenantId::Parse(tenant));
    EXPECT_OK(versions);
    for (const v1::DueVersion& version : *versions) {
      due.push_back(absl::StrCat(version.model_version().substr(version.model_version().find("models/") + 7), " ",
                                 version.due_time().seconds(), " x", version.erasures()));
    }
    return due;
  }

  testutil::TempDir directory_;
  std::unique_ptr<storage::FollowedErasures> followed_;
  int64_t sequence_ = 0;
};

TEST_F(DueVersionsTest, TheEarliestOfAVersionsErasuresCounts) {
  Add("acme", 1,
      {{"churn/versions/1", ErasedVersion::STATE_DUE_BY, 100}, {"value/versions/2", ErasedVersion::STATE_DUE_BY, 100}});
  Add("acme", 2, {{"churn/versions/1", ErasedVersion::STATE_DUE_BY, 90}});
  EXPECT_THAT(Due("acme"), ::testing::ElementsAre("churn/versions/1 90 x2", "value/versions/2 100 x1"));
}

TEST_F(DueVersionsTest, WhatIsReplacedOrDeletedAndOtherTenantsAreNotTold) {
  Add("acme", 1,
      {{"a/versions/1", ErasedVersion::STATE_RETRAINED_IN, 90}, {"a/versions/2", ErasedVersion::STATE_DELETED, 90}});
  Add("rival", 1, {{"a/versions/1", ErasedVersion::STATE_DUE_BY, 90}});
  EXPECT_THAT(Due("acme"), ::testing::IsEmpty());
  EXPECT_THAT(Due("rival"), ::testing::SizeIs(1));
}

}  // namespace
}  // namespace clientele::inference
