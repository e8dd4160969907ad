// Where a program keeps its data, as its settings say.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "common/config/settings.h"

namespace clientele::storage {

struct StorageOptions {
  std::string url = "";  // Empty: in data.directory alone.
  int64_t connections = 16;
  absl::Duration timeout = absl::Seconds(30);
};

// storage.url, storage.connections, storage.timeout
void AddStorageOptions(config::Settings& settings, StorageOptions& options);
// INVALID_ARGUMENT names the setting that is wrong. After Parse.
absl::Status CheckStorageOptions(const StorageOptions& options);

}  // namespace clientele::storage
