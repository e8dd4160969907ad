#include "common/storage/options.h"

#include "absl/strings/match.h"
#include "common/base/error.h"

namespace clientele::storage {

void AddStorageOptions(config::Settings& settings, StorageOptions& options) {
  settings.Add(
      "storage.url", &options.url,
      "postgresql://USER@HOST/DATABASE, for replicas and other tools, backed up with PostgreSQL's own; the password "
      "belongs in libpq's password file. The data directory keeps what is a program's own: its audit log, customers' "
      "keys, how far it has followed. Empty: all is in the data directory.");
  settings.Add("storage.connections", &options.connections,
               "How many connections to storage.url a program may hold: half of them to write, half to scan.");
  settings.Add("storage.timeout", &options.timeout, "How long one statement, or a wait for a connection, may take.");
}

absl::Status CheckStorageOptions(const StorageOptions& options) {
  const bool is_known = options.url.empty() || absl::StartsWith(options.url, "postgresql://") ||
                        absl::StartsWith(options.url, "postgres://");
  if (!is_known) return InvalidField("storage.url", "must be postgresql://..., or empty");
  if (options.connections < 2 || options.connections > 1'000) {
    return InvalidField("storage.connections", "must be 2 to 1000");
  }
  if (options.timeout < absl::Seconds(1)) return InvalidField("storage.timeout", "must be 1s or longer");
  return absl::OkStatus();
}

}  // namespace clientele::storage
