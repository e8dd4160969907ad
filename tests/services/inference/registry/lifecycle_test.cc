// Versions that come and go: what is kept loaded, what is loaded when it is asked for, what is deleted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/error.h"
#include "services/inference/registry/watch.h"
#include "services/inference/scoring/scorer.h"
#include "tests/services/inference/registry/registry_fixture.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::ChurnModel;
using testutil::Serialize;
using testutil::StatusIs;

class LifecycleTest : public RegistryFixture {
 protected:
  // Versions 1 to `count`, of which none is the champion but the first.
  void PublishMany(int count) {
    for (int i = 1; i <= count; ++i)
      PublishChurn(-i, i == 1 ? std::vector<std::string>{"champion"} : std::vector<std::string>{});
  }
  absl::StatusOr<v1::Model> SetPolicy(const v1::VersionPolicy& policy) {
    v1::UpdateModelRequest request;
    *request.mutable_model()->mutable_version_policy() = policy;
    return registry_->Update(churn_, request);
  }
  std::string NameOf(int64_t version) const { return FormatVersion(acme_, "churn", version); }
  absl::StatusOr<v1::ModelVersion> Delete(int64_t version) {
    return registry_->Delete({acme_, "churn", version}, "a test", "a test");
  }
  std::string WhyNotDeleted(int64_t version) {
    const auto refused = Delete(version);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_EQ(ReasonOf(refused.status()), "VERSION_IN_USE");
    return std::string(refused.status().message());
  }
};

TEST_F(LifecycleTest, TheLatestThreeAndWhatIsNamedAreLoaded) {
  PublishMany(6);
  EXPECT_EQ(States("AUUAAA"), "AUUAAA");
  EXPECT_THAT(CheckAvailable(*Find(2)), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("version policy")));
  Open();
  EXPECT_EQ(States("AUUAAA"), "AUUAAA");
}

TEST_F(LifecycleTest, WhatACallHoldsServesItToItsEnd) {
  PublishMany(4);
  ASSERT_EQ(States("AAAA"), "AAAA");
  auto held = Find(2);
  const double before = ScoreRow(*held->model, std::vector<model::Cell>(3), 0).probability().probability();
  PublishChurn(-5, {});
  EXPECT_EQ(States("AuAAA"), "AuAAA");
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(States("AuAAA"), "AuAAA") << "still held";
  EXPECT_EQ(ScoreRow(*held->model, std::vector<model::Cell>(3), 0).probability().probability(), before);
  held.reset();
  EXPECT_EQ(States("AUAAA"), "AUAAA");
}

TEST_F(LifecycleTest, APolicySaysWhatIsLoadedAndOutlivesARestart) {
  PublishMany(5);
  ASSERT_EQ(States("AUAAA"), "AUAAA");
  v1::VersionPolicy policy;
  policy.set_all(true);
  ASSERT_OK_AND_ASSIGN(const v1::Model all, SetPolicy(policy));
  EXPECT_TRUE(all.version_policy().all());
  EXPECT_EQ(States("AAAAA"), "AAAAA");
  policy.mutable_specific()->add_versions(NameOf(2));
  ASSERT_OK(SetPolicy(policy));
  EXPECT_EQ(States("AAUUU"), "AAUUU");
  Open();
  EXPECT_EQ(States("AAUUU"), "AAUUU");
  EXPECT_EQ(DescribeModel(acme_, "churn", **FindModel(*registry_->Get(), acme_, "churn"))
                .version_policy()
                .specific()
                .versions(0),
            NameOf(2));
}

TEST_F(LifecycleTest, AModelIsCalledAsItsOwnerSays) {
  PublishMany(1);
  const auto describe = [&] { return DescribeModel(acme_, "churn", **FindModel(*registry_->Get(), acme_, "churn")); };
  v1::UpdateModelRequest request;
  request.mutable_model()->set_display_name("Who leaves");
  request.mutable_model()->set_etag(describe().etag());
  ASSERT_OK(registry_->Update(churn_, request));
  EXPECT_THAT(registry_->Update(churn_, request), StatusIs(absl::StatusCode::kAborted)) << "the etag is old";
  Open();
  EXPECT_EQ(describe().display_name(), "Who leaves");
  EXPECT_EQ(describe().version_policy().latest(), 3) << "said also where nobody set it";
}

TEST_F(LifecycleTest, AnAliasMovesToAVersionThatIsNotLoadedOnceItIs) {
  PublishMany(6);
  ASSERT_EQ(States("AUUAAA"), "AUUAAA");
  ASSERT_OK(registry_->SetAlias(champion_, 2, {.actor = "a test"}));
  EXPECT_EQ(States("AAUAAA"), "AAUAAA") << "where a rollback would go stays, too";
  EXPECT_OK(CheckAvailable(*Resolve(*registry_->Get(), {acme_, "churn", "champion", 0})->version));
  ASSERT_OK(registry_->SetAlias(champion_, 3, {.actor = "a test"}));
  EXPECT_EQ(States("UAAAAA"), "UAAAAA");
  ASSERT_OK(registry_->RollbackAlias(champion_, 1, {.actor = "a test"}));
  EXPECT_EQ(Champion(), 1);
  EXPECT_EQ(States("AUAAAA"), "AUAAAA");
}

TEST_F(LifecycleTest, ARollbackGoesStepByStepThroughVersionsThatAreNotLoaded) {
  for (int i = 1; i <= 7; ++i) PublishChurn(-i);
  ASSERT_EQ(States("UUUUAAA"), "UUUUAAA");
  for (int64_t version = 6; version >= 1; --version) {
    ASSERT_OK(registry_->RollbackAlias(champion_, 0, {.actor = "a test"}));
    EXPECT_EQ(Champion(), version);
    EXPECT_OK(CheckAvailable(*Find(version)));
  }
}

TEST_F(LifecycleTest, TrafficGoesToAVersionThatIsNotLoadedOnceItIs) {
  PublishMany(6);
  ASSERT_EQ(States("AUUAAA"), "AUUAAA");
  v1::ModelTraffic wanted;
  wanted.mutable_shadow()->set_target(NameOf(2));
  wanted.mutable_shadow()->set_share(1);
  ASSERT_OK(registry_->UpdateTraffic(churn_, wanted, "a test"));
  EXPECT_EQ(States("AAUAAA"), "AAUAAA");
  Open();
  EXPECT_EQ(States("AAUAAA"), "AAUAAA");
  wanted.mutable_shadow()->set_target(NameOf(9));
  EXPECT_THAT(registry_->UpdateTraffic(churn_, wanted, "a test"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(LifecycleTest, AnAliasDoesNotMoveToAVersionThatCannotBeLoaded) {
  PublishMany(6);
  ASSERT_EQ(States("AUUAAA"), "AUUAAA");
  std::filesystem::remove(FileOf(Serialize(ChurnModel(-2))));
  const auto refused = registry_->SetAlias(champion_, 2, {.actor = "a test"});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused.status()), "VERSION_NOT_AVAILABLE");
  EXPECT_EQ(Champion(), 1);
  EXPECT_EQ(States("AFUAAA"), "AFUAAA");
}

TEST_F(LifecycleTest, WhoWaitsForALoadCanGiveUp) {
  PublishMany(6);
  ASSERT_EQ(States("AUUAAA"), "AUUAAA");
  absl::Notification go;
  store_->before_read_artifact = [&](absl::string_view) {
    go.WaitForNotification();
    return absl::OkStatus();
  };
  const auto late =
      registry_->SetAlias(champion_, 2, {.actor = "a test"}, StopToken(absl::Now() + absl::Milliseconds(50)));
  EXPECT_THAT(late, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(Champion(), 1);
  go.Notify();
  EXPECT_EQ(States("AUUAAA"), "AUUAAA") << "nobody waits any more";
}

TEST_F(LifecycleTest, ServesWhatIsLoadedWhileTheRestIsLoading) {
  PublishMany(3);
  Close();
  absl::Notification go;
  rocks_ = *storage::RocksVersionStore::Open(directory_.path());
  store_ = std::make_unique<testutil::ForwardingVersionStore>(*rocks_);
  const std::string slow = Sha256Hex(Serialize(ChurnModel(-2)));
  store_->before_read_artifact = [&go, slow](absl::string_view sha256) {
    if (sha256 == slow) go.WaitForNotification();
    return absl::OkStatus();
  };
  registry_ = *Registry::Open(*store_, clock_);
  registry_->AwaitNamed();
  EXPECT_OK(CheckAvailable(*Resolve(*registry_->Get(), {acme_, "churn", "champion", 0})->version));
  const absl::Status loading = CheckAvailable(*Find(2));
  EXPECT_THAT(loading, StatusIs(absl::StatusCode::kUnavailable)) << "worth trying again";
  EXPECT_EQ(ReasonOf(loading), "VERSION_NOT_AVAILABLE");
  EXPECT_EQ(PublishChurn(-4, {}), 4) << "publishing waits for nobody";
  go.Notify();
  registry_->AwaitLoaded();
  EXPECT_EQ(States("AAAA"), "AAAA");
}

TEST_F(LifecycleTest, ADeletedVersionLeavesATombstone) {
  PublishMany(2);
  ASSERT_OK_AND_ASSIGN(const v1::ModelVersion deleted, Delete(2));
  EXPECT_EQ(deleted.state(), v1::ModelVersion::STATE_DELETED);
  EXPECT_EQ(deleted.sha256(), Sha256Hex(Serialize(ChurnModel(-2))));
  EXPECT_EQ(deleted.evaluation().classifier().auc(), 0.8) << "its record stays";
  EXPECT_EQ(CountFiles(), 1);
  ASSERT_OK_AND_ASSIGN(const v1::ModelVersion again, Delete(2));
  EXPECT_EQ(again.SerializeAsString(), deleted.SerializeAsString());
  EXPECT_THAT(CheckAvailable(*Find(2)), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("was deleted")));
  EXPECT_THAT(registry_->ReadArtifact({acme_, "churn", "", 2}), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(registry_->SetAlias(champion_, 2, {.actor = "a test"}), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Delete(3), StatusIs(absl::StatusCode::kNotFound));
  Open();
  EXPECT_EQ(States("AD"), "AD");
  EXPECT_EQ(registry_->Count(v1::ModelVersion::STATE_DELETED), 1);
  ASSERT_OK_AND_ASSIGN(const v1::ModelVersion told, registry_->Describe({acme_, "churn", 2}));
  EXPECT_EQ(told.SerializeAsString(), deleted.SerializeAsString());
  EXPECT_EQ(PublishChurn(-2, {}), 3) << "its number is not given again, not even to the same artifact";
  EXPECT_EQ(DescribeModel(acme_, "churn", **FindModel(*registry_->Get(), acme_, "churn")).version_count(), 2);
}

TEST_F(LifecycleTest, WhatIsNamedIsNotDeleted) {
  PublishMany(4);
  EXPECT_THAT(WhyNotDeleted(1), HasSubstr("alias \"champion\""));
  v1::ModelTraffic traffic;
  auto& arm = *traffic.add_arms();
  arm.set_arm("canary");
  arm.set_target(NameOf(2));
  arm.set_weight(1);
  traffic.mutable_shadow()->set_target(NameOf(3));
  traffic.mutable_shadow()->set_share(0.5);
  ASSERT_OK(registry_->UpdateTraffic(churn_, traffic, "a test"));
  EXPECT_THAT(WhyNotDeleted(2), HasSubstr("arm \"canary\""));
  EXPECT_THAT(WhyNotDeleted(3), HasSubstr("the shadow"));
  v1::VersionPolicy policy;
  policy.mutable_specific()->add_versions(NameOf(4));
  ASSERT_OK(SetPolicy(policy));
  EXPECT_THAT(WhyNotDeleted(4), HasSubstr("the version policy"));
}

TEST_F(LifecycleTest, TheJournalOfADeletedVersionStaysReadable) {
  PublishMany(2);
  ASSERT_OK(registry_->SetAlias(champion_, 2, {.actor = "a test"}));
  ASSERT_OK(Delete(1));
  Open();
  ASSERT_OK_AND_ASSIGN(const auto journal, registry_->ReadAliasJournal(champion_));
  EXPECT_EQ(journal.front().to_version, 1);
  const auto back = registry_->RollbackAlias(champion_, 0, {.actor = "a test"});
  EXPECT_THAT(back, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("was deleted")));
  EXPECT_EQ(Champion(), 2);
}

TEST_F(LifecycleTest, AnArtifactThatAnotherVersionHasStays) {
  const std::string bytes = Serialize(ChurnModel(-2));
  PublishMany(2);
  ASSERT_OK(testutil::Publish(*registry_, testutil::OrderFor(acme_, "other", bytes), bytes));
  ASSERT_OK(Delete(2));
  EXPECT_EQ(CountFiles(), 2);
  Open();
  EXPECT_OK(CheckAvailable(*Resolve(*registry_->Get(), {acme_, "other", "", 1})->version));
  ASSERT_OK(registry_->Delete({acme_, "other", 1}, "", "a test"));
  EXPECT_EQ(CountFiles(), 1);
}

TEST_F(LifecycleTest, WhoWatchesIsTold) {
  PublishMany(2);
  ASSERT_OK(Delete(2));
  v1::UpdateModelRequest request;
  request.mutable_model()->set_display_name("Who leaves");
  ASSERT_OK(registry_->Update(churn_, request));
  std::vector<v1::WatchModelsResponse> told;
  const absl::Status end =
      WatchModels(*registry_, acme_, {0}, {}, {}, [&](v1::WatchModelsResponse response, WatchPosition) {
        told.push_back(std::move(response));
        return told.size() < 4;
      });
  EXPECT_THAT(end, StatusIs(absl::StatusCode::kCancelled));
  ASSERT_EQ(told.size(), 4u);
  EXPECT_EQ(told[1].change().published_version().name(), NameOf(2));
  EXPECT_EQ(told[2].change().deleted_version(), NameOf(2));
  EXPECT_FALSE(told[2].change().has_published_version());
  EXPECT_TRUE(told[3].change().policy_changed());
}

TEST_F(LifecycleTest, ARetiredVersionScoresByNoneOfItsNamesForEver) {
  PublishMany(2);
  ASSERT_OK(registry_->RetireVersion({acme_, "churn", 1}, {}, {.actor = "system", .reason = "it was due"}));
  for (const bool opened_again : {false, true}) {
    if (opened_again) Open();
    EXPECT_EQ(States("RA"), "RA");
    EXPECT_EQ(Champion(), 1) << "there was nothing to go to";
    for (const ModelReference& name :
         {ModelReference{acme_, "churn", "champion", 0, true}, ModelReference{acme_, "churn", "", 1}}) {
      const absl::Status refused = CheckAvailable(*Resolve(*registry_->Get(), name)->version);
      EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("it was due")));
      EXPECT_EQ(ReasonOf(refused), "VERSION_RETIRED");
    }
    EXPECT_EQ(registry_->Describe({acme_, "churn", 1})->state_reason(), "it was due");
    EXPECT_EQ(registry_->Count(v1::ModelVersion::STATE_RETIRED), 1);
  }
  ASSERT_OK(registry_->SetAlias(champion_, 2, {.actor = "a test"}));
  const auto back = registry_->RollbackAlias(champion_, 0, {.actor = "a test"});
  EXPECT_EQ(ReasonOf(back.status()), "VERSION_RETIRED");
  const std::string bytes = Serialize(ChurnModel(-1));
  const auto again = testutil::Publish(*registry_, testutil::OrderFor(acme_, "churn", bytes), bytes);
  EXPECT_EQ(ReasonOf(again.status()), "VERSION_RETIRED") << "nor does the same artifact";
  EXPECT_OK(registry_->ReadArtifact({acme_, "churn", "", 1})) << "its record and its artifact stay";
  ASSERT_OK(Delete(1));
  EXPECT_EQ(States("DA"), "DA");
}

TEST_F(LifecycleTest, ItsAliasesGoToTheFirstSuccessorThatCanBeLoadedInOneStep) {
  PublishMany(6);
  ASSERT_EQ(States("AUUAAA"), "AUUAAA");
  std::filesystem::remove(FileOf(Serialize(ChurnModel(-2))));
  const int64_t before = registry_->Get()->SequenceOf(acme_);
  ASSERT_OK(registry_->RetireVersion({acme_, "churn", 1}, {2, 3, 4}, {.actor = "system", .reason = "it was due"}));
  EXPECT_EQ(registry_->Get()->SequenceOf(acme_), before + 1);
  EXPECT_EQ(Champion(), 3);
  EXPECT_OK(CheckAvailable(*Resolve(*registry_->Get(), {acme_, "churn", "champion", 0})->version));
  EXPECT_EQ(States("RFAAAA"), "RFAAAA");
  ASSERT_OK_AND_ASSIGN(const auto journal, registry_->ReadAliasJournal(champion_));
  EXPECT_EQ(journal.back().from_version, 1);
  EXPECT_EQ(journal.back().to_version, 3);
  EXPECT_EQ(journal.back().actor, "system");
  EXPECT_EQ(journal.back().reason, "it was due");
  ASSERT_OK(registry_->RetireVersion({acme_, "churn", 1}, {4}, {.actor = "system"})) << "again";
  ASSERT_OK(registry_->RetireVersion({acme_, "churn", 9}, {4}, {.actor = "system"}));
  EXPECT_EQ(Champion(), 3);
  EXPECT_EQ(registry_->Get()->SequenceOf(acme_), before + 1);
}

TEST_F(LifecycleTest, AnArmWhoseVersionIsRetiredFallsToTheChampion) {
  PublishMany(2);
  v1::ModelTraffic traffic;
  auto& arm = *traffic.add_arms();
  arm.set_arm("canary");
  arm.set_target(NameOf(2));
  arm.set_weight(1);
  ASSERT_OK(registry_->UpdateTraffic(churn_, traffic, "a test"));
  ASSERT_OK(registry_->RetireVersion({acme_, "churn", 2}, {}, {.actor = "system", .reason = "it was due"}));
  ASSERT_OK_AND_ASSIGN(const Resolution found,
                       ResolveFor(*registry_->Get(), {acme_, "churn", "champion", 0, true}, "ada"));
  EXPECT_EQ(found.version->number, 1);
  EXPECT_EQ(found.fallen_from_arm, "canary");
}

}  // namespace
}  // namespace clientele::inference
