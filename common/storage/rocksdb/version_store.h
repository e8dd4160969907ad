// Model versions in an embedded RocksDB, their artifacts in files beside it.
#pragma once

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/storage/rocksdb/artifact_files.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/version_store.h"

namespace clientele::storage {

// Thread-safe. Commits are serial: they are rare, and each is a few synced writes.
class RocksVersionStore final : public VersionStore {
 public:
  // Uses DIRECTORY/metadata and DIRECTORY/artifacts. FAILED_PRECONDITION when another process holds it.
  static absl::StatusOr<std::unique_ptr<RocksVersionStore>> Open(const std::string& directory);

  absl::StatusOr<std::unique_ptr<StagedArtifact>> StageArtifact(const TenantId& tenant) override;
  absl::Status Commit(const TenantId& tenant, const ModelChange& change,
                      std::unique_ptr<StagedArtifact> artifact) override ABSL_LOCKS_EXCLUDED(commit_mutex_);
  absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifact(const TenantId& tenant,
                                                              absl::string_view sha256) const override;
  absl::StatusOr<PublishRequest> FindRequest(const TenantId& tenant, absl::string_view request_id) const override;
  absl::StatusOr<std::vector<AliasRevision>> ReadAliasJournal(const TenantId& tenant, const std::string& model,
                                                              const std::string& alias) const override;
  absl::StatusOr<std::vector<PastChange>> ReadChanges(const TenantId& tenant, int64_t after, int most) const override;
  absl::Status ForEachTraffic(
      absl::FunctionRef<void(const TenantId&, const std::string&, StoredTraffic)> visit) const override;
  absl::Status ForEachSequence(absl::FunctionRef<void(const TenantId&, int64_t)> visit) const override;
  absl::Status ForEachVersion(
      absl::FunctionRef<void(const TenantId&, const std::string&, StoredVersion)> visit) const override;
  absl::Status ForEachAliasRevision(
      absl::FunctionRef<void(const TenantId&, const std::string&, AliasRevision)> visit) const override;

 private:
  RocksVersionStore(std::unique_ptr<Database> database, std::unique_ptr<ArtifactFiles> files)
      : database_(std::move(database)), files_(std::move(files)) {}
  absl::Status CheckVersion(const TenantId& tenant, const std::string& model, const StoredVersion& version) const;
  absl::Status CheckTraffic(const TenantId& tenant, const std::string& model, const StoredTraffic& traffic) const;
  absl::Status CheckSequence(const TenantId& tenant, int64_t sequence) const;
  absl::Status CheckRevision(const TenantId& tenant, const std::string& model, const AliasRevision& revision) const;

  const std::unique_ptr<Database> database_;
  const std::unique_ptr<ArtifactFiles> files_;
  absl::Mutex commit_mutex_;  // From the check of a change to its write.
};

}  // namespace clientele::storage
