// From a change of an erasure to what is refused, forgotten and reported.
#include "services/inference/privacy/erasure_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/services/inference/privacy/erasure_follower_fixture.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasedVersion;
using ingestion::v1::ErasureReport;

TEST_F(ErasureFollowerTest, ACustomerIsRefusedAtOnceAndForgottenWhenTheRecordsAreGone) {
  Log("ada", 3);
  Log("bob", 2);
  rpc::Call call;
  const std::vector<std::string> customers = {"ada", "bob"}, names = {"recency"};
  ASSERT_OK(FetchAndWait(*cache_, acme_, customers, names, call));
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/false));
  while (!suppressions_->Contains(acme_, "ada")) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(Logged(), 5);
  source_->Tell(Change(2, "ada", /*records_gone=*/true));
  const ErasureReport report = AwaitReport(HasAny);
  EXPECT_EQ(report.erasure(), "tenants/acme/erasures/1");
  EXPECT_EQ(CountOf(report, "scores"), 3);
  EXPECT_EQ(CountOf(report, "shadow scores"), 1);
  EXPECT_EQ(CountOf(report, "customers of the score log"), 1);
  EXPECT_EQ(CountOf(report, "features"), 1);
  EXPECT_EQ(Logged(), 2);
  EXPECT_TRUE(suppressions_->Contains(acme_, "ada"));
  EXPECT_FALSE(suppressions_->Contains(acme_, "bob"));
  EXPECT_EQ(source_->reports().size(), 1u) << "said once";
}

TEST_F(ErasureFollowerTest, WhatPeopleDecidedOfTheCustomerGoesAndIsCounted) {
  ASSERT_OK(SetOverride("ada"));
  ASSERT_OK(SetOverride("ada"));
  ASSERT_OK(SetOverride("bob"));
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/false));
  while (!suppressions_->Contains(acme_, "ada")) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(ReasonOf(SetOverride("ada")), "CUSTOMER_SUPPRESSED");
  source_->Tell(Change(2, "ada", /*records_gone=*/true));
  const ErasureReport report = AwaitReport(HasAny);
  EXPECT_EQ(CountOf(report, "overrides"), 1);
  EXPECT_EQ(CountOf(report, "override changes"), 2);
  EXPECT_EQ(ReasonOf(overrides_->Get(Override("ada")).status()), "OVERRIDE_NOT_FOUND");
  EXPECT_EQ(overrides_->ReadJournal(Override("ada"), 0, 10)->size(), 0u);
  EXPECT_OK(overrides_->Get(Override("bob")));
}

TEST_F(ErasureFollowerTest, WhatTheCustomerScoredGoesAndIsCounted) {
  ASSERT_OK(PutScore("ada", clock_.Now()));
  ASSERT_OK(PutScore("ada", clock_.Now() + absl::Hours(24)));
  ASSERT_OK(PutScore("bob", clock_.Now()));
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/false));
  while (!suppressions_->Contains(acme_, "ada")) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_FALSE(current_scores_->Get({acme_, "churn", "ada"}).ok()) << "refused at once";
  source_->Tell(Change(2, "ada", /*records_gone=*/true));
  const ErasureReport report = AwaitReport(HasAny);
  EXPECT_EQ(CountOf(report, "current scores"), 1);
  EXPECT_EQ(CountOf(report, "changes of current scores"), 1) << "the second time it was the same score";
  EXPECT_EQ(ReasonOf(current_score_store_->Get({acme_, "churn", "ada"}).status()), "CURRENT_SCORE_NOT_FOUND");
  EXPECT_EQ(current_score_store_->ReadChanges(acme_, 0, 10)->size(), 1u);
  EXPECT_OK(current_scores_->Get({acme_, "churn", "bob"}));
}

TEST_F(ErasureFollowerTest, WhomItKnowsToBeSuppressedIsRefusedFromTheStartAlsoWithoutIngestion) {
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  AwaitReport(HasAny);
  Close();
  Open();
  source_->SetAway(true);
  EXPECT_FALSE(suppressions_->Contains(acme_, "ada"));
  Follow();
  EXPECT_TRUE(suppressions_->Contains(acme_, "ada"));
}

TEST_F(ErasureFollowerTest, WhileIngestionIsAwayNothingIsLost) {
  Log("ada", 1);
  source_->SetAway(true);
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(Logged(), 1);
  source_->SetAway(false);
  EXPECT_EQ(CountOf(AwaitReport(HasAny), "scores"), 1);
  EXPECT_EQ(Logged(), 0);
}

TEST_F(ErasureFollowerTest, WhatWasDeletedAloneMayBeScoredAgain) {
  Log("ada", 1);
  Follow();
  constexpr auto kDeleteOnly = ingestion::v1::ERASURE_VERB_DELETE_ONLY;
  source_->Tell(Change(1, "ada", /*records_gone=*/false, 1, kDeleteOnly));
  source_->Tell(Change(2, "ada", /*records_gone=*/true, 1, kDeleteOnly));
  AwaitReport(HasAny);
  EXPECT_EQ(Logged(), 0);
  EXPECT_FALSE(suppressions_->Contains(acme_, "ada"));
}

TEST_F(ErasureFollowerTest, SuppressionAloneForgetsNothingAndConcernsNoModel) {
  Log("ada", 1);
  Publish(0, -1, {"champion"});
  Follow();
  auto change = Change(1, "ada", /*records_gone=*/true, 1, ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY);
  change.mutable_erasure()->clear_first_ingest_time();
  source_->Tell(change);
  const ErasureReport report = AwaitReport(HasAny);
  EXPECT_EQ(report.counts_size(), 0);
  EXPECT_EQ(report.model_versions_size(), 0);
  EXPECT_EQ(Logged(), 1);
}

TEST_F(ErasureFollowerTest, ModelVersionsAreReportedAgainAsTheyAreReplacedAndDeleted) {
  Publish(0, -1, {"champion"});
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  ErasureReport report = AwaitReport(HasAny);
  ASSERT_EQ(report.model_versions_size(), 1);
  EXPECT_EQ(report.model_versions(0).model_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(report.model_versions(0).state(), ErasedVersion::STATE_DUE_BY);
  EXPECT_EQ(FromProto(report.model_versions(0).due_time()), clock_.Now() + absl::Hours(30 * 24));

  Publish(0, -2, {});  // Its data were read before.
  report = AwaitReport([](const ErasureReport& one) { return one.model_versions_size() == 2; });
  EXPECT_EQ(report.model_versions(1).state(), ErasedVersion::STATE_DUE_BY);

  Publish(1, -3, {"champion"});
  report = AwaitReport(
      [](const ErasureReport& one) { return one.model_versions(0).state() == ErasedVersion::STATE_RETRAINED_IN; });
  ASSERT_EQ(report.model_versions_size(), 2);
  EXPECT_EQ(report.model_versions(0).retrained_version(), "tenants/acme/models/churn/versions/3");

  ASSERT_OK(registry_->Delete({acme_, "churn", 1}, "erased", "tester"));
  report = AwaitReport(
      [](const ErasureReport& one) { return one.model_versions(0).state() == ErasedVersion::STATE_DELETED; });
  EXPECT_EQ(report.model_versions(1).state(), ErasedVersion::STATE_RETRAINED_IN);
}

}  // namespace
}  // namespace clientele::inference
