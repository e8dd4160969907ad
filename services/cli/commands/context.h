// What every subcommand is given: the global options, the console, and the services, connected when first asked for.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "services/cli/client/inference_client.h"
#include "services/cli/client/ingestion_client.h"
#include "services/cli/client/training_client.h"
#include "services/cli/exit_code.h"
#include "services/cli/local/installation.h"
#include "services/cli/output/console.h"

namespace clientele::cli {

struct GlobalOptions {
  std::string tenant = "demo";
  std::string directory = ".clientele";
  std::string ingestion;  // Addresses; empty: of the installation in `directory`, else the default port.
  std::string training;
  std::string inference;
  ServiceOptions tls;  // Only its TLS fields.
  std::string timeout = "30s";
  std::string output = "table";
};

// One thread; one command.
class Context {
 public:
  Context(const Clock& clock, Console& console) : clock_(clock), console_(console) {}

  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  GlobalOptions options;

  const Clock& clock() const { return clock_; }
  Console& console() { return console_; }

  // Makes `action` what the command line asks for once `command` is on it.
  void Bind(CLI::App* command, std::function<absl::Status()> action);
  // Runs what was asked for. INVALID_ARGUMENT: a global option is wrong.
  absl::Status Run();

  // A command that worked, and yet ends with another code.
  void EndWith(ExitCode code) { exit_code_ = code; }
  ExitCode exit_code() const { return exit_code_; }

  std::string tenant_name() const { return "tenants/" + options.tenant; }
  std::string model_name(absl::string_view model) const;
  // Of a version by its number, of an alias, or, of nothing, of the model.
  std::string version_name(absl::string_view model, absl::string_view which) const;
  std::string job_name(absl::string_view job) const;
  absl::StatusOr<std::string> customer_name(absl::string_view customer_id) const;

  Installation installation() const { return Installation(options.directory); }
  ServiceOptions service(absl::string_view name) const;

  absl::StatusOr<IngestionClient*> ingestion();
  absl::StatusOr<TrainingClient*> training();
  absl::StatusOr<InferenceClient*> inference();

 private:
  absl::Status Check();

  const Clock& clock_;
  Console& console_;
  std::function<absl::Status()> action_;
  ExitCode exit_code_ = ExitCode::kOk;
  absl::Duration timeout_;
  std::unique_ptr<IngestionClient> ingestion_;
  std::unique_ptr<TrainingClient> training_;
  std::unique_ptr<InferenceClient> inference_;
};

// An instant: RFC 3339, YYYY-MM-DD (its start in UTC), "now", "today", or "90 days ago". INVALID_ARGUMENT otherwise.
absl::StatusOr<absl::Time> ParseInstant(absl::string_view text, absl::Time now);

}  // namespace clientele::cli
