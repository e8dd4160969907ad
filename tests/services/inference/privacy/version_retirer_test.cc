// What becomes of versions whose time is over, from an erasure to the alias, the journal, the audit log and the report.
#include "services/inference/privacy/version_retirer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/services/inference/privacy/erasure_follower_fixture.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasedVersion;
using ingestion::v1::ErasureReport;

TEST_F(ErasureFollowerTest, AVersionWhoseTimeIsOverIsRetiredAndItsAliasGoesToTheNewestThatMayGoOn) {
  Publish(0, -1, {"champion"});
  Publish(0, -2, {});  // Due, too.
  Publish(1, -3, {});
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  AwaitReport(IsInState(ErasedVersion::STATE_DUE_BY));
  const absl::Time due = clock_.Now() + absl::Hours(30 * 24);
  clock_.Set(due - absl::Minutes(2));
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(registry_->GetAlias({acme_, "churn", "champion"}, std::nullopt)->revision(), 1) << "it may go on";

  clock_.Set(due - absl::Seconds(59));  // No score is late.
  const ErasureReport report = AwaitReport([](const ErasureReport& one) {
    return one.model_versions(0).state() == ErasedVersion::STATE_RETIRED &&
           one.model_versions(1).state() == ErasedVersion::STATE_RETIRED;
  });
  EXPECT_EQ(report.model_versions(0).retrained_version(), "tenants/acme/models/churn/versions/3");
  EXPECT_EQ(WhyNotServed(), "") << "somebody always scored";
  ASSERT_OK_AND_ASSIGN(const auto journal, registry_->ReadAliasJournal({acme_, "churn", "champion"}));
  ASSERT_EQ(journal.size(), 2u);
  EXPECT_EQ(journal[1].to_version, 3);
  EXPECT_EQ(journal[1].actor, "system");
  EXPECT_THAT(journal[1].reason, ::testing::HasSubstr("tenants/acme/erasures/1"));

  std::vector<std::string> entries;
  ASSERT_OK(audit_log_->reader().ForEach("acme", 1, [&](const audit::Entry& entry) {
    entries.push_back(absl::StrCat(audit::Entry::Event_Name(entry.event()), " ", entry.principal(), " ",
                                   entry.resources(0), " ", entry.code()));
    return true;
  }));
  EXPECT_THAT(entries, ::testing::ElementsAre("EVENT_BEGUN system tenants/acme/models/churn/versions/1 ",
                                              "EVENT_ENDED system tenants/acme/models/churn/versions/1 OK",
                                              "EVENT_BEGUN system tenants/acme/models/churn/versions/2 ",
                                              "EVENT_ENDED system tenants/acme/models/churn/versions/2 OK"));
}

TEST_F(ErasureFollowerTest, WhereNoVersionMayGoOnScoringSaysSoUntilOneIsTrained) {
  Publish(0, -1, {"champion"});
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  AwaitReport(IsInState(ErasedVersion::STATE_DUE_BY));
  clock_.Advance(absl::Hours(31 * 24));
  EXPECT_EQ(AwaitReport(IsInState(ErasedVersion::STATE_RETIRED)).model_versions(0).retrained_version(), "");
  EXPECT_EQ(WhyNotServed(), "VERSION_RETIRED");
  Publish(1, -2, {"champion"});
  EXPECT_EQ(WhyNotServed(), "");
  AwaitReport([](const ErasureReport& one) { return !one.model_versions(0).retrained_version().empty(); });
}

TEST_F(ErasureFollowerTest, WhatBecameDueWhileTheProgramWasDownIsRetiredBeforeItServes) {
  Publish(0, -1, {"champion"});
  Follow();
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  AwaitReport(IsInState(ErasedVersion::STATE_DUE_BY));
  Close();
  clock_.Advance(absl::Hours(31 * 24));
  Open();
  source_->SetAway(true);
  Follow();
  EXPECT_EQ(WhyNotServed(), "VERSION_RETIRED");
}

TEST_F(ErasureFollowerTest, WhereVersionsAreKeptTheyGoOnUntilSomebodyActs) {
  Publish(0, -1, {"champion"});
  Follow(/*retires=*/false);
  source_->Tell(Change(1, "ada", /*records_gone=*/true));
  AwaitReport(IsInState(ErasedVersion::STATE_DUE_BY));
  clock_.Advance(absl::Hours(31 * 24));
  Publish(1, -2, {});  // So that versions are looked at again.
  absl::SleepFor(absl::Milliseconds(30));
  EXPECT_EQ(WhyNotServed(), "");
  EXPECT_EQ(source_->reports().back().model_versions(0).state(), ErasedVersion::STATE_DUE_BY);
}

}  // namespace
}  // namespace clientele::inference
