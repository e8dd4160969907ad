// OverrideStore on PostgreSQL.
#pragma once

#include <memory>

#include "common/storage/override_store.h"
#include "common/storage/postgresql/database.h"

namespace clientele::storage::postgresql {

std::unique_ptr<OverrideStore> MakeOverrideStore(std::shared_ptr<const Database> database);

}  // namespace clientele::storage::postgresql
