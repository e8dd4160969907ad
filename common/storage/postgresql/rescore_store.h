// RescoreStore on PostgreSQL.
#pragma once

#include <memory>

#include "common/storage/postgresql/database.h"
#include "common/storage/rescore_store.h"

namespace clientele::storage::postgresql {

std::unique_ptr<RescoreStore> MakeRescoreStore(std::shared_ptr<const Database> database);

}  // namespace clientele::storage::postgresql
