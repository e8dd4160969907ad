#include "common/storage/postgresql/database.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/migrations.h"

namespace clientele::storage::postgresql {
namespace {

constexpr int kAttempts = 6;
constexpr absl::Duration kMigrationTime = absl::Minutes(30);  // Of large tables; others wait for it.
constexpr absl::Duration kFirstPause = absl::Milliseconds(20);  // Doubles: 1.2 s over all attempts.

// A tenant's id is [a-z0-9-]: nothing in it can end the quotes.
std::string Begin(absl::string_view scope, absl::string_view prelude) {
  return absl::StrCat("BEGIN; SET LOCAL clientele.tenant = '", scope, "'; ", prelude);
}

absl::Status CheckRole(Connection& connection) {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result role,
      connection.Execute("SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user"));
  if (role.rows() == 1 && !role.Bool(0, 0)) return absl::OkStatus();
  return Error(
      absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
      "storage.url: the role is a superuser, or bypasses row-level security, so that nothing would keep tenants "
      "apart; give Clientele a role of its own that owns its database");
}

}  // namespace

Database::Database(const Options& options)
    : url_(options.url),
      timeout_(options.timeout),
      writers_(options.url, std::max(1, options.connections - options.connections / 2), options.timeout),
      scanners_(options.url, std::max(1, options.connections / 2), options.timeout) {}

absl::StatusOr<std::shared_ptr<Database>> Database::Open(const Options& options) {
  std::shared_ptr<Database> database(new Database(options));
  CLIENTELE_ASSIGN_OR_RETURN(const auto connection, database->Connect());
  CLIENTELE_RETURN_IF_ERROR(CheckRole(*connection));
  CLIENTELE_ASSIGN_OR_RETURN(const auto patient, Connection::Open(options.url, kMigrationTime));
  CLIENTELE_RETURN_IF_ERROR(Migrate(*patient, Migrations()));
  return database;
}

absl::Status Database::TransactOnce(Connection& connection, absl::string_view scope, Body body,
                                    absl::string_view prelude, bool& is_over) const {
  absl::Status status = connection.Run(Begin(scope, prelude));
  if (status.ok()) status = body(connection);
  if (status.ok() && connection.HasFailed()) {  // The server would answer a commit as if it were one.
    status = Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "PostgreSQL: a statement has failed");
  }
  if (status.ok()) {
    status = connection.Run("COMMIT");
    is_over = status.ok() || connection.failure() != Failure::kConflict;
    return status;
  }
  const Failure failure = connection.failure();
  is_over = failure != Failure::kConflict && failure != Failure::kLost;
  if (failure != Failure::kLost) connection.Run("ROLLBACK").IgnoreError();  // Otherwise the server does it.
  return status;
}

absl::Status Database::Transact(Pool& pool, absl::string_view scope, Body body, absl::string_view prelude) const {
  absl::Status status;
  absl::Duration pause = kFirstPause;
  const absl::Time deadline = absl::Now() + timeout_;
  for (int attempt = 0; attempt < kAttempts && absl::Now() < deadline; ++attempt, pause *= 2) {
    if (attempt > 0) absl::SleepFor(pause);
    auto connection = pool.Acquire();
    status = connection.status();
    if (!connection.ok()) continue;
    bool is_over = true;
    status = TransactOnce(**connection, scope, body, prelude, is_over);
    if (is_over) return status;
  }
  return status;
}

absl::Status Database::ScanScope(absl::string_view scope, Body body) const {
  bool has_begun = false;
  absl::Status result;
  const auto once = [&](Connection& connection) {
    if (has_begun) return result;  // Its connection went: what was seen cannot be seen again.
    has_begun = true;
    result = body(connection);
    return result;
  };
  return Transact(scanners_, scope, once,
                  "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = 0");
}

absl::StatusOr<Result> Database::Query(const TenantId& tenant, absl::string_view sql,
                                       absl::Span<const Value> parameters) const {
  std::optional<Result> result;
  CLIENTELE_RETURN_IF_ERROR(Write(tenant, [&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(result, connection.Execute(sql, parameters));
    return absl::OkStatus();
  }));
  return *std::move(result);
}

absl::StatusOr<Result> Database::QueryAll(absl::string_view sql, absl::Span<const Value> parameters) const {
  std::optional<Result> result;
  CLIENTELE_RETURN_IF_ERROR(WriteAll([&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(result, connection.Execute(sql, parameters));
    return absl::OkStatus();
  }));
  return *std::move(result);
}

absl::Status Database::RunAlone(const std::string& sql) const {
  CLIENTELE_ASSIGN_OR_RETURN(const auto connection, scanners_.Acquire());
  CLIENTELE_RETURN_IF_ERROR(connection->Run("SET statement_timeout = 0"));
  const absl::Status status = connection->Run(sql);
  if (connection->failure() != Failure::kLost) {
    connection->Run(absl::StrCat("SET statement_timeout = ", absl::ToInt64Milliseconds(timeout_))).IgnoreError();
  }
  return status;
}

}  // namespace clientele::storage::postgresql
