// A PostgreSQL database with Clientele's tables in it, at the version this program knows: what every store of this
// folder stands on.
//
// Tenants are kept apart twice: every statement names its tenant, and every table has a row-level security policy that
// shows a session only the rows of the tenant in `clientele.tenant`, which is set for one transaction at a time.
#pragma once

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/storage/postgresql/pool.h"

namespace clientele::storage::postgresql {

struct Options {
  std::string url = {};
  int connections = 16;  // At most; half of them for scans, so that slow readers never keep writers waiting.
  absl::Duration timeout = absl::Seconds(30);
};

// Thread-safe.
class Database {
 public:
  using Body = absl::FunctionRef<absl::Status(Connection&)>;

  // Connects and brings the tables to this program's version; see migrations.h. FAILED_PRECONDITION: the database is of
  // a newer version, or the role sees all rows whatever the policies say.
  static absl::StatusOr<std::shared_ptr<Database>> Open(const Options& options);

  // Runs `body` in a transaction that sees the tenant's rows alone, and commits it where it returns OK. Where another
  // transaction was in the way, or the connection went before the commit, nothing was stored: it runs again. A
  // connection that goes during the commit is UNAVAILABLE: it may be stored or not. `prelude`: statements to begin
  // with.
  absl::Status Write(const TenantId& tenant, Body body, absl::string_view prelude = "") const {
    return Transact(writers_, tenant.value(), body, prelude);
  }
  // The same for the program itself, which sees all tenants' rows.
  absl::Status WriteAll(Body body) const { return Transact(writers_, kAllTenants, body, ""); }
  // For `body` that only reads, takes long and must run once: in a snapshot, and not again once it has begun.
  absl::Status Scan(const TenantId& tenant, Body body) const { return ScanScope(tenant.value(), body); }
  // The same for the program itself.
  absl::Status ScanAll(Body body) const { return ScanScope(kAllTenants, body); }

  // One statement of one tenant.
  absl::StatusOr<Result> Query(const TenantId& tenant, absl::string_view sql, absl::Span<const Value> parameters) const;
  absl::StatusOr<Result> QueryAll(absl::string_view sql, absl::Span<const Value> parameters = {}) const;

  // A statement that no transaction may hold: VACUUM.
  absl::Status RunAlone(const std::string& sql) const;

  // A connection for a listener, beside the pools.
  absl::StatusOr<std::unique_ptr<Connection>> Connect() const { return Connection::Open(url_, timeout_); }

 private:
  static constexpr absl::string_view kAllTenants = "*";  // No tenant's id.

  explicit Database(const Options& options);
  absl::Status ScanScope(absl::string_view scope, Body body) const;
  absl::Status Transact(Pool& pool, absl::string_view scope, Body body, absl::string_view prelude) const;
  absl::Status TransactOnce(Connection& connection, absl::string_view scope, Body body, absl::string_view prelude,
                            bool& is_over) const;

  const std::string url_;
  const absl::Duration timeout_;
  mutable Pool writers_, scanners_;
};

}  // namespace clientele::storage::postgresql
