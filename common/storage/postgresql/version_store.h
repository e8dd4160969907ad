// VersionStore on PostgreSQL: for inference with replicas.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/storage/postgresql/database.h"
#include "common/storage/version_store.h"

namespace clientele::storage::postgresql {

// Thread-safe, also against other programs on the same database: a commit holds the tenant's row of sequences from its
// check to its end, and then tells every other program.
class PostgresVersionStore final : public VersionStore {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresVersionStore>> Open(std::shared_ptr<const Database> database);

  absl::StatusOr<std::unique_ptr<StagedArtifact>> StageArtifact(const TenantId& tenant) override;
  absl::Status Commit(const TenantId& tenant, const ModelChange& change,
                      std::unique_ptr<StagedArtifact> artifact) override;
  absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifact(const TenantId& tenant,
                                                              absl::string_view sha256) const override;
  absl::StatusOr<PublishRequest> FindRequest(const TenantId& tenant, absl::string_view request_id) const override;
  absl::StatusOr<StoredVersion> ReadVersion(const TenantId& tenant, const std::string& model,
                                            int64_t number) const override;
  absl::StatusOr<std::vector<AliasRevision>> ReadAliasJournal(const TenantId& tenant, const std::string& model,
                                                              const std::string& alias) const override;
  absl::StatusOr<std::vector<PastChange>> ReadChanges(const TenantId& tenant, int64_t after, int most) const override;
  bool IsShared() const override { return true; }
  void AwaitCommit(absl::Duration timeout) override;
  absl::Status ForEachTraffic(VisitDocument visit) const override { return ForEachDocument("traffic", visit); }
  absl::Status ForEachSettings(VisitDocument visit) const override { return ForEachDocument("settings", visit); }
  absl::Status ForEachSequence(absl::FunctionRef<void(const TenantId&, int64_t)> visit) const override;
  absl::Status ForEachVersion(
      absl::FunctionRef<void(const TenantId&, const std::string&, StoredVersion)> visit) const override;
  absl::Status ForEachAliasRevision(
      absl::FunctionRef<void(const TenantId&, const std::string&, AliasRevision)> visit) const override;

 private:
  explicit PostgresVersionStore(std::shared_ptr<const Database> database) : database_(std::move(database)) {}
  absl::Status ForEachDocument(absl::string_view document, VisitDocument visit) const;

  const std::shared_ptr<const Database> database_;
  std::unique_ptr<Connection> listener_;  // AwaitCommit's alone; null: it has none yet, or its server went.
};

}  // namespace clientele::storage::postgresql
