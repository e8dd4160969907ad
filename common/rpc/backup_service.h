// Backups on demand, of any of the three servers (see BackupService's proto).
#pragma once

#include <functional>
#include <string>

#include "clientele/admin/v1/backup_service.grpc.pb.h"
#include "common/backup/backup.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/config/settings.h"

namespace clientele::rpc {

struct BackupOptions {
  std::string directory;  // Backups lie in a folder of the program's in it; empty: none are made.
};
// backup.directory
void AddBackupOptions(config::Settings& settings, BackupOptions& options);

// Thread-safe. `clock`, and what `source` copies, must outlive it.
class BackupService final : public admin::v1::BackupService::CallbackService {
 public:
  BackupService(const BackupOptions& options, backup::BackupSource source, const Clock& clock)
      : options_(options), source_(std::move(source)), clock_(clock) {}

  grpc::ServerUnaryReactor* CreateBackup(grpc::CallbackServerContext* context,
                                         const admin::v1::CreateBackupRequest* request,
                                         admin::v1::Backup* response) override;
  grpc::ServerUnaryReactor* PruneBackups(grpc::CallbackServerContext* context,
                                         const admin::v1::PruneBackupsRequest* request,
                                         admin::v1::PruneBackupsResponse* response) override;

 private:
  // Runs `call` in its turn, for operators of the platform.
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, std::function<absl::Status()> call);
  absl::Status Create(const admin::v1::CreateBackupRequest& request, admin::v1::Backup& response) const;
  absl::Status Prune(const admin::v1::PruneBackupsRequest& request, admin::v1::PruneBackupsResponse& response) const;
  // Where this program's backups lie. FAILED_PRECONDITION: nowhere.
  absl::StatusOr<std::string> Directory() const;

  const BackupOptions options_;
  const backup::BackupSource source_;
  const Clock& clock_;
  Executor executor_{/*max_threads=*/1, /*max_queued=*/1};  // Two at once would only make both slower.
};

}  // namespace clientele::rpc
