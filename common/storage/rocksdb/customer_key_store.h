// Customers' keys in a RocksDB database of their own.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/customer_key_store.h"
#include "common/storage/rocksdb/open_options.h"

namespace clientele::storage {

// Makes what is missing. FAILED_PRECONDITION: another process has the directory open, or it is damaged.
absl::StatusOr<std::unique_ptr<CustomerKeyStore>> OpenRocksCustomerKeyStore(const std::string& directory,
                                                                            const OpenOptions& options = {});

}  // namespace clientele::storage
