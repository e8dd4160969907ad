#include "services/inference/service_settings.h"

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/limits.h"
#include "common/rpc/options.h"
#include "common/rpc/polling_threads.h"

namespace clientele::inference {
namespace {

constexpr char kProgram[] = "clientele-inference";

void AddScoring(config::Settings& all, ServiceSettings& settings) {
  all.Add("scoring.threads", &settings.threads, "How many calls may score batches or read models at once.");
  all.Add(
      "scoring.queue", &settings.queue,
      "How many more calls may wait: for one of those, or for a customer's features; others are told at once to come "
      "again.");
  all.Add("scoring.feature_freshness", &settings.feature_freshness,
          "How old a customer's features may be and serve again without asking ingestion; 0: it is always asked.");
  all.Add("scoring.feature_cache_customers", &settings.cached_customers,
          "Of how many customers features are kept for that.");
  all.Add("scoring.streams", &settings.streams,
          "How many streams of scores, and how many others, may be open at once.");
}

}  // namespace

absl::StatusOr<config::Outcome> ReadSettings(int argc, const char* const* argv, ServiceSettings& settings) {
  settings.server.program = kProgram;
  settings.server.address = "127.0.0.1:7403";
  settings.server.metrics_address = "127.0.0.1:7413";
  settings.server.starts_ready = false;  // Until models are loaded.
  settings.server.polling_threads = rpc::PollingThreads::Enough();
  settings.ingestion.address = "127.0.0.1:7401";
  settings.log.program = kProgram;

  config::Settings all(kProgram, "Keeps model versions and scores customers with them, with reasons.");
  all.Add("data.directory", &settings.data_directory, "Where versions, aliases and their journal are kept.");
  storage::AddStorageOptions(all, settings.storage);
  AddScoring(all, settings);
  all.Add("ingestion.timeout", &settings.ingestion_timeout, "How long features of customers are waited for.");
  all.Add("portfolio.timeout", &settings.portfolio_timeout,
          "How long a portfolio's value may take, or a step of rescoring.");
  all.Add("rescoring.share", &settings.rescoring_share,
          "Of one core's time, that scoring all customers again may take, above 0, at most 1.");
  all.Add("monitoring.share", &settings.monitor.share, "Of the customers, whose scores are logged, 0 to 1.");
  all.Add("monitoring.days", &settings.monitor.days, "So many days scores and counts are kept.");
  all.Add("monitoring.queue_rows", &settings.monitor.queue_rows,
          "So many rows may wait to be logged, and again for the shadow; what is more is dropped and counted.");
  all.Add("privacy.model_period", &settings.follower.model_period,
          "How long a version that had learnt from an erased customer may go on before it is due.");
  all.Add(
      "privacy.due_versions", &settings.due_versions,
      "What becomes of a version that is due. retire: it scores no more; its aliases go to the newest version that "
      "may go on, and where there is none, nothing is scored until one is trained. keep: it goes on, and `clientele "
      "privacy due` says so.");
  rpc::AddBackupOptions(all, settings.backup);
  rpc::AddServerOptions(all, settings.server);
  rpc::AddChannelOptions(all, "ingestion", settings.ingestion);
  rpc::AddAuditOptions(all, settings.audit);
  rpc::AddLogOptions(all, settings.log);
  CLIENTELE_ASSIGN_OR_RETURN(const config::Outcome outcome, all.Parse(argc, argv));

  CLIENTELE_RETURN_IF_ERROR(storage::CheckStorageOptions(settings.storage));
  CLIENTELE_RETURN_IF_ERROR(config::CheckCounts({{"scoring.threads", settings.threads},
                                                 {"scoring.queue", settings.queue},
                                                 {"scoring.streams", settings.streams}}));
  CLIENTELE_RETURN_IF_ERROR(CheckOptions(settings.monitor));
  if (!(settings.rescoring_share > 0 && settings.rescoring_share <= 1)) {
    return InvalidField("rescoring.share", absl::StrCat(settings.rescoring_share, " is not above 0 and at most 1"));
  }
  if (settings.due_versions != kRetireDue && settings.due_versions != kKeepDue) {
    return InvalidField("privacy.due_versions",
                        absl::StrCat("\"", settings.due_versions, "\" is not one of: retire, keep"));
  }
  if (settings.server.quota.usage_directory.empty()) {
    settings.server.quota.usage_directory = settings.data_directory + "/usage";
  }
  if (settings.audit.signing_key_file.empty()) {
    settings.audit.signing_key_file = absl::StrCat(settings.data_directory, "/", audit::kSigningKeyFile);
  }
  return outcome;
}

}  // namespace clientele::inference
