// Old backups go, so that new ones have room: all but the newest, and never the last that is whole.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/backup/backup.h"

namespace clientele::backup {

struct PruneOptions {
  int keep = 0;                                      // So many of the newest stay, whatever their age; at least 1.
  absl::Duration older_than = absl::ZeroDuration();  // Of the others, those that were made longer ago go.
  bool validate_only = false;                        // Finds what would go, and takes nothing.
};

struct Pruned {
  std::vector<Backup> removed;  // The oldest first.
  int kept = 0;
  std::string verified_id;  // Of those that stay: the newest that is whole.
};

// The backups in `directory`, the oldest first. What has no manifest that can be read is none.
absl::StatusOr<std::vector<Backup>> ListBackups(const std::string& directory);

// How many of these, from the oldest on, go.
size_t CountPrunable(absl::Span<const Backup> oldest_first, const PruneOptions& options, absl::Time now);

// Takes them away, one after the other, each under its name or not there; not while one is made by the same program.
// One that stays is verified first: FAILED_PRECONDITION where none is whole, and nothing has gone. INVALID_ARGUMENT:
// nothing would stay.
absl::StatusOr<Pruned> PruneBackups(const std::string& directory, const PruneOptions& options, absl::Time now);

}  // namespace clientele::backup
