// FollowedErasures on RocksDB.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/followed_erasures.h"
#include "common/storage/rocksdb/open_options.h"

namespace clientele::storage {

// Opens or creates them in `directory`. FAILED_PRECONDITION where another process holds it.
absl::StatusOr<std::unique_ptr<FollowedErasures>> OpenRocksFollowedErasures(const std::string& directory,
                                                                            const OpenOptions& options = {});

}  // namespace clientele::storage
