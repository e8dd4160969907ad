// What every VersionStore must do. A backend's test has one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, VersionStoreContract, ::testing::Values(&MakeRocksHarness));
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/storage/version_store.h"

namespace clientele::storage {

// One store's data, opened as often as a test likes.
class VersionStoreHarness {
 public:
  virtual ~VersionStoreHarness() = default;
  // Opens the data anew, as after a restart; the store handed out before is gone by then.
  virtual std::unique_ptr<VersionStore> Open() = 0;
  // How many artifacts lie in the store, committed or not.
  virtual int CountArtifacts() = 0;
};

class VersionStoreContract : public ::testing::TestWithParam<std::function<std::unique_ptr<VersionStoreHarness>()>> {
 protected:
  void SetUp() override {
    harness_ = GetParam()();
    store_ = harness_->Open();
    ASSERT_NE(store_, nullptr);
  }
  void Reopen() {
    store_.reset();
    store_ = harness_->Open();
    ASSERT_NE(store_, nullptr);
  }

  static ModelChange NewVersion(const std::string& model, int64_t number, const std::string& bytes) {
    ModelChange change;
    change.model = model;
    change.version.emplace();
    change.version->number = number;
    change.version->metadata.set_sha256(Sha256Hex(bytes));
    change.version->metadata.set_size_bytes(static_cast<int64_t>(bytes.size()));
    return change;
  }
  static AliasRevision Revision(int64_t revision, int64_t from, int64_t to, AliasChange change = AliasChange::kSet) {
    AliasRevision result;
    result.alias = "champion";
    result.revision = revision;
    result.change = change;
    result.from_version = from;
    result.to_version = to;
    result.actor = absl::StrCat("actor ", revision, std::string(1, '\0'), "with a zero byte");
    result.time = absl::FromUnixMicros(1'000'000 + revision);
    return result;
  }
  std::unique_ptr<StagedArtifact> Stage(const std::string& bytes, const TenantId& tenant) {
    auto staged = store_->StageArtifact(tenant);
    EXPECT_TRUE(staged.ok()) << staged.status();
    EXPECT_TRUE((*staged)->Append(bytes.substr(0, bytes.size() / 2)).ok());
    EXPECT_TRUE((*staged)->Append(bytes.substr(bytes.size() / 2)).ok());
    return *std::move(staged);
  }
  absl::Status Publish(const TenantId& tenant, const std::string& model, int64_t number, const std::string& bytes) {
    return Commit(tenant, NewVersion(model, number, bytes), Stage(bytes, tenant));
  }
  // As the tenant's next change.
  absl::Status Commit(const TenantId& tenant, ModelChange change, std::unique_ptr<StagedArtifact> artifact) {
    {
      absl::MutexLock lock(&mutex_);
      change.sequence = sequences_[tenant.value()] + 1;
    }
    const absl::Status status = store_->Commit(tenant, change, std::move(artifact));
    absl::MutexLock lock(&mutex_);
    if (status.ok()) sequences_[tenant.value()] = change.sequence;
    return status;
  }
  std::vector<std::string> Versions() {
    std::vector<std::string> versions;
    EXPECT_TRUE(store_->ForEachVersion([&](const TenantId& tenant, const std::string& model, StoredVersion version) {
      versions.push_back(absl::StrCat(tenant.value(), "/", model, "/", version.number));
    }).ok());
    return versions;
  }
  std::vector<AliasRevision> Revisions() {
    std::vector<AliasRevision> revisions;
    EXPECT_TRUE(store_->ForEachAliasRevision([&](const TenantId&, const std::string&, AliasRevision revision) {
      revisions.push_back(std::move(revision));
    }).ok());
    return revisions;
  }
  std::string Read(const TenantId& tenant, const std::string& bytes) {
    auto read = store_->ReadArtifact(tenant, Sha256Hex(bytes));
    return read.ok() ? std::string((*read)->view()) : read.status().ToString();
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const TenantId bolt_ = *TenantId::Parse("bolt");
  std::unique_ptr<VersionStoreHarness> harness_;
  std::unique_ptr<VersionStore> store_;

 private:
  absl::Mutex mutex_;
  std::map<std::string, int64_t> sequences_;
};

TEST_P(VersionStoreContract, CommittedVersionsSurviveARestart) {
  std::string large(3'000'000, 'x');
  for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 256);
  ASSERT_TRUE(Publish(acme_, "churn", 1, large).ok());
  ASSERT_TRUE(Publish(acme_, "churn", 2, "second").ok());
  Reopen();
  EXPECT_THAT(Versions(), ::testing::ElementsAre("acme/churn/1", "acme/churn/2"));
  EXPECT_EQ(Read(acme_, large), large);
  EXPECT_EQ(Read(acme_, "second"), "second");
}

TEST_P(VersionStoreContract, VersionsComeInOrderOfTenantModelAndNumber) {
  for (const int64_t number : {256, 2, 10, 1}) {
    ASSERT_TRUE(Publish(acme_, "churn", number, absl::StrCat("a", number)).ok());
  }
  ASSERT_TRUE(Publish(bolt_, "a", 1, "b").ok());
  ASSERT_TRUE(Publish(acme_, "a", 1, "b").ok());
  EXPECT_THAT(Versions(), ::testing::ElementsAre("acme/a/1", "acme/churn/1", "acme/churn/2", "acme/churn/10",
                                                 "acme/churn/256", "bolt/a/1"));
}

TEST_P(VersionStoreContract, KeepsWhatIsToldOfAVersion) {
  ModelChange change = NewVersion("churn", 1, "bytes");
  change.version->metadata.set_training_job("tenants/acme/trainingJobs/j");
  change.version->metadata.mutable_spec()->set_seed(7);
  ASSERT_TRUE(Commit(acme_, change, Stage("bytes", acme_)).ok());
  Reopen();
  ASSERT_TRUE(store_->ForEachVersion([&](const TenantId&, const std::string&, StoredVersion version) {
    EXPECT_EQ(version.metadata.SerializeAsString(), change.version->metadata.SerializeAsString());
  }).ok());
}

TEST_P(VersionStoreContract, AnArtifactBelongsToItsTenantAlone) {
  ASSERT_TRUE(Publish(acme_, "churn", 1, "bytes").ok());
  EXPECT_EQ(store_->ReadArtifact(bolt_, Sha256Hex("bytes")).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(VersionStoreContract, NothingStaysOfAnArtifactThatIsNotCommitted) {
  ASSERT_TRUE(Publish(acme_, "churn", 1, "kept").ok());
  {
    const auto dropped = Stage("dropped", acme_);
    EXPECT_EQ((*dropped->Read())->view(), "dropped");
    EXPECT_EQ(harness_->CountArtifacts(), 2);
  }
  EXPECT_EQ(harness_->CountArtifacts(), 1);
  EXPECT_EQ(store_->ReadArtifact(acme_, Sha256Hex("dropped")).status().code(), absl::StatusCode::kNotFound);
}

TEST_P(VersionStoreContract, AnotherArtifactUnderATakenNumberIsAborted) {
  ASSERT_TRUE(Publish(acme_, "churn", 1, "first").ok());
  const absl::Status status = Publish(acme_, "churn", 1, "other");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted) << status;
  EXPECT_EQ(harness_->CountArtifacts(), 1);
  EXPECT_TRUE(Publish(acme_, "churn", 1, "first").ok()) << "the same again replaces what may be damaged";
  EXPECT_EQ(Read(acme_, "first"), "first");
}

TEST_P(VersionStoreContract, KeepsTheJournalOfAnAlias) {
  ModelChange change = NewVersion("churn", 1, "first");
  change.revisions = {Revision(1, 0, 1)};
  ASSERT_TRUE(Commit(acme_, change, Stage("first", acme_)).ok());
  for (const auto& next : {Revision(2, 1, 2), Revision(3, 2, 1, AliasChange::kRollback)}) {
    ModelChange move;
    move.model = "churn";
    move.revisions = {next};
    ASSERT_TRUE(Commit(acme_, move, nullptr).ok());
  }
  Reopen();
  const auto revisions = Revisions();
  ASSERT_EQ(revisions.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const AliasRevision expected =
        i == 0 ? Revision(1, 0, 1) : i == 1 ? Revision(2, 1, 2) : Revision(3, 2, 1, AliasChange::kRollback);
    EXPECT_EQ(revisions[i].alias, "champion");
    EXPECT_EQ(revisions[i].revision, expected.revision);
    EXPECT_EQ(revisions[i].change, expected.change);
    EXPECT_EQ(revisions[i].from_version, expected.from_version);
    EXPECT_EQ(revisions[i].to_version, expected.to_version);
    EXPECT_EQ(revisions[i].actor, expected.actor);
    EXPECT_EQ(revisions[i].time, expected.time);
  }
}

TEST_P(VersionStoreContract, ReadsTheJournalOfOneAliasAlone) {
  ModelChange change = NewVersion("churn", 1, "first");
  AliasRevision other = Revision(1, 0, 1);
  other.alias = "champion2";
  change.revisions = {Revision(1, 0, 1), other};
  ASSERT_TRUE(Commit(acme_, change, Stage("first", acme_)).ok());
  ModelChange move;
  move.model = "churn";
  move.revisions = {Revision(2, 1, 2, AliasChange::kRestore)};
  move.revisions[0].reason = "it was \"better\"";
  move.revisions[0].restored_revision = 1;
  ASSERT_TRUE(Commit(acme_, move, nullptr).ok());
  Reopen();
  const auto journal = store_->ReadAliasJournal(acme_, "churn", "champion");
  ASSERT_TRUE(journal.ok()) << journal.status();
  ASSERT_EQ(journal->size(), 2u);
  EXPECT_EQ((*journal)[0].change, AliasChange::kSet);
  EXPECT_EQ((*journal)[1].alias, "champion");
  EXPECT_EQ((*journal)[1].revision, 2);
  EXPECT_EQ((*journal)[1].change, AliasChange::kRestore);
  EXPECT_EQ((*journal)[1].reason, "it was \"better\"");
  EXPECT_EQ((*journal)[1].restored_revision, 1);
  const auto nobody = store_->ReadAliasJournal(bolt_, "churn", "champion");
  ASSERT_TRUE(nobody.ok()) << nobody.status();
  EXPECT_TRUE(nobody->empty());
}

TEST_P(VersionStoreContract, TellsWhatChangedSinceAnyPointOfATenantsSequence) {
  ModelChange published = NewVersion("churn", 1, "first");
  published.revisions = {Revision(1, 0, 1)};
  ASSERT_TRUE(Commit(acme_, published, Stage("first", acme_)).ok());
  ASSERT_TRUE(Publish(bolt_, "other", 1, "other").ok());
  ModelChange move;
  move.model = "churn";
  move.revisions = {Revision(2, 1, 2)};
  ASSERT_TRUE(Commit(acme_, move, nullptr).ok());
  Reopen();
  const auto changes = store_->ReadChanges(acme_, 0, 10);
  ASSERT_TRUE(changes.ok()) << changes.status();
  ASSERT_EQ(changes->size(), 2u);
  EXPECT_EQ((*changes)[0].sequence, 1);
  EXPECT_EQ((*changes)[0].model, "churn");
  EXPECT_EQ((*changes)[0].version, 1);
  ASSERT_EQ((*changes)[0].moves.size(), 1u);
  EXPECT_EQ((*changes)[0].moves[0].alias, "champion");
  EXPECT_EQ((*changes)[1].sequence, 2);
  EXPECT_EQ((*changes)[1].version, 0);
  EXPECT_EQ((*changes)[1].moves[0].revision, 2);
  EXPECT_EQ(store_->ReadChanges(acme_, 1, 10)->size(), 1u);
  EXPECT_EQ(store_->ReadChanges(acme_, 0, 1)->size(), 1u);
  EXPECT_TRUE(store_->ReadChanges(acme_, 2, 10)->empty());
  std::vector<std::string> last;
  ASSERT_TRUE(store_->ForEachSequence([&](const TenantId& tenant, int64_t sequence) {
    last.push_back(absl::StrCat(tenant.value(), " ", sequence));
  }).ok());
  EXPECT_THAT(last, ::testing::ElementsAre("acme 2", "bolt 1"));
}

TEST_P(VersionStoreContract, KeepsTrafficAndSettingsOfAModel) {
  const std::string zero(1, '\0');
  for (auto document : {&ModelChange::traffic, &ModelChange::settings}) {
    ModelChange change;
    change.model = "churn";
    for (const int64_t revision : {1, 2}) {
      change.*document = StoredDocument{revision, absl::StrCat("document", zero, revision)};
      ASSERT_TRUE(Commit(acme_, change, nullptr).ok());
    }
    for (const int64_t wrong : {1, 2, 4}) {
      change.*document = StoredDocument{wrong, "another"};
      EXPECT_EQ(Commit(acme_, change, nullptr).code(), absl::StatusCode::kAborted);
    }
  }
  Reopen();
  std::vector<std::string> documents;
  const auto add = [&](const TenantId& tenant, const std::string& model, StoredDocument stored) {
    documents.push_back(absl::StrCat(tenant.value(), "/", model, " ", stored.revision, " ", stored.bytes));
  };
  ASSERT_TRUE(store_->ForEachTraffic(add).ok());
  ASSERT_TRUE(store_->ForEachSettings(add).ok());
  EXPECT_THAT(documents, ::testing::Each(absl::StrCat("acme/churn 2 document", zero, 2)));
  EXPECT_EQ(documents.size(), 2u);
  const auto changes = store_->ReadChanges(acme_, 1, 10);
  ASSERT_TRUE(changes.ok());
  EXPECT_TRUE(changes->front().traffic && !changes->front().settings);
  EXPECT_TRUE(changes->back().settings && !changes->back().traffic);
}

TEST_P(VersionStoreContract, ADeletedVersionIsGoneForEver) {
  ASSERT_TRUE(Publish(acme_, "churn", 1, "bytes").ok());
  ASSERT_TRUE(Publish(acme_, "other", 1, "bytes").ok());
  ModelChange tombstone = NewVersion("churn", 1, "bytes");
  tombstone.version->metadata.set_state(inference::v1::ModelVersion::STATE_DELETED);
  ASSERT_TRUE(Commit(acme_, tombstone, nullptr).ok());
  EXPECT_EQ(Read(acme_, "bytes"), "bytes") << "another version has them, too";
  EXPECT_EQ(Publish(acme_, "churn", 1, "bytes").code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(store_->ReadChanges(acme_, 2, 1)->front().deleted);
  tombstone.model = "other";
  ASSERT_TRUE(Commit(acme_, tombstone, nullptr).ok());
  EXPECT_EQ(harness_->CountArtifacts(), 0);
  Reopen();
  EXPECT_EQ(store_->ReadArtifact(acme_, Sha256Hex("bytes")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Versions(), ::testing::ElementsAre("acme/churn/1", "acme/other/1")) << "their tombstones";
  ASSERT_TRUE(Publish(acme_, "churn", 2, "bytes").ok());
  Reopen();
  EXPECT_EQ(Read(acme_, "bytes"), "bytes");
}

TEST_P(VersionStoreContract, ARetiredVersionStaysSoWithItsArtifact) {
  ASSERT_TRUE(Publish(acme_, "churn", 1, "bytes").ok());
  ModelChange retirement = NewVersion("churn", 1, "bytes");
  retirement.version->metadata.set_state(inference::v1::ModelVersion::STATE_RETIRED);
  retirement.version->metadata.set_state_reason("it was due");
  ASSERT_TRUE(Commit(acme_, retirement, nullptr).ok());
  Reopen();
  const auto stored = store_->ReadVersion(acme_, "churn", 1);
  ASSERT_TRUE(stored.ok());
  EXPECT_EQ(stored->metadata.state(), inference::v1::ModelVersion::STATE_RETIRED);
  EXPECT_EQ(stored->metadata.state_reason(), "it was due");
  EXPECT_EQ(Read(acme_, "bytes"), "bytes");
  const auto changes = store_->ReadChanges(acme_, 1, 1);
  EXPECT_TRUE(changes->front().version == 1 && !changes->front().deleted);
}

TEST_P(VersionStoreContract, AChangeOutOfSequenceChangesNothing) {
  ASSERT_TRUE(Publish(acme_, "churn", 1, "first").ok());
  for (const int64_t wrong : {0, 1, 3}) {
    ModelChange change = NewVersion("churn", 2, "second");
    change.sequence = wrong;
    EXPECT_EQ(store_->Commit(acme_, change, Stage("second", acme_)).code(), absl::StatusCode::kAborted);
  }
  EXPECT_THAT(Versions(), ::testing::ElementsAre("acme/churn/1"));
}

TEST_P(VersionStoreContract, ARevisionThatIsNotTheNextChangesNothing) {
  ModelChange first = NewVersion("churn", 1, "first");
  first.revisions = {Revision(1, 0, 1)};
  ASSERT_TRUE(Commit(acme_, first, Stage("first", acme_)).ok());
  for (const int64_t wrong : {1, 3}) {
    ModelChange change = NewVersion("churn", 2, "second");
    change.revisions = {Revision(wrong, 1, 2)};
    change.request = PublishRequest{"id", "print", "churn", 2};
    EXPECT_EQ(Commit(acme_, change, Stage("second", acme_)).code(), absl::StatusCode::kAborted);
  }
  EXPECT_THAT(Versions(), ::testing::ElementsAre("acme/churn/1"));
  EXPECT_EQ(Revisions().size(), 1u);
  EXPECT_EQ(store_->FindRequest(acme_, "id").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(harness_->CountArtifacts(), 1);
}

TEST_P(VersionStoreContract, KeepsRequestIdsByTenant) {
  ModelChange change = NewVersion("churn", 1, "bytes");
  change.request = PublishRequest{"id", "print", "churn", 1};
  ASSERT_TRUE(Commit(acme_, change, Stage("bytes", acme_)).ok());
  Reopen();
  const auto found = store_->FindRequest(acme_, "id");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->fingerprint, "print");
  EXPECT_EQ(found->model, "churn");
  EXPECT_EQ(found->version, 1);
  EXPECT_EQ(store_->FindRequest(bolt_, "id").status().code(), absl::StatusCode::kNotFound);
}

TEST_P(VersionStoreContract, OfManyThatWantOneNumberOneGetsIt) {
  constexpr int kThreads = 8;
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const absl::Status status = Publish(acme_, "churn", 1, absl::StrCat("artifact ", i));
      if (status.ok()) ++won;
      EXPECT_TRUE(status.ok() || absl::IsAborted(status)) << status;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
  EXPECT_EQ(harness_->CountArtifacts(), 1);
  EXPECT_THAT(Versions(), ::testing::ElementsAre("acme/churn/1"));
}

}  // namespace clientele::storage
