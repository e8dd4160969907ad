// How often something that every replica holds in memory has changed: see change_counters in migrations/.
#pragma once

#include "absl/strings/string_view.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/database.h"

namespace clientele::storage::postgresql {

// As part of the connection's transaction.
inline absl::Status CountChange(Connection& connection, absl::string_view what) {
  return connection.Execute("UPDATE change_counters SET changes = changes + 1 WHERE what = $1", {Text(what)}).status();
}

inline absl::StatusOr<int64_t> ReadChanges(const Database& database, absl::string_view what) {
  CLIENTELE_ASSIGN_OR_RETURN(const Result rows,
                             database.QueryAll("SELECT changes FROM change_counters WHERE what = $1", {Text(what)}));
  return rows.rows() == 0 ? 0 : rows.Int8(0, 0);
}

}  // namespace clientele::storage::postgresql
