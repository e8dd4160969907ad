// How far a move into a data directory has come: a file in it, <data>/unfinished_move, that goes when all is done. A
// program does not start on a directory that has one.
//
//   ( layout " " 0|1 " " position in hex " " source "\n" )*
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/storage/move/row_store.h"

namespace clientele::storage {

struct LayoutProgress {
  std::string source;
  Progress progress;
};
using MoveProgress = std::map<std::string, LayoutProgress>;  // By layout.

// NOT_FOUND: none is under way.
absl::StatusOr<MoveProgress> ReadMoveProgress(const std::string& directory);
// Durable, whole or not at all. Where all is done, there is no file.
absl::Status WriteMoveProgress(const std::string& directory, const MoveProgress& progress);

// FAILED_PRECONDITION: a move into the directory has not ended.
absl::Status CheckNoMove(const std::string& directory);

}  // namespace clientele::storage
