// `up`, `down`, `status`: Clientele on this machine.
#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "services/cli/client/health.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

struct UpOptions {
  int port_base = kDefaultPorts[0];
  std::array<int, kServices.size()> ports = {};  // 0: port_base + its place.
  std::string programs;
  std::string wait = "30s";
};

absl::Status Up(Context& context, const UpOptions& options) {
  absl::Duration timeout;
  if (!absl::ParseDuration(options.wait, &timeout)) {
    return absl::InvalidArgumentError(absl::StrCat("--wait ", options.wait, ": write 10s or 1m"));
  }
  std::vector<LocalService> services;
  for (size_t i = 0; i < kServices.size(); ++i) {
    LocalService service;
    service.name = std::string(kServices[i]);
    service.binary = absl::StrCat(options.programs.empty() ? OwnDirectory() : options.programs, "/", service.program());
    service.port = options.ports[i] != 0 ? options.ports[i] : options.port_base + static_cast<int>(i);
    service.metrics_port = service.port + kMetricsPortOffset;
    services.push_back(std::move(service));
  }
  Installation installation = context.installation();
  Console& console = context.console();
  Table table(
      {{"service", "Service"}, {"address", "Address"}, {"process", "Process", Align::kRight}, {"state", "State"}});
  CLIENTELE_RETURN_IF_ERROR(installation.Start(services, timeout, [&](const Started& started) {
    const bool fresh = started.outcome == StartOutcome::kStarted;
    table.AddRow({Cell::Text(started.service.name),
                  Cell::Text(started.service.address()),
                  {std::to_string(started.pid), std::to_string(started.pid), true},
                  Cell::Text(fresh ? "started" : "was up already")});
  }));
  console.Print(table);
  console.Say(absl::StrCat("\nData and logs: ", installation.directory(), ".  Stop with `clientele down`."));
  return absl::OkStatus();
}

absl::Status Down(Context& context, const std::string& wait) {
  absl::Duration timeout;
  if (!absl::ParseDuration(wait, &timeout)) {
    return absl::InvalidArgumentError(absl::StrCat("--wait ", wait, ": write 10s or 1m"));
  }
  Installation installation = context.installation();
  Table table({{"service", "Service"}, {"state", "State"}});
  // Those that call others first.
  for (absl::string_view service : {"training", "inference", "ingestion"}) {
    CLIENTELE_ASSIGN_OR_RETURN(const bool ran, installation.Stop(service, timeout));
    table.AddRow({Cell::Text(service), Cell::Text(ran ? "stopped" : "was not running")});
  }
  context.console().Print(table);
  return absl::OkStatus();
}

// What a service that answers holds, in a few words; or why it does not say.
std::string IngestionContent(Context& context) {
  const auto client = context.ingestion();
  if (!client.ok()) return std::string(client.status().message());
  ingestion::v1::GetIngestionReportRequest request;
  request.set_name(context.tenant_name() + "/ingestionReport");
  const auto report = (*client)->GetReport(request);
  if (!report.ok()) return std::string(report.status().message());
  return absl::StrCat(FormatCount(report->accepted_count()), " records of ", FormatCount(report->customer_count()),
                      " customers");
}

std::string TrainingContent(Context& context) {
  const auto client = context.training();
  if (!client.ok()) return std::string(client.status().message());
  training::v1::ListTrainingJobsRequest request;
  request.set_parent(context.tenant_name());
  request.set_page_size(100);
  const auto page = (*client)->ListJobs(request);
  if (!page.ok()) return std::string(page.status().message());
  int active = 0;
  for (const auto& job : page->training_jobs()) active += !HasEnded(job);
  const bool more = !page->next_page_token().empty();
  return absl::StrCat(page->training_jobs_size(), more ? " or more" : "", " jobs, ", active, " not ended");
}

std::string InferenceContent(Context& context) {
  const auto client = context.inference();
  if (!client.ok()) return std::string(client.status().message());
  const auto models = (*client)->ListModels(context.tenant_name());
  if (!models.ok()) return std::string(models.status().message());
  int64_t versions = 0;
  for (const auto& model : *models) versions += model.version_count();
  return absl::StrCat(models->size(), " models, ", versions, " versions");
}

absl::Status Status(Context& context) {
  constexpr absl::Duration kHealthTimeout = absl::Seconds(2);
  Table table({{"service", "Service"}, {"address", "Address"}, {"health", "Health"}, {"content", "Holds"}});
  absl::Status worst;
  for (absl::string_view name : kServices) {
    const ServiceOptions service = context.service(name);
    const auto health = CheckHealth(service, kHealthTimeout);
    std::string content;
    if (health.ok()) {
      content = name == "ingestion"  ? IngestionContent(context)
                : name == "training" ? TrainingContent(context)
                                     : InferenceContent(context);
    } else {
      worst = health.status();
    }
    table.AddRow({Cell::Text(name), Cell::Text(service.address),
                  Cell::Text(!health.ok()                  ? "does not answer"
                             : *health == Health::kServing ? "serving"
                                                           : "not serving"),
                  Cell::Text(content)});
  }
  context.console().Print(table);
  context.console().Say(absl::StrCat("\nTenant ", context.options.tenant, ", clientele ", CLIENTELE_VERSION, "."));
  return worst;
}

}  // namespace

void AddUp(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("up", "Start the three services on this machine and wait until they serve");
  auto options = std::make_shared<UpOptions>();
  command->add_option("--port-base", options->port_base, "Ports are this one and the next two")
      ->check(CLI::Range(1, 65'000))
      ->capture_default_str();
  for (size_t i = 0; i < kServices.size(); ++i) {
    command
        ->add_option(absl::StrCat("--", kServices[i], "-port"), options->ports[i],
                     absl::StrCat("Of ", kServices[i], " [port base + ", i, "]; metrics are on this + 10"))
        ->check(CLI::Range(1, 65'000));
  }
  command->add_option("--programs", options->programs, "Folder of the programs [that of clientele]");
  command->add_option("--wait", options->wait, "How long they may take to serve")->capture_default_str();
  command->footer("What runs already is left alone: up may be called again at any time.");
  context.Bind(command, [&context, options] { return Up(context, *options); });
}

void AddDown(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("down", "Stop the services of this installation; their data stays");
  auto wait = std::make_shared<std::string>("40s");
  command->add_option("--wait", *wait, "How long each may take to finish what is in flight")->capture_default_str();
  context.Bind(command, [&context, wait] { return Down(context, *wait); });
}

void AddStatus(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("status", "Show whether the services serve and what they hold");
  context.Bind(command, [&context] { return Status(context); });
}

}  // namespace clientele::cli
