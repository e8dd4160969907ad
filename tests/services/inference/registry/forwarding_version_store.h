// A store that can be made to fail, or to wait, at each of its calls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/storage/version_store.h"

namespace clientele::testutil {

// Thread-safe, but for setting what fails.
class ForwardingVersionStore final : public storage::VersionStore {
 public:
  explicit ForwardingVersionStore(VersionStore& store) : store_(store) {}

  // Called before the call is passed on; an error is what it fails with. Empty: passed on.
  std::function<absl::Status()> before_append;  // Of a piece of an artifact.
  std::function<absl::Status()> before_commit;
  std::function<absl::Status(absl::string_view sha256)> before_read_artifact;

  absl::StatusOr<std::unique_ptr<storage::StagedArtifact>> StageArtifact(const TenantId& tenant) override {
    auto staged = store_.StageArtifact(tenant);
    if (!staged.ok()) return staged;
    return std::make_unique<Staged>(*std::move(staged), before_append);
  }
  absl::Status Commit(const TenantId& tenant, const storage::ModelChange& change,
                      std::unique_ptr<storage::StagedArtifact> artifact) override {
    const absl::Status before = before_commit ? before_commit() : absl::OkStatus();
    if (!before.ok()) return before;
    auto* staged = static_cast<Staged*>(artifact.get());
    return store_.Commit(tenant, change, staged == nullptr ? nullptr : staged->Release());
  }
  absl::StatusOr<std::unique_ptr<storage::ArtifactBytes>> ReadArtifact(const TenantId& tenant,
                                                                       absl::string_view sha256) const override {
    const absl::Status before = before_read_artifact ? before_read_artifact(sha256) : absl::OkStatus();
    if (!before.ok()) return before;
    return store_.ReadArtifact(tenant, sha256);
  }
  absl::StatusOr<storage::PublishRequest> FindRequest(const TenantId& tenant, absl::string_view id) const override {
    return store_.FindRequest(tenant, id);
  }
  absl::StatusOr<storage::StoredVersion> ReadVersion(const TenantId& tenant, const std::string& model,
                                                     int64_t number) const override {
    return store_.ReadVersion(tenant, model, number);
  }
  absl::StatusOr<std::vector<storage::AliasRevision>> ReadAliasJournal(const TenantId& tenant, const std::string& model,
                                                                       const std::string& alias) const override {
    return store_.ReadAliasJournal(tenant, model, alias);
  }
  absl::Status ForEachTraffic(VisitDocument visit) const override { return store_.ForEachTraffic(visit); }
  absl::Status ForEachSettings(VisitDocument visit) const override { return store_.ForEachSettings(visit); }
  absl::StatusOr<std::vector<storage::PastChange>> ReadChanges(const TenantId& tenant, int64_t after,
                                                               int most) const override {
    return store_.ReadChanges(tenant, after, most);
  }
  absl::Status ForEachSequence(absl::FunctionRef<void(const TenantId&, int64_t)> visit) const override {
    return store_.ForEachSequence(visit);
  }
  absl::Status ForEachVersion(
      absl::FunctionRef<void(const TenantId&, const std::string&, storage::StoredVersion)> visit) const override {
    return store_.ForEachVersion(visit);
  }
  absl::Status ForEachAliasRevision(
      absl::FunctionRef<void(const TenantId&, const std::string&, storage::AliasRevision)> visit) const override {
    return store_.ForEachAliasRevision(visit);
  }

 private:
  class Staged final : public storage::StagedArtifact {
   public:
    Staged(std::unique_ptr<StagedArtifact> artifact, std::function<absl::Status()> before)
        : artifact_(std::move(artifact)), before_(std::move(before)) {}
    absl::Status Append(absl::string_view bytes) override {
      const absl::Status before = before_ ? before_() : absl::OkStatus();
      return before.ok() ? artifact_->Append(bytes) : before;
    }
    absl::StatusOr<std::unique_ptr<storage::ArtifactBytes>> Read() const override { return artifact_->Read(); }
    std::unique_ptr<StagedArtifact> Release() { return std::move(artifact_); }

   private:
    std::unique_ptr<StagedArtifact> artifact_;
    const std::function<absl::Status()> before_;
  };

  VersionStore& store_;
};

}  // namespace clientele::testutil
