#include "services/inference/scoring/dealt_rows.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/services/inference/registry/registry_fixture.h"

namespace clientele::inference {
namespace {

class DealtRowsTest : public RegistryFixture {
 protected:
  void Share(int64_t version, double weight) {
    v1::ModelTraffic traffic;
    const auto add = [&traffic](const std::string& arm, int64_t its_version, double its_weight) {
      auto& added = *traffic.add_arms();
      added.set_arm(arm);
      added.set_target(absl::StrCat("tenants/acme/models/churn/versions/", its_version));
      added.set_weight(its_weight);
    };
    add("canary", version, weight);
    if (weight < 1) add("main", 1, 1 - weight);
    ASSERT_OK(registry_->UpdateTraffic({acme_, "churn"}, traffic, "a test"));
  }
};

TEST_F(DealtRowsTest, EveryRowGoesToItsArmOnceAndNobodysToTheChampion) {
  PublishChurn(-1);
  PublishChurn(-2, {});
  Share(2, 0.5);
  std::vector<std::string> ids(200);
  for (int i = 1; i < 200; ++i) ids[i] = absl::StrCat("c", i);
  std::vector<SubjectView> subjects;
  for (const std::string& id : ids) subjects.push_back({.customer_id = id});
  const auto dealt = DealRows(*registry_->Get(), {acme_, "churn", "champion", 0, true}, subjects);
  std::vector<int> all;
  for (const auto& [arm, rows] : dealt) {
    EXPECT_EQ(rows.version->number, arm == "canary" ? 2 : 1);
    EXPECT_TRUE(std::is_sorted(rows.indices.begin(), rows.indices.end()));
    all.insert(all.end(), rows.indices.begin(), rows.indices.end());
  }
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), subjects.size());
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
  EXPECT_EQ(dealt.at("").indices, std::vector<int>{0});
  EXPECT_GT(dealt.at("canary").indices.size(), 60);
  EXPECT_GT(dealt.at("main").indices.size(), 60);
}

TEST_F(DealtRowsTest, WhatIsNotSharedIsTheChampions) {
  PublishChurn(-1);
  const std::vector<SubjectView> subjects = {{.customer_id = "ada"}, {}};
  const auto dealt = DealRows(*registry_->Get(), {acme_, "churn", "champion", 0, true}, subjects);
  ASSERT_EQ(dealt.size(), 1);
  EXPECT_EQ(dealt.at("").version->number, 1);
  EXPECT_EQ(dealt.at("").indices, (std::vector<int>{0, 1}));
}

}  // namespace
}  // namespace clientele::inference
