// `sample`: a synthetic CRM streamed in, and its ground truth in a file.
#include <filesystem>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "services/cli/client/ingest_stream.h"
#include "services/cli/commands/commands.h"
#include "services/cli/importing/tally.h"
#include "services/cli/local/process.h"
#include "services/cli/output/format.h"
#include "services/cli/sample/generator.h"

namespace clientele::cli {
namespace {

constexpr int kBatchRecords = 1'000;

struct SampleCommand {
  int customers = 5'000;
  uint64_t seed = 1;
  std::string end;
};

// What an earlier run made, so that a run on another day makes the same again and not a second past of the same
// customers.
struct Manifest {
  std::string tenant;
  int customers = 0;
  uint64_t seed = 0;
  std::string end;
  int64_t records = 0;  // 0: the run did not come to its end.
};

std::optional<Manifest> ReadManifest(const std::string& path) {
  const auto content = ReadSmallFile(path);
  if (!content) return std::nullopt;
  const auto json = nlohmann::json::parse(*content, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  Manifest manifest;
  const auto read = [&](const char* key, auto& value) {
    const auto found = json.find(key);
    if (found == json.end()) return false;
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
      if (!found->is_string()) return false;
    } else {
      if (!found->is_number_integer()) return false;
    }
    found->get_to(value);
    return true;
  };
  const bool whole = read("tenant", manifest.tenant) && read("customers", manifest.customers) &&
                     read("seed", manifest.seed) && read("end", manifest.end) && read("records", manifest.records);
  return whole ? std::optional(manifest) : std::nullopt;
}

std::string ManifestJson(const Manifest& manifest) {
  return absl::StrCat("{\"tenant\": ", JsonString(manifest.tenant), ", \"customers\": ", manifest.customers,
                      ", \"seed\": ", manifest.seed, ", \"end\": ", JsonString(manifest.end),
                      ", \"records\": ", manifest.records, "}\n");
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

absl::StatusOr<Tally> SendSample(Context& context, const SampleOptions& options, const std::string& truth_path) {
  std::ofstream truth(truth_path, std::ios::binary | std::ios::trunc);
  truth << GroundTruthHeader();
  Console& console = context.console();
  Tally tally;
  IngestStream stream(
      context.service("ingestion"), context.tenant_name(), {},
      [&](const IngestBatch& batch, const ingestion::v1::BatchResult& result) { tally.Add(batch.request, {}, result); },
      [&](const absl::Status&) { console.Note("Ingestion stopped answering; waiting for it, nothing is lost."); });
  Progress progress = console.StartProgress("Sample CRM");
  IngestBatch batch;
  const auto send = [&]() -> absl::Status {
    if (batch.request.records_size() == 0) return absl::OkStatus();
    return stream.Send(std::exchange(batch, {}));
  };
  for (int i = 0; i < options.customers; ++i) {
    SampleCustomer customer = GenerateCustomer(options, i);
    truth << GroundTruthLine(customer.truth);
    for (ingestion::v1::Record& record : customer.records) {
      *batch.request.add_records() = std::move(record);
      if (batch.request.records_size() == kBatchRecords) CLIENTELE_RETURN_IF_ERROR(send());
    }
    progress.Update(static_cast<double>(i) / options.customers, absl::StrCat(FormatCount(tally.sent()), " records"));
  }
  CLIENTELE_RETURN_IF_ERROR(send());
  CLIENTELE_RETURN_IF_ERROR(stream.Finish());
  progress.Done(absl::StrCat(FormatCount(tally.sent()), " records of ", FormatCount(options.customers), " customers"));
  truth.flush();
  if (!truth) return absl::InternalError(absl::StrCat("cannot write ", truth_path));
  return tally;
}

absl::Status Sample(Context& context, SampleCommand command) {
  const std::string folder = context.installation().directory() + "/sample";
  const std::string manifest_path = absl::StrCat(folder, "/", context.options.tenant, ".json");
  const std::string truth_path = folder + "/ground_truth.csv";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::PermissionDeniedError(absl::StrCat("cannot write to ", folder, ": ", error.message()));

  const auto earlier = ReadManifest(manifest_path);
  const bool same = earlier && earlier->tenant == context.options.tenant && earlier->customers == command.customers &&
                    earlier->seed == command.seed && (command.end.empty() || command.end == earlier->end);
  Console& console = context.console();
  if (same) {
    command.end = earlier->end;
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t stored, StoredRecords(context));
    if (earlier->records > 0 && stored >= earlier->records && std::filesystem::exists(truth_path)) {
      console.Note(
          absl::StrCat("The sample is there already: ", FormatCount(stored), " records; ground truth in ", truth_path));
      return absl::OkStatus();
    }
  }
  if (command.end.empty()) command.end = FormatDate(context.clock().Now());
  SampleOptions options;
  options.customers = command.customers;
  options.seed = command.seed;
  CLIENTELE_ASSIGN_OR_RETURN(options.end, ParseInstant(command.end, context.clock().Now()));
  // Before anything is sent: whoever goes on after an interruption must make the same records.
  Manifest manifest{context.options.tenant, command.customers, command.seed, command.end, 0};
  CLIENTELE_RETURN_IF_ERROR(WriteFile(manifest_path, ManifestJson(manifest)));
  CLIENTELE_ASSIGN_OR_RETURN(const Tally tally, SendSample(context, options, truth_path));
  if (console.format == OutputFormat::kJson) {
    console.out << tally.ToJson();
  } else {
    console.Print(tally.Counts());
  }
  if (tally.conflicts + tally.rejected > 0) {
    if (console.for_people()) console.Print(tally.Reasons());
    return absl::FailedPreconditionError(
        absl::StrCat("tenant ", context.options.tenant, " holds a sample that was made ",
                     "with other options; take another --tenant, or the same options"));
  }
  manifest.records = tally.sent();
  CLIENTELE_RETURN_IF_ERROR(WriteFile(manifest_path, ManifestJson(manifest)));
  console.Say(absl::StrCat("Ground truth (who is of which type, who has left and when): ", truth_path));
  return absl::OkStatus();
}

}  // namespace

void AddSample(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("sample", "Fill the tenant with a synthetic CRM whose truth is known");
  auto options = std::make_shared<SampleCommand>();
  command->add_option("--customers", options->customers, "How many")
      ->check(CLI::Range(1, 900'000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "The same seed gives the same customers")->capture_default_str();
  command->add_option("--end", options->end, "Day at which the two years of history end [today, UTC]");
  command->footer(
      "Profiles, purchases and returns, visits, newsletters, tickets, complaints, feedback, messages and\n"
      "outcomes of customers of five types. DIR/sample/ground_truth.csv tells who is what, and who has left.\n"
      "A second run adds nothing.");
  context.Bind(command, [&context, options] { return Sample(context, *options); });
}

}  // namespace clientele::cli
