// ValueSettingsStore on PostgreSQL.
#pragma once

#include <memory>

#include "common/storage/postgresql/database.h"
#include "common/storage/value_settings_store.h"

namespace clientele::storage::postgresql {

std::unique_ptr<ValueSettingsStore> MakeValueSettingsStore(std::shared_ptr<const Database> database);

}  // namespace clientele::storage::postgresql
