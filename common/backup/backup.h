// Backups of a data directory as directories: what a server kept at an instant, and a manifest of it. They are made
// whole or not at all, and checked and brought back without the server that made them.
//
//   <backup>/manifest.json   {"program", "id", "create_time", "files": [{"path", "size", "sha256"}]}
//   <backup>/data/...        what goes back into a data directory
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace clientele::backup {

struct BackupFile {
  std::string path;  // Below data/, with slashes.
  int64_t size = 0;
  std::string sha256;  // Hex.
};

struct Backup {
  std::string program;  // "clientele-ingestion"
  std::string id;       // [a-z][a-z0-9-]{0,62}
  absl::Time create_time;
  std::vector<BackupFile> files;  // By path.

  int64_t bytes() const;
};

// Makes `directory`/`id`: `copy` fills a new directory with what is to be kept; it is then read, listed, synced and
// shown under its name in one step. INVALID_ARGUMENT: not an id, or a backup has it. Else `copy`'s, or STORAGE_FAILED;
// then nothing is left.
absl::StatusOr<Backup> CreateBackup(const std::string& directory, const std::string& program, const std::string& id,
                                    absl::Time now, absl::FunctionRef<absl::Status(const std::string&)> copy);

// What its manifest says. NOT_FOUND: no backup is there. DATA_LOSS: the manifest is damaged.
absl::StatusOr<Backup> ReadBackup(const std::string& path);

// Reads every byte. NOT_FOUND: no backup is there. DATA_LOSS names the first file that is missing, is another than it
// was, or is one too many.
absl::StatusOr<Backup> VerifyBackup(const std::string& path);

// Verifies, then copies into `data_directory`, which is shown in one step. FAILED_PRECONDITION: there is something in
// it.
absl::StatusOr<Backup> RestoreBackup(const std::string& path, const std::string& data_directory);

// What a program keeps, and how it is copied while it is written to.
struct BackupSource {
  std::string program;
  std::string data_directory;
  // Below it: files, and directories of files, that never change once they are there. They are linked, or on another
  // file system copied; those that vanish meanwhile are passed over.
  std::vector<std::string> fixed_paths = {};
  // Copies the databases below the data directory to the same places below `target`.
  std::function<absl::Status(const std::string& data_directory, const std::string& target)> copy_databases;

  // Into a directory that is there and empty. What a database names at the instant of its copy, and that is fixed,
  // comes too.
  absl::Status CopyTo(const std::string& target) const;
};

}  // namespace clientele::backup
