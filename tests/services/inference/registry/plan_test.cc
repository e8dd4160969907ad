#include "services/inference/registry/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::StatusIs;

const Author kAuthor{"somebody", absl::FromUnixSeconds(100)};

// Versions 1 to `count`; `failed` cannot score.
Model ModelWith(int64_t count, int64_t failed = 0) {
  static const auto kScores = std::make_shared<const ScoringModel>(*model::Predictor::Create(testutil::ChurnModel()));
  Model model;
  model.last_version = count;
  for (int64_t number = 1; number <= count; ++number) {
    auto version = std::make_shared<Version>();
    version->number = number;
    version->metadata.set_sha256(absl::StrCat("digest ", number));
    version->metadata.set_state_reason("it is damaged");
    if (number != failed) version->model = kScores;
    model.versions[number] = std::move(version);
  }
  return model;
}

// Points the champion at each of them in turn.
void Set(Model& model, const std::vector<int64_t>& versions) {
  for (const int64_t version : versions) {
    const auto revision = PlanSet(model, "champion", version, "", kAuthor);
    ASSERT_OK(revision);
    ASSERT_TRUE(revision->has_value());
    model.aliases["champion"] = Apply(model.aliases["champion"], **revision);
  }
}

absl::StatusOr<int64_t> Rollback(Model& model) {
  const auto revision = PlanRollback(model, "champion", "", kAuthor);
  if (!revision.ok()) return revision.status();
  model.aliases["champion"] = Apply(model.aliases["champion"], *revision);
  return model.aliases["champion"].current();
}

TEST(PlanSetTest, SaysWhoMovedItWhenAndFromWhere) {
  Model model = ModelWith(2);
  Set(model, {1});
  const auto revision = PlanSet(model, "champion", 2, "", kAuthor);
  ASSERT_OK(revision);
  EXPECT_EQ((*revision)->revision, 2);
  EXPECT_EQ((*revision)->from_version, 1);
  EXPECT_EQ((*revision)->to_version, 2);
  EXPECT_EQ((*revision)->actor, "somebody");
  EXPECT_EQ((*revision)->time, kAuthor.time);
  EXPECT_EQ((*revision)->change, storage::AliasChange::kSet);
}

TEST(PlanSetTest, PointingWhereItPointsIsNoRevision) {
  Model model = ModelWith(1);
  Set(model, {1});
  const auto revision = PlanSet(model, "champion", 1, "", kAuthor);
  ASSERT_OK(revision);
  EXPECT_FALSE(revision->has_value());
}

TEST(PlanSetTest, AnOldEtagIsAborted) {
  Model model = ModelWith(3);
  Set(model, {1});
  const std::string etag = EtagOf("champion", model.aliases["champion"]);
  EXPECT_OK(PlanSet(model, "champion", 2, etag, kAuthor));
  Set(model, {2, 1});  // Points where it did, but has moved.
  const auto late = PlanSet(model, "champion", 3, etag, kAuthor);
  EXPECT_THAT(late, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(late.status()), "ETAG_MISMATCH");
  EXPECT_THAT(PlanSet(model, "challenger", 1, "any", kAuthor), StatusIs(absl::StatusCode::kAborted));
}

TEST(PlanSetTest, AVersionThatCannotScoreGetsNoAlias) {
  const Model model = ModelWith(2, /*failed=*/2);
  const auto failed = PlanSet(model, "champion", 2, "", kAuthor);
  EXPECT_THAT(failed, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("it is damaged")));
  EXPECT_EQ(ReasonOf(failed.status()), "VERSION_NOT_AVAILABLE");
  EXPECT_THAT(PlanSet(model, "champion", 3, "", kAuthor), StatusIs(absl::StatusCode::kNotFound));
}

TEST(PlanRollbackTest, GoesBackStepByStepAndThenNowhere) {
  Model model = ModelWith(3);
  Set(model, {1, 2, 3});
  EXPECT_THAT(Rollback(model), testutil::IsOkAndHolds(2));
  EXPECT_THAT(Rollback(model), testutil::IsOkAndHolds(1));
  EXPECT_EQ(model.aliases["champion"].revision, 5) << "a rollback is a revision";
  const auto nowhere = Rollback(model);
  EXPECT_THAT(nowhere, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(nowhere.status()), "NO_PREVIOUS_VERSION");
}

TEST(PlanRollbackTest, AfterARollbackASetGoesBackToWhereTheRollbackLed) {
  Model model = ModelWith(4);
  Set(model, {1, 2, 3});
  ASSERT_THAT(Rollback(model), testutil::IsOkAndHolds(2));
  Set(model, {4});
  EXPECT_EQ(model.aliases["champion"].previous(), 2);
  EXPECT_THAT(Rollback(model), testutil::IsOkAndHolds(2));
  EXPECT_THAT(Rollback(model), testutil::IsOkAndHolds(1));
}

TEST(PlanRollbackTest, AnOldEtagAnUnknownAliasAndALostVersionAreErrors) {
  Model model = ModelWith(2);
  Set(model, {1, 2});
  EXPECT_THAT(PlanRollback(model, "champion", "old", kAuthor), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(PlanRollback(model, "shadow", "", kAuthor), StatusIs(absl::StatusCode::kNotFound));
  auto lost = std::make_shared<Version>(*model.versions[1]);
  lost->model = nullptr;
  model.versions[1] = lost;
  EXPECT_THAT(PlanRollback(model, "champion", "", kAuthor), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(PlanDeleteTest, WhatIsNamedStaysAndWhatIsGoneStaysGone) {
  Model model = ModelWith(3);
  Set(model, {3});
  const auto plan = [&](int64_t version) { return PlanDelete(model, {*TenantId::Parse("acme"), "churn", version}); };
  ASSERT_OK_AND_ASSIGN(const auto tombstone, plan(1));
  ASSERT_TRUE(tombstone.has_value());
  EXPECT_EQ(tombstone->metadata.state(), v1::ModelVersion::STATE_DELETED);
  EXPECT_EQ(tombstone->metadata.sha256(), "digest 1");
  const auto named = plan(3);
  EXPECT_THAT(named, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("alias \"champion\"")));
  EXPECT_EQ(ReasonOf(named.status()), "VERSION_IN_USE");
  EXPECT_THAT(plan(4), StatusIs(absl::StatusCode::kNotFound));
  model.versions.erase(1);
  ASSERT_OK_AND_ASSIGN(const auto again, plan(1));
  EXPECT_FALSE(again.has_value());
  EXPECT_THAT(PlanSet(model, "champion", 1, "", kAuthor),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("was deleted")));
}

TEST(PlanPublishTest, ANumberIsNotGivenTwice) {
  Model model = ModelWith(3);
  model.versions.erase(3);
  EXPECT_EQ(PlanPublish(&model, "digest 3", {}, kAuthor).version, 4);
}

TEST(PlanPublishTest, CountsFromOneAndGoesOn) {
  const PublishPlan first = PlanPublish(nullptr, "digest", {"champion"}, kAuthor);
  EXPECT_EQ(first.version, 1);
  EXPECT_TRUE(first.is_new && first.must_load);
  ASSERT_EQ(first.revisions.size(), 1u);
  EXPECT_EQ(first.revisions[0].from_version, 0);
  const Model model = ModelWith(3);
  EXPECT_EQ(PlanPublish(&model, "digest 4", {}, kAuthor).version, 4);
}

TEST(PlanPublishTest, TheSameArtifactIsTheSameVersionAndStillTakesItsAliases) {
  Model model = ModelWith(3, /*failed=*/2);
  Set(model, {1, 3});
  const PublishPlan again = PlanPublish(&model, "digest 1", {"champion", "shadow"}, kAuthor);
  EXPECT_EQ(again.version, 1);
  EXPECT_FALSE(again.is_new || again.must_load);
  ASSERT_EQ(again.revisions.size(), 2u);
  EXPECT_EQ(again.revisions[0].revision, 3);
  const PublishPlan healing = PlanPublish(&model, "digest 2", {}, kAuthor);
  EXPECT_EQ(healing.version, 2);
  EXPECT_FALSE(healing.is_new);
  EXPECT_TRUE(healing.must_load) << "what could not be loaded is loaded from the new bytes";
}

TEST(PlanRetireTest, TheVersionsAliasesGoToItsSuccessorWithTheReason) {
  Model model = ModelWith(3);
  Set(model, {2, 1});
  const auto plan = PlanRetire(model, 1, 3, {"system", absl::FromUnixSeconds(200), "it was due"});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->version.number, 1);
  EXPECT_EQ(plan->version.metadata.state(), v1::ModelVersion::STATE_RETIRED);
  EXPECT_EQ(plan->version.metadata.state_reason(), "it was due");
  EXPECT_EQ(plan->version.metadata.sha256(), "digest 1") << "else it is as it was";
  ASSERT_EQ(plan->revisions.size(), 1u);
  EXPECT_EQ(plan->revisions[0].from_version, 1);
  EXPECT_EQ(plan->revisions[0].to_version, 3);
  EXPECT_EQ(plan->revisions[0].actor, "system");
  EXPECT_EQ(plan->revisions[0].reason, "it was due");
}

TEST(PlanRetireTest, WithoutASuccessorAliasesStayAndWhatIsGoneIsNotRetired) {
  Model model = ModelWith(2);
  Set(model, {1});
  const auto plan = PlanRetire(model, 1, 0, kAuthor);
  ASSERT_TRUE(plan.has_value());
  EXPECT_TRUE(plan->revisions.empty());
  EXPECT_FALSE(PlanRetire(model, 3, 0, kAuthor).has_value());
  auto retired = std::make_shared<Version>();
  retired->metadata = plan->version.metadata;
  model.versions[1] = std::move(retired);
  EXPECT_FALSE(PlanRetire(model, 1, 2, kAuthor).has_value());
}

}  // namespace
}  // namespace clientele::inference
