#include "services/cli/client/backup_client.h"

#include "clientele/admin/v1/backup_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

absl::StatusOr<admin::v1::Backup> CreateBackup(const ServiceOptions& options, const std::string& backup_id) {
  CLIENTELE_ASSIGN_OR_RETURN(const Connection connection, Connection::Make(options));
  const auto stub = admin::v1::BackupService::NewStub(connection.channel);
  admin::v1::CreateBackupRequest request;
  request.set_backup_id(backup_id);
  return connection.Call(stub, &admin::v1::BackupService::Stub::CreateBackup, request);
}

absl::StatusOr<admin::v1::PruneBackupsResponse> PruneBackups(const ServiceOptions& options,
                                                             const admin::v1::PruneBackupsRequest& request) {
  CLIENTELE_ASSIGN_OR_RETURN(const Connection connection, Connection::Make(options));
  const auto stub = admin::v1::BackupService::NewStub(connection.channel);
  return connection.Call(stub, &admin::v1::BackupService::Stub::PruneBackups, request);
}

}  // namespace clientele::cli
