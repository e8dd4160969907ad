// What the command asks of each server: a backup of what it keeps.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "clientele/admin/v1/backup_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// The server's error, or UNAVAILABLE with what to do where nobody answers. Takes as long as reading what the server
// keeps.
absl::StatusOr<admin::v1::Backup> CreateBackup(const ServiceOptions& options, const std::string& backup_id);
// Errors as above; takes as long as reading one backup.
absl::StatusOr<admin::v1::PruneBackupsResponse> PruneBackups(const ServiceOptions& options,
                                                             const admin::v1::PruneBackupsRequest& request);

}  // namespace clientele::cli
