// `backup`: copies of what the servers keep. Servers make them, online, and take old ones away; verifying and restoring
// need none.
#include "common/backup/backup.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/client/backup_client.h"
#include "services/cli/commands/commands.h"

namespace clientele::cli {
namespace {

constexpr absl::Duration kShortestWait = absl::Minutes(5);  // Everything a server keeps is read.

struct BackupCommand {
  std::vector<std::string> services = {"ingestion", "training", "inference"};
  std::string id;
  std::string path;
  std::string data_directory;
  int keep = 0;
  std::string older_than = "0";
  bool dry_run = false;
};

Table NewTable() {
  return Table({{"program", "Program"},
                {"backup", "Backup"},
                {"created", "Created"},
                {"files", "Files"},
                {"bytes", "Bytes"},
                {"directory", "Directory"}});
}

void AddRow(const admin::v1::Backup& backup, Table& table) {
  table.AddRow({Cell::Text(backup.program()), Cell::Text(backup.backup_id()),
                Cell::Time(FromProto(backup.create_time())), Cell::Count(backup.file_count()),
                Cell::Count(backup.size_bytes()), Cell::Text(backup.directory())});
}

// As the manifest tells of it.
void PrintOne(Context& context, const backup::Backup& backup, const std::string& path) {
  Table table = NewTable();
  table.AddRow({Cell::Text(backup.program), Cell::Text(backup.id), Cell::Time(backup.create_time),
                Cell::Count(static_cast<int64_t>(backup.files.size())), Cell::Count(backup.bytes()), Cell::Text(path)});
  context.console().Print(table);
}

ServiceOptions PatientService(const Context& context, const std::string& name) {
  ServiceOptions service = context.service(name);
  service.timeout = std::max(service.timeout, kShortestWait);
  return service;
}

absl::Status Create(Context& context, const BackupCommand& command) {
  // One id for all, so that what belongs together is seen to.
  const std::string id =
      !command.id.empty() ? command.id : absl::FormatTime("b%Y%m%d-%H%M%S", context.clock().Now(), absl::UTCTimeZone());
  Table table = NewTable();
  std::vector<admin::v1::Backup> backups;
  for (const std::string& name : command.services) {
    absl::StatusOr<admin::v1::Backup> backup = CreateBackup(PatientService(context, name), id);
    if (!backup.ok()) return Annotate(backup.status(), name);
    AddRow(*backup, table);
    backups.push_back(*std::move(backup));
  }
  context.console().PrintList(backups, table);
  return absl::OkStatus();
}

absl::Status Prune(Context& context, const BackupCommand& command) {
  absl::Duration older_than;
  if (!absl::ParseDuration(command.older_than, &older_than) || older_than < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat("--older-than ", command.older_than, " is not a time like 720h"));
  }
  admin::v1::PruneBackupsRequest request;
  request.set_keep(command.keep);
  request.mutable_older_than()->set_seconds(absl::ToInt64Seconds(older_than));
  request.set_validate_only(command.dry_run);
  Table table = NewTable();
  std::vector<admin::v1::Backup> removed;
  int kept = 0;
  for (const std::string& name : command.services) {
    const auto pruned = PruneBackups(PatientService(context, name), request);
    if (!pruned.ok()) return Annotate(pruned.status(), name);
    for (const admin::v1::Backup& backup : pruned->removed()) {
      AddRow(backup, table);
      removed.push_back(backup);
    }
    kept += pruned->kept_count();
  }
  context.console().PrintList(removed, table);
  context.console().Say(absl::StrCat(removed.size(), command.dry_run ? " would go, " : " went, ", kept,
                                     command.dry_run ? " would stay." : " stay."));
  return absl::OkStatus();
}

absl::Status Verify(Context& context, const BackupCommand& command) {
  CLIENTELE_ASSIGN_OR_RETURN(const backup::Backup backup, backup::VerifyBackup(command.path));
  PrintOne(context, backup, command.path);
  context.console().Say("Every file is there and is what it was.");
  return absl::OkStatus();
}

// Of personal fields in the records: they are in no backup, but beside all of them.
absl::StatusOr<bool> RestoreKeys(const BackupCommand& command) {
  const std::string copy = absl::StrCat(command.path, "/../../clientele-ingestion-keys/newest");
  const auto restored = backup::RestoreBackup(copy, absl::StrCat(command.data_directory, "/keys"));
  if (absl::IsNotFound(restored.status())) return false;
  CLIENTELE_RETURN_IF_ERROR(restored.status());
  return true;
}

absl::Status Restore(Context& context, const BackupCommand& command) {
  CLIENTELE_ASSIGN_OR_RETURN(const backup::Backup backup, backup::RestoreBackup(command.path, command.data_directory));
  PrintOne(context, backup, command.path);
  if (backup.program == "clientele-ingestion") {
    CLIENTELE_ASSIGN_OR_RETURN(const bool with_keys, RestoreKeys(command));
    context.console().Say(
        with_keys
            ? "With the keys of personal fields. The master key is in no backup: bring it, privacy.master_key_file."
            : "Without the keys of personal fields: none lie beside the backups. Bring them to DIRECTORY/keys.");
  }
  context.console().Say(
      absl::StrCat("Restored. Start ", backup.program, " with --data-directory ", command.data_directory));
  return absl::OkStatus();
}

}  // namespace

void AddBackup(CLI::App& app, Context& context) {
  CLI::App* backup = app.add_subcommand("backup", "Copies of what the servers keep: make, verify and restore them");
  backup->require_subcommand(1);
  auto command = std::make_shared<BackupCommand>();
  CLI::App* create = backup->add_subcommand(
      "create", "Have each server copy what it keeps into its backup.directory, while it serves");
  const auto with_services = [&](CLI::App* subcommand) {
    subcommand->add_option("--of", command->services, "Which servers")
        ->delimiter(',')
        ->check(CLI::IsMember({"ingestion", "training", "inference"}))
        ->capture_default_str();
    return subcommand;
  };
  with_services(create);
  create->add_option("--id", command->id, "How the backup is called; default: by the time");
  context.Bind(create, [&context, command] { return Create(context, *command); });

  CLI::App* prune = with_services(backup->add_subcommand(
      "prune", "Have each server take its old backups away; one of those that stay is verified first"));
  prune->add_option("--keep", command->keep, "So many of the newest stay, whatever their age")
      ->required()
      ->check(CLI::Range(1, 1'000'000));
  prune->add_option("--older-than", command->older_than, "Of the others, only those that were made longer ago: 720h")
      ->capture_default_str();
  prune->add_flag("--dry-run", command->dry_run, "Show what would go, and take nothing away");
  context.Bind(prune, [&context, command] { return Prune(context, *command); });

  const auto with_path = [&](CLI::App* subcommand) {
    subcommand->add_option("backup", command->path, "The backup's directory, as `backup create` shows it")->required();
    return subcommand;
  };
  context.Bind(with_path(backup->add_subcommand("verify", "Read all of it and compare it with its manifest")),
               [&context, command] { return Verify(context, *command); });
  CLI::App* restore = with_path(backup->add_subcommand("restore", "Verify it, then copy it into a new data directory"));
  restore->add_option("--data", command->data_directory, "The data.directory to be: empty, or not there yet")
      ->required();
  context.Bind(restore, [&context, command] { return Restore(context, *command); });
}

}  // namespace clientele::cli
