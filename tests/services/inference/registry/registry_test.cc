#include "services/inference/registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "services/inference/registry/holdings.h"
#include "services/inference/registry/listing.h"
#include "services/inference/scoring/scorer.h"
#include "tests/common/quota/meter_options.h"
#include "tests/services/inference/registry/registry_fixture.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::ChurnModel;
using testutil::OrderFor;
using testutil::Serialize;
using testutil::StatusIs;

class RegistryTest : public RegistryFixture {};

TEST_F(RegistryTest, APublishedVersionIsServedAndDescribed) {
  const std::string bytes = Serialize(ChurnModel());
  PublishOrder order = OrderFor(acme_, "churn", bytes, {"champion"});
  order.training_job = "tenants/acme/trainingJobs/j1";
  order.gate_decision.set_decision(model::v1::GateDecision::DECISION_PUBLISHED_ACTIVE);
  ASSERT_OK_AND_ASSIGN(const auto version, testutil::Publish(*registry_, order, bytes));
  EXPECT_EQ(version.name(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(version.state(), v1::ModelVersion::STATE_AVAILABLE);
  EXPECT_EQ(version.algorithm(), v1::ALGORITHM_LOGISTIC_REGRESSION);
  EXPECT_EQ(version.sha256(), Sha256Hex(bytes));
  EXPECT_EQ(version.size_bytes(), static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(version.training_job(), order.training_job);
  EXPECT_EQ(version.evaluation().classifier().auc(), 0.8);
  EXPECT_EQ(version.gate_decision().decision(), model::v1::GateDecision::DECISION_PUBLISHED_ACTIVE);
  EXPECT_THAT(version.aliases(), ElementsAre("champion"));
  ASSERT_EQ(version.inputs_size(), 3);
  EXPECT_EQ(version.inputs(0).feature(), "recency");
  EXPECT_EQ(version.inputs(2).type(), common::v1::FEATURE_TYPE_CATEGORY);
  EXPECT_EQ(Champion(), 1);
}

TEST_F(RegistryTest, TheSameArtifactAgainIsTheSameVersion) {
  EXPECT_EQ(PublishChurn(-1), 1);
  EXPECT_EQ(PublishChurn(-2), 2);
  EXPECT_EQ(PublishChurn(-1, {"challenger"}), 1);
  EXPECT_EQ(CountFiles(), 2);
  const auto model = *FindModel(*registry_->Get(), acme_, "churn");
  EXPECT_EQ(model->versions.size(), 2u);
  EXPECT_EQ(model->aliases.at("challenger").current(), 1);
  EXPECT_EQ(model->aliases.at("champion").current(), 2);
}

TEST_F(RegistryTest, ATenantHoldsAsManyModelsAndVersionsAsItMay) {
  const testutil::TempDir dir;
  observability::Metrics metrics;
  const std::string file = dir.Write("quotas.json", R"({"tenant_quotas": [
      {"name": "tenants/acme/quota", "models": 1, "model_versions": 2}]})");
  ASSERT_OK_AND_ASSIGN(const auto meter, quota::Meter::Open(quota::LimitsIn(file), clock_, metrics));
  registry_->HoldTo(*meter);
  EXPECT_EQ(PublishChurn(-1), 1);
  EXPECT_EQ(PublishChurn(-2), 2);
  const auto refusal_of = [&](const TenantId& tenant, const std::string& model, double weight) {
    const std::string bytes = Serialize(ChurnModel(weight));
    return testutil::Publish(*registry_, OrderFor(tenant, model, bytes), bytes).status();
  };
  const absl::Status third = refusal_of(acme_, "churn", -3), second_model = refusal_of(acme_, "value", -4);
  EXPECT_THAT(third, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("model_versions is 2")));
  EXPECT_EQ(ReasonOf(third), "QUOTA_EXCEEDED");
  EXPECT_THAT(second_model, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("models is 1")));
  EXPECT_EQ(PublishChurn(-2), 2) << "what is there already is no more";
  EXPECT_OK(refusal_of(*TenantId::Parse("beta"), "value", -4));
  const auto standing = StandingOf(*registry_->Get(), "acme");
  EXPECT_EQ(standing.models, 1);
  EXPECT_EQ(standing.model_versions, 2);
  EXPECT_EQ(standing.stored_bytes, 2 * static_cast<int64_t>(Serialize(ChurnModel(-1)).size()));
  EXPECT_EQ(StandingOf(*registry_->Get(), "*").models, 0);
  EXPECT_EQ(meter->Find("acme")->usage().refused, 2);
  ASSERT_OK(registry_->Delete({acme_, "churn", 1}, "old", "somebody"));
  EXPECT_OK(refusal_of(acme_, "churn", -3));
}

TEST_F(RegistryTest, ARequestIdAnswersAsTheFirstTime) {
  const std::string bytes = Serialize(ChurnModel());
  PublishOrder order = OrderFor(acme_, "churn", bytes, {"champion"});
  order.request_id = "r1";
  ASSERT_OK(testutil::Publish(*registry_, order, bytes));
  EXPECT_EQ(PublishChurn(-2), 2);
  Open();
  ASSERT_OK_AND_ASSIGN(const auto again, testutil::Publish(*registry_, order, bytes));
  EXPECT_EQ(again.name(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(Champion(), 2) << "a repetition moves nothing";

  const std::string other = Serialize(ChurnModel(-3));
  PublishOrder reused = OrderFor(acme_, "churn", other);
  reused.request_id = "r1";
  const auto refused = testutil::Publish(*registry_, reused, other);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReasonOf(refused.status()), "REQUEST_ID_REUSED");
}

TEST_F(RegistryTest, WhatDoesNotHoldIsRefusedAndLeavesNothing) {
  const std::string bytes = Serialize(ChurnModel());
  PublishOrder bad_digest = OrderFor(acme_, "churn", bytes, {"champion"});
  bad_digest.sha256 = Sha256Hex("something else");
  PublishOrder too_short = OrderFor(acme_, "churn", bytes);
  ++too_short.size_bytes;
  PublishOrder too_long = OrderFor(acme_, "churn", bytes);
  --too_long.size_bytes;
  for (const PublishOrder& order : {bad_digest, too_short, too_long}) {
    const auto refused = testutil::Publish(*registry_, order, bytes);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(ReasonOf(refused.status()), "ARTIFACT_INVALID");
  }
  model::v1::ModelArtifact bad_golden_row;
  ASSERT_TRUE(bad_golden_row.ParseFromString(bytes));
  bad_golden_row.mutable_golden_rows(1)->set_outputs(0, 0.123);
  model::v1::ModelArtifact bad_schema = ChurnModel();
  bad_schema.mutable_schema()->RemoveLast();
  for (const std::string& broken : {bad_golden_row.SerializeAsString(), bad_schema.SerializeAsString(),
                                    std::string("no artifact"), bytes.substr(0, bytes.size() / 2)}) {
    const auto refused = testutil::Publish(*registry_, OrderFor(acme_, "churn", broken, {"champion"}), broken);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(ReasonOf(refused.status()), "ARTIFACT_INVALID");
  }
  EXPECT_EQ(CountFiles(), 0);
  EXPECT_THAT(FindModel(*registry_->Get(), acme_, "churn"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(RegistryTest, AnUploadThatIsDroppedLeavesNothing) {
  const std::string bytes = Serialize(ChurnModel());
  {
    const PublishOrder order = OrderFor(acme_, "churn", bytes);
    ASSERT_OK_AND_ASSIGN(const auto upload, registry_->BeginUpload(order));
    ASSERT_OK(upload->Append(order, bytes.substr(0, 50)));
    EXPECT_EQ(CountFiles(), 1);
  }
  EXPECT_EQ(CountFiles(), 0);
}

TEST_F(RegistryTest, ARestartKeepsVersionsAliasesAndTheWayBack) {
  for (const double intercept : {-1, -2, -3}) PublishChurn(intercept);
  ASSERT_OK(registry_->RollbackAlias(champion_, 0, {.actor = "a test"}));
  const v1::ModelAlias before = DescribeChampion();
  const auto model_before = DescribeModel(acme_, "churn", **FindModel(*registry_->Get(), acme_, "churn"));
  Open();
  EXPECT_EQ(DescribeChampion().SerializeAsString(), before.SerializeAsString());
  EXPECT_EQ(DescribeModel(acme_, "churn", **FindModel(*registry_->Get(), acme_, "churn")).SerializeAsString(),
            model_before.SerializeAsString());
  EXPECT_EQ(Champion(), 2);
  EXPECT_EQ(before.revision(), 4);
  EXPECT_EQ(before.previous_version(), "tenants/acme/models/churn/versions/1");
  ASSERT_OK(registry_->RollbackAlias(champion_, 0, {.etag = before.etag(), .actor = "a test"}));
  EXPECT_EQ(Champion(), 1);
  EXPECT_EQ(PublishChurn(-4), 4);
}

TEST_F(RegistryTest, TheJournalSaysWhoMovedAnAliasWhenAndFromWhere) {
  PublishChurn(-1);
  clock_.Advance(absl::Hours(1));
  PublishChurn(-2, {});
  ASSERT_OK(registry_->SetAlias(champion_, 2, {.actor = "an analyst", .reason = "looks better"}));
  clock_.Advance(absl::Hours(1));
  ASSERT_OK(registry_->RollbackAlias(champion_, 0, {.actor = "an operator"}));
  std::vector<std::string> journal;
  const absl::Time begin = absl::FromUnixSeconds(1'700'000'000);
  ASSERT_OK(store_->ForEachAliasRevision([&](const TenantId&, const std::string&, storage::AliasRevision revision) {
    journal.push_back(absl::StrCat(revision.revision, ": ", revision.from_version, " to ", revision.to_version, " by ",
                                   revision.actor, " after ", absl::ToInt64Hours(revision.time - begin), " h"));
  }));
  EXPECT_THAT(journal, ElementsAre("1: 0 to 1 by a test after 0 h", "2: 1 to 2 by an analyst after 1 h",
                                   "3: 2 to 1 by an operator after 2 h"));
}

TEST_F(RegistryTest, AnAliasIsToldAsItWasAtAnyInstant) {
  const absl::Time begin = clock_.Now();
  PublishChurn(-1);
  clock_.Advance(absl::Hours(1));
  PublishChurn(-2);
  clock_.Advance(absl::Hours(1));
  ASSERT_OK(registry_->RollbackAlias(champion_, 0, {.actor = "an operator"}));
  const auto at = [&](absl::Duration after) -> absl::StatusOr<v1::ModelAlias> {
    return registry_->GetAlias(champion_, begin + after);
  };
  EXPECT_THAT(at(absl::Seconds(-1)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(at(absl::Minutes(30))->version(), "tenants/acme/models/churn/versions/1");
  ASSERT_OK_AND_ASSIGN(const auto second, at(absl::Minutes(90)));
  EXPECT_EQ(second.version(), "tenants/acme/models/churn/versions/2");
  EXPECT_EQ(second.previous_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(at(absl::Hours(100))->version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(registry_->GetAlias(champion_, std::nullopt)->revision(), 3);
}

TEST_F(RegistryTest, AnAliasGoesBackToAnyRevisionAndFromThereBackAgain) {
  for (const double intercept : {-1, -2, -3}) PublishChurn(intercept);
  ASSERT_OK(registry_->RollbackAlias(champion_, 1, {.actor = "an operator", .reason = "the first was best"}));
  EXPECT_EQ(Champion(), 1);
  Open();
  EXPECT_EQ(Champion(), 1);
  ASSERT_OK_AND_ASSIGN(const auto journal, registry_->ReadAliasJournal(champion_));
  EXPECT_EQ(journal.back().change, storage::AliasChange::kRestore);
  EXPECT_EQ(journal.back().restored_revision, 1);
  EXPECT_EQ(journal.back().reason, "the first was best");
  ASSERT_OK(registry_->RollbackAlias(champion_, 0, {.actor = "an operator"}));
  EXPECT_EQ(Champion(), 3) << "the way back leads to where it stood before";
  for (const int64_t wrong : {-1, 6}) {
    EXPECT_THAT(registry_->RollbackAlias(champion_, wrong, {.actor = "an operator"}),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(RegistryTest, AClockThatIsPutBackDoesNotReorderTheJournal) {
  PublishChurn(-1);
  const absl::Time first = clock_.Now();
  clock_.Advance(-absl::Hours(5));
  PublishChurn(-2);
  ASSERT_OK_AND_ASSIGN(const auto journal, registry_->ReadAliasJournal(champion_));
  EXPECT_EQ(journal[1].time, first);
  EXPECT_EQ(registry_->GetAlias(champion_, first)->version(), "tenants/acme/models/churn/versions/2");
}

TEST_F(RegistryTest, AVersionThatCannotBeLoadedFailsAloneAndCanBePublishedAgain) {
  PublishChurn(-1);
  PublishChurn(-2);
  const std::string bytes = Serialize(ChurnModel(-1));
  std::ofstream(FileOf(bytes)) << "damaged";
  Open();
  EXPECT_EQ(registry_->Count(v1::ModelVersion::STATE_AVAILABLE), 1);
  EXPECT_EQ(registry_->Count(v1::ModelVersion::STATE_FAILED), 1);
  const auto failed = *Resolve(*registry_->Get(), {acme_, "churn", "", 1});
  EXPECT_EQ(failed.version->metadata.state(), v1::ModelVersion::STATE_FAILED);
  EXPECT_THAT(failed.version->metadata.state_reason(), HasSubstr("damaged"));
  EXPECT_EQ(failed.version->metadata.inputs_size(), 3) << "what is told about it stays";
  EXPECT_THAT(CheckAvailable(*failed.version), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_OK(CheckAvailable(*Resolve(*registry_->Get(), {acme_, "churn", "champion", 0})->version));
  EXPECT_THAT(registry_->RollbackAlias(champion_, 0, {.actor = "a test"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));

  EXPECT_EQ(PublishChurn(-1, {}), 1);
  EXPECT_EQ(registry_->Count(v1::ModelVersion::STATE_AVAILABLE), 2);
  ASSERT_OK(registry_->RollbackAlias(champion_, 0, {.actor = "a test"}));
  Open();
  EXPECT_EQ(registry_->Count(v1::ModelVersion::STATE_AVAILABLE), 2);
  EXPECT_EQ(Champion(), 1);
}

TEST_F(RegistryTest, TenantsDoNotSeeEachOther) {
  PublishChurn(-1);
  const TenantId bolt = *TenantId::Parse("bolt");
  EXPECT_THAT(FindModel(*registry_->Get(), bolt, "churn"), StatusIs(absl::StatusCode::kNotFound));
  const std::string bytes = Serialize(ChurnModel(-1));
  ASSERT_OK_AND_ASSIGN(const auto version, testutil::Publish(*registry_, OrderFor(bolt, "churn", bytes), bytes));
  EXPECT_EQ(version.name(), "tenants/bolt/models/churn/versions/1");
  EXPECT_TRUE(version.aliases().empty());
}

TEST_F(RegistryTest, PagesListEverythingOnce) {
  for (int i = 1; i <= 7; ++i) PublishChurn(-i);
  const auto model = *FindModel(*registry_->Get(), acme_, "churn");
  std::vector<int64_t> numbers;
  int64_t position = 0;
  do {
    const auto describe = [&](int64_t number) { return registry_->Describe({acme_, "churn", number}); };
    ASSERT_OK_AND_ASSIGN(const VersionPage page, ListVersionsBefore(*model, position, 3, describe));
    EXPECT_LE(page.versions.size(), 3u);
    for (const auto& version : page.versions) numbers.push_back(ParseVersionName("", version.name())->version);
    position = page.next;
  } while (position != 0);
  EXPECT_THAT(numbers, ElementsAre(7, 6, 5, 4, 3, 2, 1));

  const std::string bytes = Serialize(ChurnModel());
  for (const char* id : {"a", "b", "d"}) ASSERT_OK(testutil::Publish(*registry_, OrderFor(acme_, id, bytes), bytes));
  const ModelPage first = ListModelsAfter(*registry_->Get(), acme_, "", 3);
  ASSERT_EQ(first.models.size(), 3u);
  EXPECT_EQ(first.models[2].name(), "tenants/acme/models/churn");
  EXPECT_EQ(first.models[2].version_count(), 7);
  const ModelPage second = ListModelsAfter(*registry_->Get(), acme_, first.next, 3);
  ASSERT_EQ(second.models.size(), 1u);
  EXPECT_EQ(second.next, "");
}

// The intercept is part of every score: a torn read would give an answer that its version does not give.
TEST_F(RegistryTest, EveryScoreIsThatOfTheVersionItNamesWhileVersionsSwap) {
  constexpr int kVersions = 20, kReaders = 4;
  std::map<int64_t, double> expected;
  for (int i = 1; i <= kVersions; ++i) {
    const auto predictor = *model::Predictor::Create(ChurnModel(-i));
    expected[i] = predictor->Predict(std::vector<model::Cell>(3), false).output;
  }
  ASSERT_EQ(PublishChurn(-1), 1);
  std::atomic<bool> done = false;
  std::atomic<int64_t> wrong = 0, scored = 0;
  absl::Mutex mutex;
  std::set<int64_t> seen;
  std::vector<std::thread> readers;
  for (int r = 0; r < kReaders; ++r) {
    readers.emplace_back([&] {
      int64_t last = 0;
      while (!done) {
        const auto found = Resolve(*registry_->Get(), {acme_, "churn", "champion", 0});
        if (!found.ok() || found->version->model == nullptr) {
          ++wrong;
          continue;
        }
        const v1::Score score = ScoreRow(*found->version->model, std::vector<model::Cell>(3), 0);
        if (score.probability().probability() != expected[found->version->number]) ++wrong;
        ++scored;
        if (found->version->number == last) continue;
        last = found->version->number;
        absl::MutexLock lock(&mutex);
        seen.insert(last);
      }
    });
  }
  for (int i = 2; i <= kVersions; ++i) EXPECT_EQ(PublishChurn(-i), i);
  for (int i = 0; i < 10; ++i) {
    EXPECT_OK(registry_->RollbackAlias(champion_, 0, {.actor = "a test"}));
    EXPECT_OK(registry_->SetAlias(champion_, 1 + i % kVersions, {.actor = "a test"}));
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(scored, 0);
  EXPECT_GE(seen.size(), 2u);
}

TEST_F(RegistryTest, ManyPublishersGetANumberEach) {
  constexpr int kPublishers = 8;
  std::vector<std::string> artifacts;
  for (int i = 0; i < kPublishers; ++i) artifacts.push_back(Serialize(ChurnModel(-i)));
  absl::Mutex mutex;
  std::set<std::string> names;
  std::vector<std::thread> publishers;
  for (int i = 0; i < kPublishers; ++i) {
    publishers.emplace_back([&, i] {
      const auto version =
          testutil::Publish(*registry_, OrderFor(acme_, "churn", artifacts[i], {"champion"}), artifacts[i]);
      EXPECT_OK(version);
      absl::MutexLock lock(&mutex);
      if (version.ok()) names.insert(version->name());
    });
  }
  for (std::thread& publisher : publishers) publisher.join();
  EXPECT_EQ(names.size(), static_cast<size_t>(kPublishers));
  EXPECT_EQ(DescribeChampion().revision(), kPublishers);
}

}  // namespace
}  // namespace clientele::inference
