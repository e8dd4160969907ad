#include "services/cli/app.h"

#include "CLI/CLI.hpp"
#include "services/cli/commands/commands.h"
#include "services/cli/commands/context.h"

namespace clientele::cli {
namespace {

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  const std::string group = "Everywhere";
  app.add_option("--tenant", options.tenant, "Whose data")->group(group)->capture_default_str();
  app.add_option("--output,-o", options.output, "How results are written")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->group(group)
      ->capture_default_str();
  app.add_option("--dir", options.directory, "Where `clientele up` keeps data and logs")
      ->group(group)
      ->capture_default_str();
  app.add_option("--timeout", options.timeout, "Of one call: 500ms, 30s, 5m")->group(group)->capture_default_str();

  const std::string services = "Where the services are";
  app.add_option("--ingestion", options.ingestion, "host:port [what `up` started, else 127.0.0.1:7401]")
      ->group(services);
  app.add_option("--training", options.training, "host:port [..., else 127.0.0.1:7402]")->group(services);
  app.add_option("--inference", options.inference, "host:port [..., else 127.0.0.1:7403]")->group(services);
  app.add_flag("--tls", options.tls.tls, "Call them with TLS")->group(services);
  app.add_option("--tls-ca", options.tls.tls_ca_file, "PEM of who signs them [the system's]")->group(services);
  app.add_option("--tls-certificate", options.tls.tls_certificate_file, "PEM to show to them")->group(services);
  app.add_option("--tls-key", options.tls.tls_key_file, "PEM key of that certificate")->group(services);
  app.add_option("--token-file", options.tls.token_file, "A token or API key to show to them")->group(services);
  app.add_option("--tls-server-name", options.tls.tls_server_name, "The name in their certificate")->group(services);
}

void AddCommands(CLI::App& app, Context& context) {
  AddUp(app, context);
  AddDown(app, context);
  AddStatus(app, context);
  AddSample(app, context);
  AddImport(app, context);
  AddCustomers(app, context);
  AddFeatures(app, context);
  AddSettings(app, context);
  AddTrain(app, context);
  AddJobs(app, context);
  AddSchedules(app, context);
  AddModels(app, context);
  AddScore(app, context);
  AddExplainChange(app, context);
  AddValue(app, context);
  AddReport(app, context);
  AddPrivacy(app, context);
  AddConsent(app, context);
  AddOverrides(app, context);
  AddRescore(app, context);
  AddScores(app, context);
  AddAudit(app, context);
  AddBackup(app, context);
  AddMove(app, context);
  AddEncryption(app, context);
  AddRetention(app, context);
  AddTenants(app, context);
  AddKeys(app, context);
  AddTokens(app, context);
  AddQuotas(app, context);
  AddUsage(app, context);
  AddServiceConfig(app, context);
}

}  // namespace

ExitCode RunApp(int argc, const char* const* argv, Console& console) {
  CLI::App app("Segments, churn and lifetime value of your customers: from records to scores.", "clientele");
  Context context(console.clock, console);
  app.set_version_flag("--version", std::string("clientele ") + CLIENTELE_VERSION);
  app.fallthrough();
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer(std::string("Start with:  clientele up && clientele sample && clientele report\n\n") + ExitCodeHelp());
  AddGlobalOptions(app, context.options);
  AddCommands(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, console.out, console.err);
    return code == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
  if (const absl::Status status = context.Run(); !status.ok()) {
    console.out.flush();
    console.Note("clientele: " + std::string(status.message()));
    return ToExitCode(status);
  }
  console.out.flush();
  return console.out ? context.exit_code() : ExitCode::kFailed;
}

}  // namespace clientele::cli
