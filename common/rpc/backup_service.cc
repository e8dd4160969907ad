#include "common/rpc/backup_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
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

}  // namespace

void AddBackupOptions(config::Settings& settings, BackupOptions& options) {
  settings.Add("backup.directory", &options.directory,
               "Where `clientele backup create` has backups made, best on another disk; empty: nowhere.");
}

grpc::ServerUnaryReactor* BackupService::CreateBackup(grpc::CallbackServerContext* context,
                                                      const admin::v1::CreateBackupRequest* request,
                                                      admin::v1::Backup* response) {
  return Unary(context, executor_, [=, this](const Call&) -> absl::Status {
    const CallContext* own = OwnContext(*context);
    if (own != nullptr && own->caller.tenant.has_value()) {
      return Error(absl::StatusCode::kPermissionDenied, ErrorReason::kPermissionDenied,
                   "a backup holds every tenant's data, so it is for operators of the platform, who have every tenant");
    }
    return Create(*request, *response);
  });
}

absl::Status BackupService::Create(const admin::v1::CreateBackupRequest& request, admin::v1::Backup& response) const {
  if (options_.directory.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotConfigured,
                 "this server makes no backups: set backup.directory");
  }
  const absl::Time now = clock_.Now();
  const std::string id = request.backup_id().empty() ? IdAt(now) : request.backup_id();
  const std::string directory = absl::StrCat(options_.directory, "/", source_.program);
  CLIENTELE_ASSIGN_OR_RETURN(const backup::Backup made, backup::CreateBackup(directory, source_.program, id, now,
                                                                             [this](const std::string& target) {
                                                                               return source_.CopyTo(target);
                                                                             }));
  response.set_backup_id(made.id);
  response.set_program(made.program);
  response.set_directory(absl::StrCat(directory, "/", made.id));
  *response.mutable_create_time() = ToProto(made.create_time);
  response.set_file_count(static_cast<int64_t>(made.files.size()));
  response.set_size_bytes(made.bytes());
  observability::Log(observability::LogLevel::kInfo, "backup made",
                     {{"backup", made.id}, {"files", response.file_count()}, {"bytes", response.size_bytes()}});
  return absl::OkStatus();
}

}  // namespace clientele::rpc
