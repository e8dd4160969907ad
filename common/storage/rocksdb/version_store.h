// Model versions in an embedded RocksDB, their artifacts in files beside it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/storage/rocksdb/artifact_files.h"
#include "common/storage/rocksdb/database.h"
#include "common/storage/rocksdb/version_records.h"
#include "common/storage/version_store.h"

namespace clientele::storage {

// Thread-safe. Commits are serial: they are rare, and each is a few synced writes.
class RocksVersionStore final : public VersionStore {
 public:
  // Uses DIRECTORY/metadata and DIRECTORY/artifacts. FAILED_PRECONDITION when another process holds it.
  static absl::StatusOr<std::unique_ptr<RocksVersionStore>> Open(const std::string& directory,
                                                                 const OpenOptions& options = {});

  absl::StatusOr<std::unique_ptr<StagedArtifact>> StageArtifact(const TenantId& tenant) override;
  absl::Status Commit(const TenantId& tenant, const ModelChange& change,
                      std::unique_ptr<StagedArtifact> artifact) override ABSL_LOCKS_EXCLUDED(commit_mutex_);
  absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifact(const TenantId& tenant,
                                                              absl::string_view sha256) const override;
  absl::StatusOr<PublishRequest> FindRequest(const TenantId& tenant, absl::string_view request_id) const override;
  absl::StatusOr<StoredVersion> ReadVersion(const TenantId& tenant, const std::string& model,
                                            int64_t number) const override;
  absl::StatusOr<std::vector<AliasRevision>> ReadAliasJournal(const TenantId& tenant, const std::string& model,
                                                              const std::string& alias) const override;
  absl::StatusOr<std::vector<PastChange>> ReadChanges(const TenantId& tenant, int64_t after, int most) const override;
  absl::Status ForEachTraffic(VisitDocument visit) const override { return ForEachDocument(kTraffic, visit); }
  absl::Status ForEachSettings(VisitDocument visit) const override { return ForEachDocument(kSettings, visit); }
  absl::Status ForEachSequence(absl::FunctionRef<void(const TenantId&, int64_t)> visit) const override;
  absl::Status ForEachVersion(
      absl::FunctionRef<void(const TenantId&, const std::string&, StoredVersion)> visit) const override;
  absl::Status ForEachAliasRevision(
      absl::FunctionRef<void(const TenantId&, const std::string&, AliasRevision)> visit) const override;

 private:
  RocksVersionStore(std::unique_ptr<Database> database, std::unique_ptr<ArtifactFiles> files)
      : database_(std::move(database)), files_(std::move(files)) {}
  absl::Status CheckVersion(const TenantId& tenant, const std::string& model, const StoredVersion& version) const;
  absl::Status CheckSequence(const TenantId& tenant, int64_t sequence) const;
  absl::Status CheckRevision(const TenantId& tenant, const std::string& model, const AliasRevision& revision) const;
  absl::Status PutDocument(size_t family, const TenantId& tenant, const std::string& model,
                           const StoredDocument& document, rocksdb::WriteBatch& batch) const;
  // All of `change`, checked.
  absl::Status Collect(const TenantId& tenant, const ModelChange& change, rocksdb::WriteBatch& batch) const;
  absl::Status ForEachRecord(
      size_t family,
      absl::FunctionRef<bool(const TenantId&, absl::string_view key, absl::string_view value)> read) const;
  absl::Status ForEachDocument(size_t family, VisitDocument visit) const;
  // Removes the artifacts that have none.
  absl::Status FindOwners() ABSL_LOCKS_EXCLUDED(commit_mutex_);

  const std::unique_ptr<Database> database_;
  const std::unique_ptr<ArtifactFiles> files_;
  absl::Mutex commit_mutex_;  // From the check of a change to its write.
  // The keys of the versions, but the deleted, that have an artifact's bytes.
  std::map<ArtifactFiles::Name, std::set<std::string>> owners_ ABSL_GUARDED_BY(commit_mutex_);
};

}  // namespace clientele::storage
