// ScoreLog on PostgreSQL. What is forgotten leaves the tables at once, and its room is made free for others: the server
// overwrites it by and by.
#pragma once

#include <memory>

#include "common/storage/postgresql/database.h"
#include "common/storage/score_log.h"

namespace clientele::storage::postgresql {

absl::StatusOr<std::unique_ptr<ScoreLog>> OpenScoreLog(std::shared_ptr<const Database> database);

}  // namespace clientele::storage::postgresql
