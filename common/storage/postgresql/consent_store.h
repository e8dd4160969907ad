// ConsentStore on PostgreSQL.
#pragma once

#include <memory>

#include "common/storage/consent_store.h"
#include "common/storage/postgresql/database.h"

namespace clientele::storage::postgresql {

absl::StatusOr<std::unique_ptr<ConsentStore>> OpenConsentStore(std::shared_ptr<const Database> database);

}  // namespace clientele::storage::postgresql
