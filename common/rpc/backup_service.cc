#include "common/rpc/backup_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/backup/prune.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/observability/log.h"
#include "common/rpc/server_state.h"
#include "common/rpc/unary.h"

namespace clientele::rpc {
namespace {

// "b20261126-043112"
std::string IdAt(absl::Time now) { return absl::FormatTime("b%Y%m%d-%H%M%S", now, absl::UTCTimeZone()); }

admin::v1::Backup ToProto(const backup::Backup& backup, const std::string& directory) {
  admin::v1::Backup proto;
  proto.set_backup_id(backup.id);
  proto.set_program(backup.program);
  proto.set_directory(absl::StrCat(directory, "/", backup.id));
  *proto.mutable_create_time() = clientele::ToProto(backup.create_time);
  proto.set_file_count(static_cast<int64_t>(backup.files.size()));
  proto.set_size_bytes(backup.bytes());
  return proto;
}

}  // namespace

void AddBackupOptions(config::Settings& settings, BackupOptions& options) {
  settings.Add("backup.directory", &options.directory,
               "Where `clientele backup create` has backups made, best on another disk; empty: nowhere.");
}

grpc::ServerUnaryReactor* BackupService::CreateBackup(grpc::CallbackServerContext* context,
                                                      const admin::v1::CreateBackupRequest* request,
                                                      admin::v1::Backup* response) {
  return Run(context, [=, this] { return Create(*request, *response); });
}

grpc::ServerUnaryReactor* BackupService::PruneBackups(grpc::CallbackServerContext* context,
                                                      const admin::v1::PruneBackupsRequest* request,
                                                      admin::v1::PruneBackupsResponse* response) {
  return Run(context, [=, this] { return Prune(*request, *response); });
}

grpc::ServerUnaryReactor* BackupService::Run(grpc::CallbackServerContext* context,
                                             std::function<absl::Status()> call) {
  return Unary(context, executor_, [context, call = std::move(call)](const Call&) -> absl::Status {
    const CallContext* own = OwnContext(*context);
    if (own != nullptr && own->caller.tenant.has_value()) {
      return Error(absl::StatusCode::kPermissionDenied, ErrorReason::kPermissionDenied,
                   "a backup holds every tenant's data, so it is for operators of the platform, who have every tenant");
    }
    return call();
  });
}

absl::StatusOr<std::string> BackupService::Directory() const {
  if (!options_.directory.empty()) return absl::StrCat(options_.directory, "/", source_.program);
  return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotConfigured,
               "this server makes no backups: set backup.directory");
}

absl::Status BackupService::Create(const admin::v1::CreateBackupRequest& request, admin::v1::Backup& response) const {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string directory, Directory());
  const absl::Time now = clock_.Now();
  const std::string id = request.backup_id().empty() ? IdAt(now) : request.backup_id();
  CLIENTELE_ASSIGN_OR_RETURN(const backup::Backup made, backup::CreateBackup(directory, source_.program, id, now,
                                                                             [this](const std::string& target) {
                                                                               return source_.CopyTo(target);
                                                                             }));
  response = ToProto(made, directory);
  observability::Log(observability::LogLevel::kInfo, "backup made",
                     {{"backup", made.id}, {"files", response.file_count()}, {"bytes", response.size_bytes()}});
  return absl::OkStatus();
}

absl::Status BackupService::Prune(const admin::v1::PruneBackupsRequest& request,
                                  admin::v1::PruneBackupsResponse& response) const {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string directory, Directory());
  const backup::PruneOptions options = {
      .keep = request.keep(),
      .older_than = absl::Seconds(request.older_than().seconds()) + absl::Nanoseconds(request.older_than().nanos()),
      .validate_only = request.validate_only()};
  if (options.older_than < absl::ZeroDuration()) return InvalidField("older_than", "must not be negative");
  CLIENTELE_ASSIGN_OR_RETURN(const backup::Pruned pruned, backup::PruneBackups(directory, options, clock_.Now()));
  for (const backup::Backup& removed : pruned.removed) *response.add_removed() = ToProto(removed, directory);
  response.set_kept_count(pruned.kept);
  response.set_verified_backup_id(pruned.verified_id);
  observability::Log(observability::LogLevel::kInfo, "backups pruned",
                     {{"removed", response.removed_size()}, {"kept", pruned.kept}});
  return absl::OkStatus();
}

}  // namespace clientele::rpc
