// CustomerKeyStore on PostgreSQL, in a database apart from the records'.
#pragma once

#include <memory>

#include "common/storage/customer_key_store.h"
#include "common/storage/postgresql/database.h"

namespace clientele::storage::postgresql {

absl::StatusOr<std::unique_ptr<CustomerKeyStore>> OpenCustomerKeyStore(std::shared_ptr<const Database> database);

}  // namespace clientele::storage::postgresql
