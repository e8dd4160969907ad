// The manifest of a backup as JSON.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/backup/backup.h"

namespace clientele::backup {

std::string FormatManifest(const Backup& backup);
// DATA_LOSS: not a manifest, or a path that leads out of the backup.
absl::StatusOr<Backup> ParseManifest(absl::string_view text);

}  // namespace clientele::backup
