// `report`: tables a sales manager reads, and how good the data is.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"
#include "services/cli/report/score_everybody.h"

namespace clientele::cli {
namespace {

struct ReportOptions {
  ReportModels models;
  int limit = 10;
};

// Which of the three tables are asked for.
struct Parts {
  bool segments = false;
  bool churn = false;
  bool value_at_risk = false;
};

// The three summaries, filled in one pass over all customers.
struct Summaries {
  SegmentSummary segments;
  ChurnBands churn;
  ValueAtRisk value_at_risk;
};

// Why a customer may leave: the strongest reasons that raise the probability.
absl::StatusOr<std::string> ChurnReasons(InferenceClient& client, const std::string& model,
                                         const std::string& customer) {
  constexpr int kAsked = 10, kShown = 2;
  inference::v1::ScoreRequest request;
  request.set_name(model);
  request.mutable_subject()->set_customer_id(customer);
  request.set_max_reasons(kAsked);
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client.Score(request));
  std::vector<std::string> texts;
  for (const auto& reason : response.score().reasons()) {
    if (reason.contribution() > 0 && texts.size() < kShown) texts.push_back(reason.text());
  }
  return absl::StrJoin(texts, "; ");
}

absl::Status PrintValueAtRisk(Context& context, const ReportModels& models, const ValueAtRisk& at_risk) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  const std::vector<ScoredCustomer> top = at_risk.Top();
  std::vector<std::string> reasons;
  for (const ScoredCustomer& customer : top) {
    CLIENTELE_ASSIGN_OR_RETURN(std::string text, ChurnReasons(*client, models.churn, customer.customer_id));
    reasons.push_back(std::move(text));
  }
  context.console().Heading("Customers with the most value at risk (churn risk x predicted value)");
  context.console().Print(ValueAtRiskTable(top, reasons));
  return absl::OkStatus();
}

absl::Status Need(bool wanted, const std::string& model, absl::string_view what) {
  if (!wanted || !model.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no ", what,
                                          " model is published for this tenant; train one with clientele train",
                                          " (scripts/specs has specs to begin with)"));
}

absl::Status Report(Context& context, const ReportOptions& options, Parts parts, bool everything) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * inference, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * ingestion, context.ingestion());
  CLIENTELE_ASSIGN_OR_RETURN(auto all_models, inference->ListModels(context.tenant_name()));
  // Nothing here is about how long customers stay.
  std::erase_if(all_models, [](const auto& model) { return model.algorithm() == inference::v1::ALGORITHM_SURVIVAL; });
  CLIENTELE_ASSIGN_OR_RETURN(const ReportModels models, ChooseModels(all_models, options.models));
  if (everything) {
    parts = {!models.segments.empty(), !models.churn.empty(), !models.churn.empty() && !models.value.empty()};
    if (!models.any()) CLIENTELE_RETURN_IF_ERROR(Need(true, "", "segments, churn or value"));
  }
  CLIENTELE_RETURN_IF_ERROR(Need(parts.segments, models.segments, "segmentation"));
  CLIENTELE_RETURN_IF_ERROR(Need(parts.churn || parts.value_at_risk, models.churn, "churn"));
  CLIENTELE_RETURN_IF_ERROR(Need(parts.value_at_risk, models.value, "value"));

  Console& console = context.console();
  Summaries summaries{{}, {}, ValueAtRisk(options.limit)};
  Progress progress = console.StartProgress("Scoring");
  int64_t seen = 0;
  CLIENTELE_ASSIGN_OR_RETURN(const ScoreCounts counts,
                             ScoreEverybody(*ingestion, *inference, context.tenant_name(), models,
                                            [&](const std::vector<ScoredCustomer>& page) {
                                              for (const ScoredCustomer& customer : page) {
                                                summaries.segments.Add(customer);
                                                summaries.churn.Add(customer);
                                                summaries.value_at_risk.Add(customer);
                                              }
                                              seen += static_cast<int64_t>(page.size());
                                              progress.Update(-1, absl::StrCat(FormatCount(seen), " customers"));
                                              return absl::OkStatus();
                                            }));
  progress.Done(absl::StrCat(FormatCount(counts.customers), " customers"));
  if (counts.errors > 0) {
    console.Note(absl::StrCat(FormatCount(counts.errors), " scores are missing; the first: ", counts.first_error));
  }
  if (parts.segments) {
    console.Heading("Segments");
    console.Print(summaries.segments.ToTable());
  }
  if (parts.churn) {
    console.Heading("Churn risk");
    console.Print(summaries.churn.ToTable());
  }
  if (parts.value_at_risk) return PrintValueAtRisk(context, models, summaries.value_at_risk);
  return absl::OkStatus();
}

void PrintKinds(const ingestion::v1::IngestionReport& report, Console& console) {
  Table table({{"kind", "Kind"},
               {"accepted", "Accepted", Align::kRight},
               {"first", "From"},
               {"last", "To"},
               {"left_empty", "Left empty"}});
  for (const auto& kind : report.kinds()) {
    std::vector<std::string> missing;
    for (const auto& field : kind.fields()) {
      if (field.missing_count() > 0)
        missing.push_back(absl::StrCat(field.field(), " ", FormatCount(field.missing_count())));
    }
    const std::string name = common::v1::RecordKind_Name(kind.kind());
    table.AddRow({Cell::Text(Words(absl::StripPrefix(name, "RECORD_KIND_"))), Cell::Count(kind.accepted_count()),
                  kind.has_first_event_time() ? Cell::Time(FromProto(kind.first_event_time())) : Cell::Missing(),
                  kind.has_last_event_time() ? Cell::Time(FromProto(kind.last_event_time())) : Cell::Missing(),
                  Cell::Text(absl::StrJoin(missing, ", "))});
  }
  console.Heading("Records by kind");
  console.Print(table);
}

void PrintSources(const ingestion::v1::IngestionReport& report, Console& console) {
  Table table({{"source", "Source"},
               {"accepted", "Accepted", Align::kRight},
               {"duplicates", "Duplicates", Align::kRight},
               {"conflicts", "Conflicts", Align::kRight},
               {"rejected", "Rejected", Align::kRight},
               {"last_ingest_time", "Last came"}});
  for (const auto& source : report.sources()) {
    table.AddRow({Cell::Text(source.source()), Cell::Count(source.accepted_count()),
                  Cell::Count(source.duplicate_count()), Cell::Count(source.conflict_count()),
                  Cell::Count(source.rejected_count()),
                  source.has_last_ingest_time() ? Cell::Time(FromProto(source.last_ingest_time())) : Cell::Missing()});
  }
  console.Heading("Records by source");
  console.Print(table);
}

void PrintRejections(const ingestion::v1::IngestionReport& report, Console& console) {
  if (report.rejections().empty()) return console.Say("\nNothing was rejected.");
  Table table({{"reason", "Rejected because"}, {"field", "Field"}, {"count", "Records", Align::kRight}});
  for (const auto& rejection : report.rejections()) {
    const std::string reason = ingestion::v1::RejectionReason_Name(rejection.reason());
    table.AddRow({Cell::Text(Words(absl::StripPrefix(reason, "REJECTION_REASON_"))), Cell::Text(rejection.field()),
                  Cell::Count(rejection.count())});
  }
  console.Heading("Rejections");
  console.Print(table);
}

absl::Status Quality(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  ingestion::v1::GetIngestionReportRequest request;
  request.set_name(context.tenant_name() + "/ingestionReport");
  CLIENTELE_ASSIGN_OR_RETURN(const auto report, client->GetReport(request));
  Console& console = context.console();
  Table totals({{"customers", "Customers", Align::kRight},
                {"accepted", "Accepted", Align::kRight},
                {"duplicates", "Duplicates", Align::kRight},
                {"conflicts", "Conflicts", Align::kRight},
                {"rejected", "Rejected", Align::kRight}});
  totals.AddRow({Cell::Count(report.customer_count()), Cell::Count(report.accepted_count()),
                 Cell::Count(report.duplicate_count()), Cell::Count(report.conflict_count()),
                 Cell::Count(report.rejected_count())});
  console.Print(report, totals);
  if (!console.for_people()) return absl::OkStatus();
  PrintKinds(report, console);
  PrintSources(report, console);
  PrintRejections(report, console);
  return absl::OkStatus();
}

absl::Status Rejected(Context& context, int limit) {
  CLIENTELE_ASSIGN_OR_RETURN(IngestionClient * client, context.ingestion());
  ingestion::v1::ListRejectedRecordsRequest request;
  request.set_parent(context.tenant_name());
  request.set_page_size(limit);
  CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListRejected(request));
  Table table({{"time", "When"},
               {"source", "Source"},
               {"record_id", "Record"},
               {"field", "Field"},
               {"reason", "Reason"},
               {"message", "What is wrong"}});
  for (const auto& rejected : page.rejected_records()) {
    const std::string reason = ingestion::v1::RejectionReason_Name(rejected.reason());
    table.AddRow({Cell::Time(FromProto(rejected.reject_time())), Cell::Text(rejected.record().source()),
                  Cell::Text(rejected.record().record_id()), Cell::Text(rejected.field()),
                  Cell::Text(Words(absl::StripPrefix(reason, "REJECTION_REASON_"))), Cell::Text(rejected.message())});
  }
  context.console().PrintList(page.rejected_records(), table);
  return absl::OkStatus();
}

}  // namespace

void AddReport(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("report", "Score everybody: segments, churn risk, value at risk; data quality");
  command->require_subcommand(0, 1);
  auto options = std::make_shared<ReportOptions>();
  command->add_option("--segments-model", options->models.segments, "The clustering [segments, or the only one]");
  command->add_option("--churn-model", options->models.churn, "The classifier [churn, or the only one]");
  command->add_option("--value-model", options->models.value,
                      "Lifetime value, else a value regression [value, or the only one]");
  command->add_option("--limit", options->limit, "How many customers or records to list")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command->footer("Without a subcommand: segments, churn and value-at-risk, as far as there are models.");
  context.Bind(command, [&context, options] { return Report(context, *options, {}, /*everything=*/true); });
  const auto add = [&](const char* name, const char* description, Parts parts) {
    context.Bind(command->add_subcommand(name, description),
                 [&context, options, parts] { return Report(context, *options, parts, /*everything=*/false); });
  };
  add("segments", "Segments with size, value and risk", {.segments = true});
  add("churn", "Bands of churn risk", {.churn = true});
  add("value-at-risk", "The customers with the most value at risk, and why", {.value_at_risk = true});
  context.Bind(command->add_subcommand("quality", "What has come in, and how good it is"),
               [&context] { return Quality(context); });
  context.Bind(command->add_subcommand("rejected", "The records that were refused, newest first"),
               [&context, options] { return Rejected(context, options->limit); });
  AddReportModel(*command, context);
}

}  // namespace clientele::cli
