#include "common/storage/postgresql/migrations.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace clientele::storage::postgresql {
namespace {

constexpr char kBegin[] =
    "BEGIN; SELECT pg_advisory_xact_lock(1129072205, 0);"  // Any number that nobody else takes.
    "SET LOCAL statement_timeout = 0; SET LOCAL client_min_messages = warning;"
    "CREATE SCHEMA IF NOT EXISTS clientele;"
    "CREATE TABLE IF NOT EXISTS clientele.schema_versions ("
    "  version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

absl::Status ApplyMissing(Connection& connection, absl::Span<const Migration> migrations) {
  CLIENTELE_ASSIGN_OR_RETURN(const Result last,
                             connection.Execute("SELECT coalesce(max(version), 0) FROM clientele.schema_versions"));
  const int current = last.Int4(0, 0), newest = migrations.empty() ? 0 : migrations.back().version;
  if (current > newest) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
                 absl::StrCat("storage.url: the database's tables are of version ", current,
                              ", and this program knows versions up to ", newest, ": run a newer program"));
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= current) continue;
    if (const absl::Status applied = connection.Run(migration.sql); !applied.ok()) {
      return Annotate(applied, absl::StrCat("migration ", migration.name));
    }
    CLIENTELE_RETURN_IF_ERROR(connection
                                  .Execute("INSERT INTO clientele.schema_versions (version, name) VALUES ($1, $2)",
                                           {Int4(migration.version), Text(migration.name)})
                                  .status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations) {
  CLIENTELE_RETURN_IF_ERROR(connection.Run(kBegin));
  const absl::Status applied = ApplyMissing(connection, migrations);
  if (applied.ok()) return connection.Run("COMMIT");
  connection.Run("ROLLBACK").IgnoreError();
  return applied;
}

}  // namespace clientele::storage::postgresql
