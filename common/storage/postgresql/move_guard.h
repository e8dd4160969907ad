// Keeps programs from a database that `clientele move` has not filled yet: see moves in migrations/.
#pragma once

#include "absl/status/status.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/postgresql/database.h"

namespace clientele::storage::postgresql {

// FAILED_PRECONDITION: a move into it has not ended.
inline absl::Status CheckNoMove(const Database& database) {
  CLIENTELE_ASSIGN_OR_RETURN(const Result unfinished,
                             database.QueryAll("SELECT EXISTS (SELECT FROM moves WHERE NOT is_done)"));
  if (!unfinished.Bool(0, 0)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kStorageFailed,
               "`clientele move` into this database has not ended: run it again, until it says that all is equal");
}

}  // namespace clientele::storage::postgresql
