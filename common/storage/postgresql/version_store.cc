#include "common/storage/postgresql/version_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/artifacts.h"
#include "common/storage/postgresql/commit.h"

namespace clientele::storage::postgresql {
namespace {

constexpr absl::string_view kChannel = "clientele_models";

#define CLIENTELE_REVISION_COLUMNS \
  "alias, revision, change, from_version, to_version, actor, time, reason, restored_revision"

absl::StatusOr<StoredVersion> ParseVersion(int64_t number, const std::string& message) {
  StoredVersion version;
  version.number = number;
  if (version.metadata.ParseFromString(message)) return version;
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored version is damaged");
}

// A row of CLIENTELE_REVISION_COLUMNS from `column` on.
AliasRevision ReadRevision(const Result& rows, int row, int column) {
  AliasRevision revision;
  revision.alias = rows.String(row, column);
  revision.revision = rows.Int8(row, column + 1);
  revision.change = static_cast<AliasChange>(rows.Int2(row, column + 2));
  revision.from_version = rows.Int8(row, column + 3);
  revision.to_version = rows.Int8(row, column + 4);
  revision.actor = rows.String(row, column + 5);
  revision.time = absl::FromUnixMicros(rows.Micros(row, column + 6));
  revision.reason = rows.String(row, column + 7);
  revision.restored_revision = rows.Int8(row, column + 8);
  return revision;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresVersionStore>> PostgresVersionStore::Open(
    std::shared_ptr<const Database> database) {
  CLIENTELE_RETURN_IF_ERROR(DeleteForsaken(*database));
  return std::unique_ptr<PostgresVersionStore>(new PostgresVersionStore(std::move(database)));
}

absl::StatusOr<std::unique_ptr<StagedArtifact>> PostgresVersionStore::StageArtifact(const TenantId& tenant) {
  return StagedPieces::Begin(database_, tenant);
}

absl::Status PostgresVersionStore::Commit(const TenantId& tenant, const ModelChange& change,
                                          std::unique_ptr<StagedArtifact> artifact) {
  const auto pieces = dynamic_cast<StagedPieces*>(artifact.get());
  if (pieces != nullptr) CLIENTELE_RETURN_IF_ERROR(pieces->Flush());
  CLIENTELE_RETURN_IF_ERROR(database_->Write(tenant, [&](Connection& connection) -> absl::Status {
    if (const absl::Status written = WriteChange(connection, tenant, change); !written.ok()) return written;
    if (change.version) {
      const std::string& sha256 = change.version->metadata.sha256();
      const bool is_deleted = change.version->metadata.state() == inference::v1::ModelVersion::STATE_DELETED;
      absl::Status bytes;
      if (pieces != nullptr) bytes = pieces->Keep(connection, sha256);
      if (bytes.ok() && is_deleted) bytes = DeleteUnowned(connection, tenant, sha256);
      if (!bytes.ok()) return bytes;
    }
    return connection.Run(absl::StrCat("NOTIFY ", kChannel));
  }));
  if (pieces != nullptr) pieces->Release();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ArtifactBytes>> PostgresVersionStore::ReadArtifact(const TenantId& tenant,
                                                                                  absl::string_view sha256) const {
  return ReadArtifactPieces(*database_, tenant, sha256);
}

absl::StatusOr<PublishRequest> PostgresVersionStore::FindRequest(const TenantId& tenant,
                                                                 absl::string_view request_id) const {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database_->Query(tenant,
                                              "SELECT fingerprint, model, version FROM publish_requests WHERE "
                                              "tenant = $1 AND request_id = $2",
                                              {Text(tenant.value()), Bytes(request_id)}));
  if (rows.rows() == 0) return absl::NotFoundError("the tenant has not used the request id");
  return PublishRequest{std::string(request_id), rows.String(0, 0), rows.String(0, 1), rows.Int8(0, 2)};
}

absl::StatusOr<StoredVersion> PostgresVersionStore::ReadVersion(const TenantId& tenant, const std::string& model,
                                                                int64_t number) const {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database_->Query(tenant,
                                              "SELECT message FROM model_versions WHERE tenant = $1 AND model = $2 AND "
                                              "number = $3",
                                              {Text(tenant.value()), Text(model), Int8(number)}));
  if (rows.rows() == 0) return absl::NotFoundError("there is no such version");
  return ParseVersion(number, rows.String(0, 0));
}

absl::StatusOr<std::vector<AliasRevision>> PostgresVersionStore::ReadAliasJournal(const TenantId& tenant,
                                                                                  const std::string& model,
                                                                                  const std::string& alias) const {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database_->Query(tenant,
                                              "SELECT " CLIENTELE_REVISION_COLUMNS
                                              " FROM alias_revisions WHERE tenant = $1 AND model = $2 AND alias = $3"
                                              " ORDER BY revision",
                                              {Text(tenant.value()), Text(model), Text(alias)}));
  std::vector<AliasRevision> journal;
  for (int row = 0; row < rows.rows(); ++row) journal.push_back(ReadRevision(rows, row, 0));
  return journal;
}

absl::StatusOr<std::vector<PastChange>> PostgresVersionStore::ReadChanges(const TenantId& tenant, int64_t after,
                                                                          int most) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->Query(tenant,
                       "SELECT sequence, c.model, version, is_deleted, traffic, settings, alias, revision FROM "
                       "(SELECT * FROM model_changes WHERE tenant = $1 AND sequence > $2 ORDER BY sequence LIMIT $3) c "
                       "LEFT JOIN alias_revisions a USING (tenant, sequence) ORDER BY sequence, alias, revision",
                       {Text(tenant.value()), Int8(after), Int8(most)}));
  std::vector<PastChange> changes;
  for (int row = 0; row < rows.rows(); ++row) {
    if (changes.empty() || changes.back().sequence != rows.Int8(row, 0)) {
      PastChange& change = changes.emplace_back();
      change.sequence = rows.Int8(row, 0);
      change.model = rows.String(row, 1);
      change.version = rows.Int8(row, 2);
      change.deleted = rows.Bool(row, 3);
      change.traffic = rows.Bool(row, 4);
      change.settings = rows.Bool(row, 5);
    }
    if (!rows.IsNull(row, 6)) changes.back().moves.push_back({rows.String(row, 6), rows.Int8(row, 7)});
  }
  return changes;
}

void PostgresVersionStore::AwaitCommit(absl::Duration timeout) {
  if (listener_ == nullptr) {
    auto connection = database_->Connect();
    if (connection.ok() && (*connection)->Run(absl::StrCat("LISTEN ", kChannel)).ok()) {
      listener_ = *std::move(connection);
      return;  // Somebody may have committed before.
    }
    return absl::SleepFor(timeout);
  }
  if (listener_->AwaitNotification(timeout).ok()) return;
  listener_.reset();
  absl::SleepFor(timeout);
}

absl::Status PostgresVersionStore::ForEachDocument(absl::string_view document, VisitDocument visit) const {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database_->QueryAll("SELECT tenant, model, revision, message FROM model_documents WHERE "
                                                 "document = $1 ORDER BY tenant, model",
                                                 {Text(document)}));
  for (int row = 0; row < rows.rows(); ++row) {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
    visit(tenant, rows.String(row, 1), StoredDocument{rows.Int8(row, 2), rows.String(row, 3)});
  }
  return absl::OkStatus();
}

absl::Status PostgresVersionStore::ForEachSequence(absl::FunctionRef<void(const TenantId&, int64_t)> visit) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->QueryAll("SELECT tenant, last FROM model_sequences WHERE last > 0 ORDER BY tenant"));
  for (int row = 0; row < rows.rows(); ++row) {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
    visit(tenant, rows.Int8(row, 1));
  }
  return absl::OkStatus();
}

absl::Status PostgresVersionStore::ForEachVersion(
    absl::FunctionRef<void(const TenantId&, const std::string&, StoredVersion)> visit) const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->QueryAll("SELECT tenant, model, number, message FROM model_versions ORDER BY tenant, model, number"));
  for (int row = 0; row < rows.rows(); ++row) {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
    CLIENTELE_ASSIGN_OR_RETURN(StoredVersion version, ParseVersion(rows.Int8(row, 2), rows.String(row, 3)));
    visit(tenant, rows.String(row, 1), std::move(version));
  }
  return absl::OkStatus();
}

absl::Status PostgresVersionStore::ForEachAliasRevision(
    absl::FunctionRef<void(const TenantId&, const std::string&, AliasRevision)> visit) const {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database_->QueryAll("SELECT tenant, model, " CLIENTELE_REVISION_COLUMNS
                                                 " FROM alias_revisions ORDER BY tenant, model, alias, revision"));
  for (int row = 0; row < rows.rows(); ++row) {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(rows.Bytes(row, 0)));
    visit(tenant, rows.String(row, 1), ReadRevision(rows, row, 2));
  }
  return absl::OkStatus();
}

}  // namespace clientele::storage::postgresql
