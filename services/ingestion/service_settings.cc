#include "services/ingestion/service_settings.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/limits.h"
#include "common/rpc/options.h"

namespace clientele::ingestion {
namespace {

constexpr char kProgram[] = "clientele-ingestion";

}  // namespace

absl::StatusOr<config::Outcome> ReadSettings(int argc, const char* const* argv, ServiceSettings& settings) {
  settings.server.program = kProgram;
  settings.server.address = "127.0.0.1:7401";
  settings.server.metrics_address = "127.0.0.1:7411";
  settings.log.program = kProgram;

  config::Settings all(kProgram, "Takes customer records in, exactly once and durable; computes features from them.");
  all.Add("data.directory", &settings.data_directory, "Where the records are kept.");
  storage::AddStorageOptions(all, settings.storage);
  all.Add("calls.threads", &settings.threads, "How many calls may read or write at once.");
  all.Add("calls.streams", &settings.streams, "How many streams, of records or datasets, may be open at once.");
  all.Add("dataset.threads", &settings.dataset_threads, "How many threads read one dataset; 0 is one for each core.");
  all.Add("privacy.signing_key_file", &settings.signing_key_file,
          "PEM Ed25519 key that signs receipts of erasures; made where it is absent. "
          "Default: receipt_key.pem in the data directory.");
  all.Add(
      "privacy.master_key_file", &settings.master_key_file,
      "Keys of 32 bytes, hexadecimal or base64, the newest first, that wrap the keys that personal fields are sealed "
      "with; made where it is absent. Default: master_key in the data directory.");
  all.Add("privacy.master_key_variable", &settings.master_key_variable,
          "The environment variable that has those keys, instead of a file. It is taken out of the environment at "
          "start, so that no other program inherits it; new keys come with a restart.");
  all.Add("privacy.keys_url", &settings.keys_url,
          "With storage.url: postgresql://... of another database, for customers' keys, which replicas share; back the "
          "two up "
          "apart, for a backup of the records must hold no key. Empty: in the data directory, for one program alone.");
  all.Add("privacy.reporters", &settings.reporters,
          "Programs, with commas between, that must report before an erasure is complete.");
  rpc::AddBackupOptions(all, settings.backup);
  rpc::AddServerOptions(all, settings.server);
  rpc::AddAuditOptions(all, settings.audit);
  rpc::AddLogOptions(all, settings.log);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, all.Parse(argc, argv));

  CLIENTELE_RETURN_IF_ERROR(storage::CheckStorageOptions(settings.storage));
  if (!settings.keys_url.empty() && (settings.storage.url.empty() || settings.keys_url == settings.storage.url)) {
    return InvalidField("privacy.keys_url", "must be another database than storage.url, and needs it");
  }
  CLIENTELE_RETURN_IF_ERROR(
      config::CheckCounts({{"calls.threads", settings.threads}, {"calls.streams", settings.streams}}));
  if (settings.server.quota.usage_directory.empty()) {
    settings.server.quota.usage_directory = settings.data_directory + "/usage";
  }
  if (settings.audit.signing_key_file.empty()) {
    settings.audit.signing_key_file = absl::StrCat(settings.data_directory, "/", audit::kSigningKeyFile);
  }
  if (!settings.master_key_file.empty() && !settings.master_key_variable.empty()) {
    return InvalidField("privacy.master_key_variable",
                        "and privacy.master_key_file are both set: which one has the keys?");
  }
  if (settings.master_key_file.empty() && settings.master_key_variable.empty()) {
    settings.master_key_file = settings.data_directory + "/master_key";
  }
  if (settings.signing_key_file.empty()) settings.signing_key_file = settings.data_directory + "/receipt_key.pem";
  return outcome;
}

}  // namespace clientele::ingestion
