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
    std::string replacement = "";
  };
  void Add(const std::string& tenant, int64_t number, const std::vector<Version>& versions) {
    storage::FollowedErasure erasure{*TenantId::Parse(tenant), {}, {}, true};
    erasure.change.mutable_erasure()->set_epoch(number);
    for (const auto& [name, state, due_seconds, replacement] : versions) {
      ErasedVersion& version = *erasure.report.add_model_versions();
      version.set_model_version(absl::StrCat("tenants/", tenant, "/models/", name));
      version.set_state(state);
      version.mutable_due_time()->set_seconds(due_seconds);
      version.set_retrained_version(replacement);
    }
    ASSERT_OK(followed_->Put(erasure, ++sequence_));
  }
  // "churn/versions/1 90 x2", "churn/versions/1 90 x2 retired for another"
  std::vector<std::string> Due(const std::string& tenant, bool show_replaced = false) {
    std::vector<std::string> due;
    const auto versions = DueVersions(*followed_, *TenantId::Parse(tenant), show_replaced);
    EXPECT_OK(versions);
    for (const v1::DueVersion& version : *versions) {
      due.push_back(absl::StrCat(version.model_version().substr(version.model_version().find("models/") + 7), " ",
                                 version.due_time().seconds(), " x", version.erasures(),
                                 version.state() == v1::DueVersion::STATE_RETIRED ? " retired" : "",
                                 version.replacement().empty() ? "" : " for ", version.replacement()));
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

TEST_F(DueVersionsTest, ARetiredVersionIsToldUntilItIsReplacedForTheSakeOfEveryErasure) {
  Add("acme", 1,
      {{"a/versions/1", ErasedVersion::STATE_RETIRED, 90, "another"},
       {"a/versions/2", ErasedVersion::STATE_RETIRED, 90, "another"},
       {"a/versions/3", ErasedVersion::STATE_RETIRED, 95}});
  Add("acme", 2, {{"a/versions/1", ErasedVersion::STATE_RETIRED, 80}});
  EXPECT_THAT(Due("acme"), ::testing::ElementsAre("a/versions/1 80 x2 retired", "a/versions/3 95 x1 retired"));
  EXPECT_THAT(Due("acme", /*show_replaced=*/true),
              ::testing::ElementsAre("a/versions/1 80 x2 retired", "a/versions/2 90 x1 retired for another",
                                     "a/versions/3 95 x1 retired"));
}

}  // namespace
}  // namespace clientele::inference
