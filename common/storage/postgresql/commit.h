// One change of a tenant's models, checked and written inside one transaction.
#pragma once

#include "common/storage/postgresql/connection.h"
#include "common/storage/version_store.h"

namespace clientele::storage::postgresql {

// All of `change` but the artifact's bytes; see VersionStore::Commit for the errors.
absl::Status WriteChange(Connection& connection, const TenantId& tenant, const ModelChange& change);

}  // namespace clientele::storage::postgresql
