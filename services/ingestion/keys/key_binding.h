// Which store of keys the records of a data directory are sealed with. The name of it, <data>/key_store_id, goes into
// every backup, the store itself, <data>/keys, into none: so a directory that was brought back without its keys is told
// from a new one, before anything is sealed with keys that open nothing of what is there.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace clientele::ingestion {

inline constexpr char kKeyStoreIdFile[] = "key_store_id";

// Where the store of keys lies.
std::string KeyDirectory(const std::string& data_directory);

// Before the store is opened, which would make it. FAILED_PRECONDITION: records are sealed, and no keys are there.
absl::Status CheckKeysAreThere(const std::string& data_directory);
// Once it is open; writes the file where there is none. FAILED_PRECONDITION: these are the keys of other records.
absl::Status BindKeys(const std::string& data_directory, uint64_t key_store_id);

}  // namespace clientele::ingestion
