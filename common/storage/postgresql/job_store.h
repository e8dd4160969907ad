// JobStore on PostgreSQL.
#pragma once

#include <memory>

#include "common/storage/job_store.h"
#include "common/storage/postgresql/database.h"

namespace clientele::storage::postgresql {

std::unique_ptr<JobStore> MakeJobStore(std::shared_ptr<const Database> database);

}  // namespace clientele::storage::postgresql
