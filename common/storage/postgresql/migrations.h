// The tables' versions. Each is a file of migrations/, NNNN_name.sql, that takes a database from the version before to
// its own; they are part of the program. What was released never changes.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/storage/postgresql/connection.h"

namespace clientele::storage::postgresql {

struct Migration {
  int version;
  const char* name;
  const char* sql;
};

// This program's, by version: 1, 2, 3, ...
absl::Span<const Migration> Migrations();

// Applies what the database does not have yet, in one transaction, while any other program that starts waits.
// FAILED_PRECONDITION where the database is of a newer version than the last of `migrations`: nothing runs backwards.
absl::Status Migrate(Connection& connection, absl::Span<const Migration> migrations);

}  // namespace clientele::storage::postgresql
