// The bytes of model versions in PostgreSQL, in pieces of a few megabytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/storage/postgresql/database.h"
#include "common/storage/version_store.h"

namespace clientele::storage::postgresql {

// On its way in: pieces under an id that has no digest yet. They go when this dies, or with the next DeleteForsaken
// where the program had died before.
class StagedPieces final : public StagedArtifact {
 public:
  static absl::StatusOr<std::unique_ptr<StagedPieces>> Begin(std::shared_ptr<const Database> database,
                                                             const TenantId& tenant);
  ~StagedPieces() override;

  absl::Status Append(absl::string_view bytes) override;
  absl::StatusOr<std::unique_ptr<ArtifactBytes>> Read() const override;

  // Writes what is left of the bytes.
  absl::Status Flush();
  // Gives it its digest, in place of any that has it already, inside the connection's transaction.
  absl::Status Keep(Connection& connection, absl::string_view sha256) const;
  // The transaction is committed: the pieces stay.
  void Release() { is_kept_ = true; }

 private:
  StagedPieces(std::shared_ptr<const Database> database, const TenantId& tenant, int64_t id)
      : database_(std::move(database)), tenant_(tenant), id_(id) {}
  absl::Status WritePiece();

  const std::shared_ptr<const Database> database_;
  const TenantId tenant_;
  const int64_t id_;
  int32_t pieces_ = 0;
  std::string rest_;  // Not yet enough for a piece.
  bool is_kept_ = false;
};

// NOT_FOUND where the tenant has no such artifact.
absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifactPieces(const Database& database, const TenantId& tenant,
                                                                  absl::string_view sha256);
// Deletes an artifact that no version has any more.
absl::Status DeleteUnowned(Connection& connection, const TenantId& tenant, absl::string_view sha256);
// Deletes what came in a day ago and was never kept.
absl::Status DeleteForsaken(const Database& database);

}  // namespace clientele::storage::postgresql
