// `sample`: synthetic customers streamed in, and the truth about them in files. They are those of a CRM of five types
// of customers, or a cohort drawn from a model of purchases.
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "services/cli/client/ingest_stream.h"
#include "services/cli/commands/commands.h"
#include "services/cli/importing/tally.h"
#include "services/cli/local/process.h"
#include "services/cli/output/format.h"
#include "services/cli/sample/cohort.h"
#include "services/cli/sample/generator.h"
#include "services/cli/sample/manifest.h"
#include "services/cli/sample/sample_record.h"
#include "services/cli/sample/truth_view.h"

namespace clientele::cli {
namespace {

using Records = std::vector<ingestion::v1::Record>;

constexpr int kBatchRecords = 1'000;
constexpr int kMostHoldoutDays = 700;  // Of two years, which leaves a month to join in.

struct SampleCommand {
  std::string model = std::string(kCrmSample);
  int customers = 5'000;
  uint64_t seed = 1;
  std::string end;
  // Of a cohort.
  std::string parameters;
  std::string spend;
  int holdout_days = 180;
};

// Where the truth goes.
struct Files {
  std::string manifest, customers, cohort;
};

// What fills the tenant: customers one by one, each with its line of the truth.
struct Source {
  std::string truth_header;
  std::function<std::string(int index, Records& records)> make;
};

Source CrmSource(const SampleOptions& options) {
  return {GroundTruthHeader(), [options](int index, Records& records) {
            SampleCustomer customer = GenerateCustomer(options, index);
            records = std::move(customer.records);
            return GroundTruthLine(customer.truth);
          }};
}

// `totals` grow as customers are made.
Source CohortSource(const CohortOptions& options, CohortTotals& totals) {
  const auto cohort = std::make_shared<const Cohort>(options);
  return {CohortTruthHeader(), [cohort, &totals](int index, Records& records) {
            CohortCustomer customer = cohort->Customer(index);
            totals.Add(customer.truth);
            records = std::move(customer.records);
            return CohortTruthLine(customer.truth);
          }};
}

// How many records ingestion holds of the sample.
absl::StatusOr<int64_t> StoredRecords(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  ingestion::v1::GetIngestionReportRequest request;
  request.set_name(context.tenant_name() + "/ingestionReport");
  CLIENTELE_ASSIGN_OR_RETURN(const auto report, client->GetReport(request));
  for (const auto& source : report.sources()) {
    if (source.source() == kSampleSource) return source.accepted_count();
  }
  return 0;
}

absl::StatusOr<Tally> SendSample(Context& context, const Source& source, int customers, const std::string& truth_path) {
  std::ofstream truth(truth_path, std::ios::binary | std::ios::trunc);
  truth << source.truth_header;
  Console& console = context.console();
  Tally tally;
  IngestStream stream(
      context.service("ingestion"), context.tenant_name(), {},
      [&](const IngestBatch& batch, const ingestion::v1::BatchResult& result) { tally.Add(batch.request, {}, result); },
      [&](const absl::Status&) { console.Note("Ingestion stopped answering; waiting for it, nothing is lost."); });
  Progress progress = console.StartProgress("Sample");
  IngestBatch batch;
  const auto send = [&]() -> absl::Status {
    if (batch.request.records_size() == 0) return absl::OkStatus();
    return stream.Send(std::exchange(batch, {}));
  };
  Records records;
  for (int i = 0; i < customers; ++i) {
    truth << source.make(i, records);
    for (ingestion::v1::Record& record : records) {
      *batch.request.add_records() = std::move(record);
      if (batch.request.records_size() == kBatchRecords) CLIENTELE_RETURN_IF_ERROR(send());
    }
    progress.Update(static_cast<double>(i) / customers, absl::StrCat(FormatCount(tally.sent()), " records"));
  }
  CLIENTELE_RETURN_IF_ERROR(send());
  CLIENTELE_RETURN_IF_ERROR(stream.Finish());
  progress.Done(absl::StrCat(FormatCount(tally.sent()), " records of ", FormatCount(customers), " customers"));
  truth.flush();
  if (!truth) return absl::InternalError(absl::StrCat("cannot write ", truth_path));
  return tally;
}

// Of a cohort; its end is not set.
absl::StatusOr<std::optional<CohortOptions>> CohortOf(const SampleCommand& command) {
  if (command.model == kCrmSample) {
    if (command.parameters.empty() && command.spend.empty()) return std::nullopt;
    return absl::InvalidArgumentError("--parameters and --spend are those of a model; choose one with --model");
  }
  CohortOptions options;
  for (const CohortModel& model : CohortModels()) {
    if (model.name == command.model) options.model = model;
  }
  CLIENTELE_ASSIGN_OR_RETURN(options.parameters, ParseParameters(command.parameters, options.model.published));
  CLIENTELE_ASSIGN_OR_RETURN(options.spend, ParseParameters(command.spend, PublishedSpend()));
  options.customers = command.customers;
  options.seed = command.seed;
  options.holdout_days = command.holdout_days;
  return options;
}

SampleManifest ManifestOf(const Context& context, const SampleCommand& command,
                          const std::optional<CohortOptions>& cohort) {
  SampleManifest manifest;
  manifest.tenant = context.options.tenant;
  manifest.customers = command.customers;
  manifest.seed = command.seed;
  manifest.end = command.end;
  manifest.model = command.model;
  if (!cohort) return manifest;
  manifest.parameters = ParametersText(*cohort);
  manifest.holdout_days = cohort->holdout_days;
  return manifest;
}

absl::Status Report(const Tally& tally, const std::optional<CohortOptions>& cohort, const CohortTotals& totals,
                    const Files& files, Console& console) {
  const std::string truth = cohort ? TruthJson(*cohort, totals) : "";
  if (cohort) CLIENTELE_RETURN_IF_ERROR(WriteFile(files.cohort, truth));
  if (console.format == OutputFormat::kJson) {
    auto json = nlohmann::ordered_json::parse(tally.ToJson(), nullptr, /*allow_exceptions=*/false);
    if (cohort) json["truth"] = nlohmann::ordered_json::parse(truth, nullptr, /*allow_exceptions=*/false);
    console.out << json.dump(2) << "\n";
    return absl::OkStatus();
  }
  console.Print(tally.Counts());
  if (!cohort || !console.for_people()) return absl::OkStatus();
  console.Heading(TruthHeading(*cohort));
  console.Print(TruthTable(*cohort));
  console.Say(TruthSummary(*cohort, totals));
  return absl::OkStatus();
}

absl::StatusOr<Files> MakeFiles(const Context& context) {
  const std::string folder = context.installation().directory() + "/sample";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::PermissionDeniedError(absl::StrCat("cannot write to ", folder, ": ", error.message()));
  return Files{absl::StrCat(folder, "/", context.options.tenant, ".json"), folder + "/ground_truth.csv",
               folder + "/ground_truth.json"};
}

// Whether an earlier run has made all of it. Sets the end where an earlier run made, or began to make, the same.
absl::StatusOr<bool> IsThere(Context& context, const Files& files, SampleManifest& manifest) {
  const auto earlier = ParseSampleManifest(ReadSmallFile(files.manifest).value_or(""));
  if (!earlier || !MakesTheSame(manifest, *earlier)) return false;
  manifest.end = earlier->end;
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t stored, StoredRecords(context));
  if (earlier->records == 0 || stored < earlier->records || !std::filesystem::exists(files.customers)) return false;
  context.console().Note(absl::StrCat("The sample is there already: ", FormatCount(stored),
                                      " records; ground truth in ", files.customers));
  return true;
}

absl::Status Sample(Context& context, const SampleCommand& command) {
  CLIENTELE_ASSIGN_OR_RETURN(std::optional<CohortOptions> cohort, CohortOf(command));
  CLIENTELE_ASSIGN_OR_RETURN(const Files files, MakeFiles(context));
  SampleManifest manifest = ManifestOf(context, command, cohort);
  CLIENTELE_ASSIGN_OR_RETURN(const bool is_there, IsThere(context, files, manifest));
  if (is_there) return absl::OkStatus();
  if (manifest.end.empty()) manifest.end = FormatDate(context.clock().Now());
  SampleOptions crm;
  crm.customers = command.customers;
  crm.seed = command.seed;
  CLIENTELE_ASSIGN_OR_RETURN(crm.end, ParseInstant(manifest.end, context.clock().Now()));
  if (cohort) cohort->end = absl::UnixEpoch() + absl::Floor(crm.end - absl::UnixEpoch(), absl::Hours(24));
  // Before anything is sent: whoever goes on after an interruption must make the same records.
  CLIENTELE_RETURN_IF_ERROR(WriteFile(files.manifest, SampleManifestJson(manifest)));
  CohortTotals totals;
  const Source source = cohort ? CohortSource(*cohort, totals) : CrmSource(crm);
  CLIENTELE_ASSIGN_OR_RETURN(const Tally tally, SendSample(context, source, command.customers, files.customers));
  CLIENTELE_RETURN_IF_ERROR(Report(tally, cohort, totals, files, context.console()));
  if (tally.conflicts + tally.rejected > 0) {
    if (context.console().for_people()) context.console().Print(tally.Reasons());
    return absl::FailedPreconditionError(
        absl::StrCat("tenant ", context.options.tenant, " holds a sample that was made ",
                     "with other options; take another --tenant, or the same options"));
  }
  manifest.records = tally.sent();
  CLIENTELE_RETURN_IF_ERROR(WriteFile(files.manifest, SampleManifestJson(manifest)));
  context.console().Say(absl::StrCat(cohort ? "Customer by customer, with what came in the holdout: "
                                            : "Ground truth (who is of which type, who has left and when): ",
                                     files.customers));
  return absl::OkStatus();
}

}  // namespace

void AddSample(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("sample", "Fill the tenant with synthetic customers whose truth is known");
  auto options = std::make_shared<SampleCommand>();
  std::vector<std::string> models = {std::string(kCrmSample)};
  for (const CohortModel& model : CohortModels()) models.emplace_back(model.name);
  command->add_option("--model", options->model, "A whole CRM, or a cohort that buys as a model has it")
      ->check(CLI::IsMember(models))
      ->capture_default_str();
  command->add_option("--customers", options->customers, "How many")
      ->check(CLI::Range(1, 900'000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "The same seed gives the same customers")->capture_default_str();
  command->add_option("--end", options->end, "Day at which the two years of history end [today, UTC]");
  command->add_option("--parameters", options->parameters,
                      "Of the model, as r=0.25,alpha=4 [for each that is left out: as published]");
  command->add_option("--spend", options->spend,
                      "Of the Gamma-Gamma spend, as p=6,q=4,gamma=15 [as published for CDNOW]");
  command->add_option("--holdout-days", options->holdout_days, "The truth is told as of so many days before the end")
      ->check(CLI::Range(1, kMostHoldoutDays))
      ->capture_default_str();
  command->footer(
      "crm: profiles, purchases and returns, visits, newsletters, tickets, complaints, feedback, messages and\n"
      "outcomes of customers of five types. DIR/sample/ground_truth.csv tells who is what, and who has left.\n"
      "The others: customers drawn from the model itself, who join in the two years but for the holdout. Time counts\n"
      "in weeks, under bg-bb and beta-geometric (subscriptions: a payment, an outcome and the attributes periods and\n"
      "cancelled each period) in periods of 30 days. DIR/sample/ground_truth.json tells the parameters, the .csv of\n"
      "each customer the true P(alive), the expected purchases and those that came.\n"
      "A second run adds nothing.");
  context.Bind(command, [&context, options] { return Sample(context, *options); });
}

}  // namespace clientele::cli
