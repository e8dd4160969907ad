#include "common/storage/postgresql/row_store.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/artifacts.h"

namespace clientele::storage::postgresql {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(5);       // Of one statement.
constexpr absl::Duration kSessionsEnd = absl::Seconds(10);  // So long a program's may still be ending.
constexpr absl::Duration kPoll = absl::Milliseconds(100);

absl::Status Refuse(absl::string_view why) {
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed, why);
}

std::string Columns(const Layout& layout) { return absl::StrJoin(layout.columns(), ", "); }

std::string Select(const Layout& layout) {
  return layout.select.empty() ? absl::StrCat("SELECT ", Columns(layout), " FROM ", layout.table_name())
                               : layout.select;
}

// Columns that tell rows apart: the first ones, for they are those of the key.
std::string Order(const Layout& layout) {
  constexpr size_t kCodedKey = 4;
  size_t count = layout.codec != nullptr ? kCodedKey : 0;
  for (const Field& field : layout.key) count += field.form != Form::kMark && field.form != Form::kDay ? 1 : 0;
  std::vector<size_t> places;
  for (size_t i = 1; i <= count; ++i) places.push_back(i);
  return places.empty() ? "" : absl::StrCat(" ORDER BY ", absl::StrJoin(places, ", "));
}

std::string WrittenColumns(const Layout& layout) {
  return layout.also.empty() ? Columns(layout) : absl::StrCat(Columns(layout), ", ", layout.also);
}

// Makes the table of the session that the layout's rows go into first: COPY knows no row-level security.
std::string MakeStaging(const Layout& layout) {
  const std::string make = absl::StrCat("CREATE TEMP TABLE IF NOT EXISTS moving_", layout.name);
  if (!layout.staging.empty()) return absl::StrCat(make, " (", layout.staging, ") ON COMMIT DELETE ROWS");
  return absl::StrCat(make, " ON COMMIT DELETE ROWS AS SELECT ", WrittenColumns(layout), " FROM ", layout.table_name(),
                      " WITH NO DATA");
}

std::string Insert(const Layout& layout) {
  if (!layout.insert.empty()) return layout.insert;
  const std::string columns = WrittenColumns(layout);
  return absl::StrCat("INSERT INTO ", layout.table_name(), " (", columns, ") SELECT ", columns, " FROM moving_",
                      layout.name);
}

// Whether each of the layout's columns has null for what is empty.
std::vector<bool> Nullable(const Layout& layout) {
  const std::set<std::string> names = absl::StrSplit(layout.nullable, ", ");
  std::vector<bool> nullable;
  for (const std::string& column : layout.columns()) nullable.push_back(names.contains(column));
  return nullable;
}

std::string CopyBytes(const Layout& layout, absl::Span<const Row> rows) {
  const std::vector<bool> nullable = Nullable(layout);
  const std::vector<std::string> derived = absl::StrSplit(layout.also, ", ", absl::SkipEmpty());
  CopyRows copy;
  for (const Row& row : rows) {
    copy.Begin(static_cast<int>(row.size() + derived.size()));
    for (size_t i = 0; i < row.size(); ++i) {
      nullable[i] && row[i].empty() ? copy.AddNull() : copy.AddRaw(row[i]);
    }
    if (!derived.empty()) layout.derive(row, copy);
  }
  return copy.Finish();
}

// Other sessions of the programs' role on this database.
absl::StatusOr<int64_t> OtherSessions(const Database& database) {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database.QueryAll("SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = "
                                               "current_database() AND usename = current_user AND "
                                               "pid <> pg_backend_pid()"));
  return rows.Int8(0, 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresRowStore>> PostgresRowStore::Open(const std::string& url) {
  CLIENTELE_ASSIGN_OR_RETURN(auto database, Database::Open({.url = url, .connections = 2, .timeout = kTimeout}));
  const absl::Time deadline = absl::Now() + kSessionsEnd;
  while (true) {
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t sessions, OtherSessions(*database));
    if (sessions == 0) break;
    if (absl::Now() > deadline) {
      return Refuse(absl::StrCat("the database is in use by ", sessions, sessions == 1 ? " session" : " sessions",
                                 " of the same role: stop all programs first"));
    }
    absl::SleepFor(kPoll);
  }
  return std::unique_ptr<PostgresRowStore>(new PostgresRowStore(std::move(database)));
}

absl::StatusOr<std::string> PostgresRowStore::Identity() const {
  CLIENTELE_ASSIGN_OR_RETURN(
      const Result rows,
      database_->QueryAll("SELECT concat(current_database(), ' ', extract(epoch FROM applied_at)) FROM schema_versions"
                          " WHERE version = 1"));
  return absl::StrCat("postgresql ", rows.Bytes(0, 0));
}

absl::Status PostgresRowStore::ReadRows(const Layout& layout, absl::string_view order,
                                        absl::FunctionRef<bool(const Row&)> visit) const {
  const std::string sql = absl::StrCat("COPY (SELECT ", Columns(layout), " FROM (", Select(layout), ") AS rows", order,
                                       ") TO STDOUT (FORMAT binary)");
  const size_t columns = layout.columns().size();
  Row row;
  const auto visit_row = [&](CopiedRow& copied) {
    row.Clear();
    for (size_t i = 0; i < columns; ++i) row.Add(copied.Next());
    return copied.intact() && visit(row);
  };
  return database_->ScanAll([&](Connection& connection) { return connection.CopyOut(sql, visit_row); });
}

absl::Status PostgresRowStore::ForEachRow(const Layout& layout, absl::FunctionRef<bool(const Row&)> visit) const {
  return ReadRows(layout, "", visit);
}

absl::Status PostgresRowStore::ForEachRowFrom(const Layout& layout, absl::string_view position,
                                              absl::FunctionRef<bool(const Row&, absl::string_view)> visit) const {
  int64_t before = 0;
  if (!position.empty() && !absl::SimpleAtoi(position, &before)) return Refuse("the move's progress is damaged");
  return ReadRows(layout, absl::StrCat(Order(layout), " OFFSET ", before),
                  [&](const Row& row) { return visit(row, absl::StrCat(++before)); });
}

absl::StatusOr<std::unique_ptr<ArtifactBytes>> PostgresRowStore::ReadArtifact(const TenantId& tenant,
                                                                              absl::string_view sha256) const {
  return ReadArtifactPieces(*database_, tenant, sha256);
}

absl::StatusOr<std::vector<Progress>> PostgresRowStore::Begin(absl::Span<const Layout> layouts,
                                                              const std::string& source) {
  std::vector<Progress> all;
  const absl::Status status = database_->WriteAll([&](Connection& connection) -> absl::Status {
    all.clear();
    CLIENTELE_RETURN_IF_ERROR(connection.Run("LOCK TABLE moves"));
    CLIENTELE_ASSIGN_OR_RETURN(const Result known,
                               connection.Execute("SELECT layout, source, position, is_done FROM moves"));
    std::map<std::string, int> rows;
    for (int row = 0; row < known.rows(); ++row) rows[known.String(row, 0)] = row;
    for (const Layout& layout : layouts) {
      if (const auto row = rows.find(layout.name); row != rows.end()) {
        if (known.Bytes(row->second, 1) != source) {
          return Refuse(absl::StrCat("the database has ", layout.store, " that were moved there from another place"));
        }
        all.push_back({known.String(row->second, 2), known.Bool(row->second, 3)});
        continue;
      }
      CLIENTELE_ASSIGN_OR_RETURN(const Result some,
                                 connection.Execute(absl::StrCat("SELECT EXISTS (", Select(layout), ")")));
      if (some.Bool(0, 0)) {
        return Refuse(absl::StrCat("the database has ", layout.store,
                                   " of its own already: move into an empty one, or one without these"));
      }
      CLIENTELE_RETURN_IF_ERROR(
          connection
              .Execute("INSERT INTO moves VALUES ($1, $2, '', false)", {Text(layout.name), Text(Readable(source))})
              .status());
      all.emplace_back();
    }
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return all;
}

absl::Status PostgresRowStore::Write(const Layout& layout, absl::Span<const Row> rows, const Progress& before,
                                     const Progress& after) {
  const std::string copy = CopyBytes(layout, rows);
  return database_->WriteAll([&](Connection& connection) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result advanced,
        connection.Execute("UPDATE moves SET position = $3, is_done = $4 WHERE layout = $1 AND position = $2",
                           {Text(layout.name), Bytes(before.position), Bytes(after.position), Bool(after.is_done)}));
    if (advanced.changed() != 1) {
      return Error(absl::StatusCode::kAborted, ErrorReason::kStorageFailed,
                   "another move into the database is under way");
    }
    if (rows.empty()) return absl::OkStatus();
    CLIENTELE_RETURN_IF_ERROR(connection.Run(MakeStaging(layout)));
    CLIENTELE_RETURN_IF_ERROR(
        connection.CopyIn(absl::StrCat("COPY moving_", layout.name, " FROM STDIN (FORMAT binary)"), copy));
    return connection.Run(Insert(layout));
  });
}

absl::Status PostgresRowStore::WriteArtifact(const TenantId& tenant, absl::string_view sha256,
                                             absl::string_view bytes) {
  CLIENTELE_ASSIGN_OR_RETURN(const Result there,
                             database_->Query(tenant, "SELECT id FROM artifacts WHERE tenant = $1 AND sha256 = $2",
                                              {Text(tenant.value()), Text(sha256)}));
  if (there.rows() > 0) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const auto pieces, StagedPieces::Begin(database_, tenant));
  CLIENTELE_RETURN_IF_ERROR(pieces->Append(bytes));
  CLIENTELE_RETURN_IF_ERROR(pieces->Flush());
  CLIENTELE_RETURN_IF_ERROR(
      database_->Write(tenant, [&](Connection& connection) { return pieces->Keep(connection, sha256); }));
  pieces->Release();
  return absl::OkStatus();
}

}  // namespace clientele::storage::postgresql
