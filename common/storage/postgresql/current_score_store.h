// CurrentScoreStore on PostgreSQL.
#pragma once

#include <memory>

#include "common/storage/current_score_store.h"
#include "common/storage/postgresql/database.h"

namespace clientele::storage::postgresql {

std::unique_ptr<CurrentScoreStore> MakeCurrentScoreStore(std::shared_ptr<const Database> database);

}  // namespace clientele::storage::postgresql
