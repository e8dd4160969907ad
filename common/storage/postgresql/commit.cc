#include "common/storage/postgresql/commit.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"

namespace clientele::storage::postgresql {
namespace {

absl::Status LostRace(absl::string_view what) {
  return Error(absl::StatusCode::kAborted, ErrorReason::kEtagMismatch,
               absl::StrCat(what, " was written by somebody else meanwhile; try again"));
}

// OK where the statement wrote its row.
absl::Status Wrote(const absl::StatusOr<Result>& result, absl::string_view what) {
  if (!result.ok()) return result.status();
  return result->changed() == 1 ? absl::OkStatus() : LostRace(what);
}

bool IsDeleted(const StoredVersion& version) {
  return version.metadata.state() == inference::v1::ModelVersion::STATE_DELETED;
}

// Holds the tenant's row until the transaction ends.
absl::Status TakeSequence(Connection& connection, const TenantId& tenant, int64_t sequence) {
  CLIENTELE_RETURN_IF_ERROR(
      connection.Execute("INSERT INTO model_sequences VALUES ($1, 0) ON CONFLICT DO NOTHING", {Text(tenant.value())})
          .status());
  return Wrote(connection.Execute("UPDATE model_sequences SET last = $2 WHERE tenant = $1 AND last = $2 - 1",
                                  {Text(tenant.value()), Int8(sequence)}),
               "a change of the tenant's models");
}

absl::Status WriteLog(Connection& connection, const TenantId& tenant, const ModelChange& change) {
  return connection
      .Execute(
          "INSERT INTO model_changes (tenant, sequence, model, version, is_deleted, traffic, settings)"
          " VALUES ($1, $2, $3, $4, $5, $6, $7)",
          {Text(tenant.value()), Int8(change.sequence), Text(change.model),
           Int8(change.version ? change.version->number : 0), Bool(change.version && IsDeleted(*change.version)),
           Bool(change.traffic.has_value()), Bool(change.settings.has_value())})
      .status();
}

// Anew, or over the same version; a deleted one stays so.
absl::Status WriteVersion(Connection& connection, const TenantId& tenant, const std::string& model,
                          const StoredVersion& version) {
  const inference::v1::ModelVersion& metadata = version.metadata;
  return Wrote(
      connection.Execute(
          "INSERT INTO model_versions AS known (tenant, model, number, sha256, size_bytes, create_time, is_deleted,"
          " message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant, model, number) DO UPDATE"
          " SET is_deleted = $7, message = $8 WHERE known.sha256 = $4 AND (NOT known.is_deleted OR $7)",
          {Text(tenant.value()), Text(model), Int8(version.number), Text(metadata.sha256()),
           Int8(metadata.size_bytes()), Time(absl::ToUnixMicros(FromProto(metadata.create_time()))),
           Bool(IsDeleted(version)), Bytes(metadata.SerializeAsString())}),
      absl::StrCat("version ", version.number));
}

absl::Status WriteRevision(Connection& connection, const TenantId& tenant, const ModelChange& change,
                           const AliasRevision& revision) {
  return Wrote(
      connection.Execute(
          "INSERT INTO alias_revisions (tenant, model, alias, revision, change, from_version, to_version, actor, time,"
          " reason, restored_revision, sequence) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12"
          " WHERE $4 = 1 OR EXISTS (SELECT FROM alias_revisions WHERE tenant = $1 AND model = $2 AND alias = $3"
          " AND revision = $4 - 1) ON CONFLICT DO NOTHING",
          {Text(tenant.value()), Text(change.model), Text(revision.alias), Int8(revision.revision),
           Int2(static_cast<int>(revision.change)), Int8(revision.from_version), Int8(revision.to_version),
           Bytes(revision.actor), Time(absl::ToUnixMicros(revision.time)), Bytes(revision.reason),
           Int8(revision.restored_revision), Int8(change.sequence)}),
      absl::StrCat("alias \"", revision.alias, "\""));
}

absl::Status WriteDocument(Connection& connection, const TenantId& tenant, const std::string& model,
                           absl::string_view name, const std::optional<StoredDocument>& document) {
  if (!document.has_value()) return absl::OkStatus();
  const absl::string_view sql =
      document->revision == 1
          ? "INSERT INTO model_documents (tenant, model, document, revision, message) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT DO NOTHING"
          : "UPDATE model_documents SET revision = $4, message = $5 WHERE tenant = $1 AND model = $2 AND document = $3 "
            "AND revision = $4 - 1";
  return Wrote(connection.Execute(sql, {Text(tenant.value()), Text(model), Text(name), Int8(document->revision),
                                        Bytes(document->bytes)}),
               absl::StrCat("the model's ", name));
}

absl::Status WriteRequest(Connection& connection, const TenantId& tenant, const PublishRequest& request) {
  return connection
      .Execute(
          "INSERT INTO publish_requests (tenant, request_id, fingerprint, model, version) VALUES ($1, $2, $3, $4, $5)"
          " ON CONFLICT (tenant, request_id) DO UPDATE SET fingerprint = $3, model = $4, version = $5",
          {Text(tenant.value()), Bytes(request.request_id), Bytes(request.fingerprint), Text(request.model),
           Int8(request.version)})
      .status();
}

}  // namespace

absl::Status WriteChange(Connection& connection, const TenantId& tenant, const ModelChange& change) {
  CLIENTELE_RETURN_IF_ERROR(TakeSequence(connection, tenant, change.sequence));
  CLIENTELE_RETURN_IF_ERROR(WriteLog(connection, tenant, change));
  if (change.version) CLIENTELE_RETURN_IF_ERROR(WriteVersion(connection, tenant, change.model, *change.version));
  for (const AliasRevision& revision : change.revisions) {
    CLIENTELE_RETURN_IF_ERROR(WriteRevision(connection, tenant, change, revision));
  }
  CLIENTELE_RETURN_IF_ERROR(WriteDocument(connection, tenant, change.model, "traffic", change.traffic));
  CLIENTELE_RETURN_IF_ERROR(WriteDocument(connection, tenant, change.model, "settings", change.settings));
  if (change.request) CLIENTELE_RETURN_IF_ERROR(WriteRequest(connection, tenant, *change.request));
  return absl::OkStatus();
}

}  // namespace clientele::storage::postgresql
