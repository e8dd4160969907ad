// CurrentScoreStore on RocksDB.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/current_score_store.h"
#include "common/storage/rocksdb/open_options.h"

namespace clientele::storage {

// Opens or creates the store in `directory`. FAILED_PRECONDITION where another process holds it.
absl::StatusOr<std::unique_ptr<CurrentScoreStore>> OpenRocksCurrentScoreStore(const std::string& directory,
                                                                              const OpenOptions& options = {});

}  // namespace clientele::storage
