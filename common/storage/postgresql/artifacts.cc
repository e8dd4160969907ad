#include "common/storage/postgresql/artifacts.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::storage::postgresql {
namespace {

constexpr size_t kPieceBytes = 2 << 20;

class BytesInMemory final : public ArtifactBytes {
 public:
  explicit BytesInMemory(std::string bytes) : bytes_(std::move(bytes)) {}
  absl::string_view view() const override { return bytes_; }

 private:
  const std::string bytes_;
};

// Piece by piece, so that memory holds the bytes once.
absl::StatusOr<std::string> ReadPieces(const Database& database, const TenantId& tenant, int64_t id) {
  std::string bytes;
  for (int32_t number = 0;; ++number) {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result piece,
        database.Query(tenant, "SELECT bytes FROM artifact_pieces WHERE tenant = $1 AND artifact = $2 AND number = $3",
                       {Text(tenant.value()), Int8(id), Int4(number)}));
    if (piece.rows() == 0) return bytes;
    absl::StrAppend(&bytes, piece.Bytes(0, 0));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<StagedPieces>> StagedPieces::Begin(std::shared_ptr<const Database> database,
                                                                  const TenantId& tenant) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result row,
      database->Query(tenant, "INSERT INTO artifacts (tenant) VALUES ($1) RETURNING id", {Text(tenant.value())}));
  return std::unique_ptr<StagedPieces>(new StagedPieces(std::move(database), tenant, row.Int8(0, 0)));
}

StagedPieces::~StagedPieces() {
  if (is_kept_) return;
  database_
      ->Query(tenant_, "DELETE FROM artifacts WHERE tenant = $1 AND id = $2 AND sha256 IS NULL",
              {Text(tenant_.value()), Int8(id_)})
      .IgnoreError();
}

absl::Status StagedPieces::WritePiece() {
  CLIENTELE_RETURN_IF_ERROR(database_
                                ->Query(tenant_, "INSERT INTO artifact_pieces VALUES ($1, $2, $3, $4)",
                                        {Text(tenant_.value()), Int8(id_), Int4(pieces_), Bytes(rest_)})
                                .status());
  ++pieces_;
  rest_.clear();
  return absl::OkStatus();
}

absl::Status StagedPieces::Append(absl::string_view bytes) {
  while (!bytes.empty()) {
    const absl::string_view part = bytes.substr(0, kPieceBytes - rest_.size());
    absl::StrAppend(&rest_, part);
    bytes.remove_prefix(part.size());
    if (rest_.size() == kPieceBytes) CLIENTELE_RETURN_IF_ERROR(WritePiece());
  }
  return absl::OkStatus();
}

absl::Status StagedPieces::Flush() { return rest_.empty() ? absl::OkStatus() : WritePiece(); }

absl::StatusOr<std::unique_ptr<ArtifactBytes>> StagedPieces::Read() const {
  CLIENTELE_ASSIGN_OR_RETURN(std::string bytes, ReadPieces(*database_, tenant_, id_));
  return std::make_unique<BytesInMemory>(bytes + rest_);
}

absl::Status StagedPieces::Keep(Connection& connection, absl::string_view sha256) const {
  const std::vector<Value> parameters = {Text(tenant_.value()), Text(sha256)};
  CLIENTELE_RETURN_IF_ERROR(
      connection.Execute("DELETE FROM artifacts WHERE tenant = $1 AND sha256 = $2", parameters).status());
  CLIENTELE_ASSIGN_OR_RETURN(const Result kept,
                             connection.Execute("UPDATE artifacts SET sha256 = $2 WHERE tenant = $1 AND id = $3",
                                                {parameters[0], parameters[1], Int8(id_)}));
  if (kept.changed() == 1) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed,
               "the artifact was on its way for too long and is gone; send it again");
}

absl::StatusOr<std::unique_ptr<ArtifactBytes>> ReadArtifactPieces(const Database& database, const TenantId& tenant,
                                                                  absl::string_view sha256) {
  CLIENTELE_ASSIGN_OR_RETURN(const Result row,
                             database.Query(tenant, "SELECT id FROM artifacts WHERE tenant = $1 AND sha256 = $2",
                                            {Text(tenant.value()), Text(sha256)}));
  if (row.rows() == 0) return absl::NotFoundError("the tenant has no such artifact");
  CLIENTELE_ASSIGN_OR_RETURN(std::string bytes, ReadPieces(database, tenant, row.Int8(0, 0)));
  return std::make_unique<BytesInMemory>(std::move(bytes));
}

absl::Status DeleteUnowned(Connection& connection, const TenantId& tenant, absl::string_view sha256) {
  return connection
      .Execute(
          "DELETE FROM artifacts WHERE tenant = $1 AND sha256 = $2 AND NOT EXISTS (SELECT FROM model_versions v "
          "WHERE v.tenant = $1 AND v.sha256 = $2 AND NOT is_deleted)",
          {Text(tenant.value()), Text(sha256)})
      .status();
}

absl::Status DeleteForsaken(const Database& database) {
  return database.QueryAll("DELETE FROM artifacts WHERE sha256 IS NULL AND staged_at < now() - interval '1 day'")
      .status();
}

}  // namespace clientele::storage::postgresql
