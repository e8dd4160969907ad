// `import`: a CSV file's rows as records, exactly once.
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "services/cli/client/ingest_stream.h"
#include "services/cli/commands/commands.h"
#include "services/cli/csv/csv_reader.h"
#include "services/cli/importing/mapping.h"
#include "services/cli/importing/record_builder.h"
#include "services/cli/importing/tally.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

constexpr int kBatchRecords = 1'000;
constexpr int kDryRunRecords = 5;

struct ImportOptions {
  common::v1::RecordKind kind;
  std::string kind_name;  // "transactions"
  std::string file;
  MappingOptions mapping;
  std::vector<std::string> text_columns;
  std::string source;
  std::string file_key;
  std::string currency;
  std::string delimiter = ",";
  std::string encoding = "utf-8";
  int64_t limit = 0;
  bool dry_run = false;
};

// Where the rows come from: the reader, and what makes records of them.
struct RecordSource {
  std::unique_ptr<CsvReader> reader;
  std::unique_ptr<RecordBuilder> builder;
  int64_t limit = 0;
  std::vector<std::string> fields;

  absl::StatusOr<bool> Next(ingestion::v1::Record& record) {
    if (limit > 0 && reader->row() >= limit) return false;
    CLIENTELE_ASSIGN_OR_RETURN(const bool more, reader->Next(fields));
    if (more) CLIENTELE_RETURN_IF_ERROR(builder->Build(fields, reader->row(), record));
    return more;
  }
};

void ShowMapping(const Mapping& mapping, Console& console) {
  std::vector<std::string> given, guessed;
  for (const FieldMapping& field : mapping.fields) {
    (field.guessed ? guessed : given).push_back(absl::StrCat(field.field, "=", field.text));
  }
  if (!given.empty()) console.Note(absl::StrCat("Mapped:  ", absl::StrJoin(given, "  ")));
  if (!guessed.empty()) console.Note(absl::StrCat("Guessed: ", absl::StrJoin(guessed, "  ")));
  if (!mapping.unused_columns.empty()) {
    console.Note(absl::StrCat("Unused:  ", absl::StrJoin(mapping.unused_columns, "  ")));
  }
}

absl::StatusOr<RecordSource> OpenSource(const ImportOptions& options, Console& console) {
  CsvOptions csv;
  if (options.delimiter.size() != 1 && options.delimiter != "tab") {
    return absl::InvalidArgumentError(absl::StrCat("--delimiter ", options.delimiter, ": one character, or tab"));
  }
  csv.delimiter = options.delimiter == "tab" ? '\t' : options.delimiter[0];
  csv.encoding = options.encoding == "latin1" ? Encoding::kLatin1 : Encoding::kUtf8;
  RecordSource source;
  CLIENTELE_ASSIGN_OR_RETURN(source.reader, CsvReader::Open(options.file, csv));
  const std::vector<std::string>& header = source.reader->header();
  CLIENTELE_ASSIGN_OR_RETURN(Mapping mapping, MakeMapping(options.kind, header, options.mapping));
  ShowMapping(mapping, console);
  RecordOptions record;
  record.kind = options.kind;
  record.source = options.source.empty() ? "csv." + options.kind_name : options.source;
  record.file_key = options.file_key.empty() ? FileKey(options.file) : options.file_key;
  record.currency = options.currency;
  record.text_columns = {options.text_columns.begin(), options.text_columns.end()};
  source.builder = std::make_unique<RecordBuilder>(header, std::move(mapping), std::move(record));
  source.limit = options.limit;
  return source;
}

absl::Status ShowFirst(RecordSource source, Console& console) {
  std::vector<ingestion::v1::Record> records;
  ingestion::v1::Record record;
  for (int i = 0; i < kDryRunRecords; ++i) {
    CLIENTELE_ASSIGN_OR_RETURN(const bool more, source.Next(record));
    if (!more) break;
    records.push_back(record);
  }
  for (const auto& one : records) console.out << Console::ToJson(one) << "\n";
  console.Note(absl::StrCat("The first ", records.size(), " records; nothing was sent."));
  return absl::OkStatus();
}

// Fills a batch with the next rows; false at the end of the file. What was filled before an error is good.
absl::StatusOr<bool> FillBatch(RecordSource& source, IngestBatch& batch) {
  while (batch.request.records_size() < kBatchRecords) {
    const absl::StatusOr<bool> more = source.Next(*batch.request.add_records());
    if (!more.ok() || !*more) {
      batch.request.mutable_records()->RemoveLast();
      return more;
    }
    batch.rows.push_back(source.reader->row());
  }
  return true;
}

absl::Status SendAll(Context& context, RecordSource& source, Tally& tally) {
  Console& console = context.console();
  Progress progress = console.StartProgress("Importing");
  const auto note = [&] {
    return absl::StrCat(FormatCount(tally.sent()), " acknowledged",
                        tally.rejected > 0 ? absl::StrCat(", ", FormatCount(tally.rejected), " rejected") : "");
  };
  IngestStream stream(
      context.service("ingestion"), context.tenant_name(), {},
      [&](const IngestBatch& batch, const ingestion::v1::BatchResult& result) {
        tally.Add(batch.request, batch.rows, result);
      },
      [&](const absl::Status&) { console.Note("Ingestion stopped answering; waiting for it, nothing is lost."); });
  absl::StatusOr<bool> more = true;
  while (more.ok() && *more) {
    IngestBatch batch;
    more = FillBatch(source, batch);
    if (batch.request.records_size() > 0) CLIENTELE_RETURN_IF_ERROR(stream.Send(std::move(batch)));
    progress.Update(source.reader->fraction(), note());
  }
  // A row that cannot be read ends the import, but what came before it is sent: the same command goes on from there
  // once the file is mended.
  CLIENTELE_RETURN_IF_ERROR(stream.Finish());
  CLIENTELE_RETURN_IF_ERROR(more.status());
  progress.Done(note());
  return absl::OkStatus();
}

absl::Status Import(Context& context, const ImportOptions& options) {
  Console& console = context.console();
  CLIENTELE_ASSIGN_OR_RETURN(RecordSource source, OpenSource(options, console));
  if (options.dry_run) return ShowFirst(std::move(source), console);
  Tally tally;
  const absl::Status status = SendAll(context, source, tally);
  if (console.format == OutputFormat::kJson) {
    console.out << tally.ToJson();
  } else {
    console.Print(tally.Counts());
  }
  if (!tally.Reasons().rows().empty() && console.for_people()) {
    console.Heading("Not accepted");
    console.Print(tally.Reasons());
    console.Say("The records themselves: clientele report rejected");
  }
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat(status.message(),
                                                    "\nWhat was acknowledged is durable; run the same "
                                                    "import again to go on: nothing is doubled."));
  }
  return status;
}

void AddKind(CLI::App& import, Context& context, common::v1::RecordKind kind, const std::string& name,
             const std::string& description, const std::string& example) {
  CLI::App* command = import.add_subcommand(name, description);
  auto options = std::make_shared<ImportOptions>();
  options->kind = kind;
  options->kind_name = name;
  command->add_option("file", options->file, "CSV with a header line, plain or gzip; - is standard input")->required();
  command
      ->add_option("--map", options->mapping.maps, "field=Column, field==text or field=Left*Right, several with commas")
      ->delimiter(',');
  command->add_option("--ignore", options->mapping.ignored_columns, "Columns to leave out")->delimiter(',');
  command->add_option("--event-time", options->mapping.event_time, "When it happened, for all rows");
  command->add_option("--text", options->text_columns, "Columns that stay text though they look like numbers")
      ->delimiter(',');
  command->add_option("--source", options->source, absl::StrCat("System the records are from [csv.", name, "]"));
  command->add_option("--file-key", options->file_key, "Begins the record ids: KEY:ROW [the file's name]");
  if (kind == common::v1::RECORD_KIND_TRANSACTION) {
    command->add_option("--currency", options->currency, "ISO 4217, where no column says it [the tenant's]");
  }
  command->add_option("--delimiter", options->delimiter, "One character, or tab")->capture_default_str();
  command->add_option("--encoding", options->encoding, "Of the file")
      ->check(CLI::IsMember({"utf-8", "latin1"}))
      ->capture_default_str();
  command->add_option("--limit", options->limit, "Import the first rows only")->check(CLI::NonNegativeNumber);
  command->add_flag("--dry-run", options->dry_run, "Show the first records as JSON, and send nothing");
  command->footer(absl::StrCat("Fields: ", absl::StrJoin(FieldsOf(kind), ", "),
                               ".\nColumns are found by their names where --map does not say them.\n\nExample:\n  ",
                               example));
  context.Bind(command, [&context, options] { return Import(context, *options); });
}

}  // namespace

void AddImport(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("import", "Import a CSV file; an import may be interrupted and run again");
  command->require_subcommand(1);
  AddKind(*command, context, common::v1::RECORD_KIND_TRANSACTION, "transactions", "Purchases and returns",
          "clientele import transactions online_retail.csv.gz --currency GBP \\\n"
          "    --map customer_id=CustomerID,event_time=InvoiceDate,amount=Quantity*UnitPrice");
  AddKind(*command, context, common::v1::RECORD_KIND_PROFILE, "profiles",
          "What is known of customers; columns that nothing takes become attributes",
          "clientele import profiles customers.csv --event-time 2024-01-01 --text zip_code");
  AddKind(*command, context, common::v1::RECORD_KIND_INTERACTION, "interactions", "Visits, mails, tickets, complaints",
          "clientele import interactions visits.csv --map type==page_view,customer_id=visitor");
  AddKind(*command, context, common::v1::RECORD_KIND_FEEDBACK, "feedback", "Scores and comments",
          "clientele import feedback survey.csv --map score=stars,score_max==5");
}

}  // namespace clientele::cli
