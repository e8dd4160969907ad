// What of a data directory no database takes, brought along.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/storage/move/move.h"

namespace clientele::cli {

// Copies them into `target`, which becomes the program's data directory: how many files. Again: no harm.
absl::StatusOr<int64_t> CopyStaying(const storage::Move::Staying& staying, const std::string& target);

}  // namespace clientele::cli
