// `consent`: what customers allow and forbid of automated decisions.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/client/consent_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/csv/csv_reader.h"
#include "services/cli/output/consent_view.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using ingestion::v1::ConsentState;
using ingestion::v1::ScoringConsentChange;
using Rows = ingestion::v1::BatchSetScoringConsentsRequest;

constexpr int kRowsAtOnce = 5'000;
constexpr int kShownErrors = 5;

struct ConsentOptions {
  std::string customer;
  std::string purpose;
  ConsentState state = ingestion::v1::CONSENT_STATE_UNSPECIFIED;
  std::string reason;
  std::string source;
  std::string when;
  std::string request_id;
  int limit = 100;
  std::string file;
};

// What people write.
std::map<std::string, ConsentState> States() {
  return {{"granted", ingestion::v1::CONSENT_STATE_GRANTED},
          {"withdrawn", ingestion::v1::CONSENT_STATE_WITHDRAWN},
          {"unset", ingestion::v1::CONSENT_STATE_UNSET}};
}

absl::StatusOr<std::unique_ptr<ConsentClient>> Connect(const Context& context) {
  return ConsentClient::Connect(context.service("ingestion"));
}

absl::Status Get(Context& context, const ConsentOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::GetScoringConsentsRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), context.customer_name(options.customer));
  CLIENTELE_ASSIGN_OR_RETURN(const auto consents, client->Get(request));
  context.console().Print(consents, ConsentsTable(consents));
  if (consents.consents().empty()) context.console().Note("The customer has said nothing, and is scored.");
  return absl::OkStatus();
}

absl::Status Set(Context& context, const ConsentOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::SetScoringConsentRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), context.customer_name(options.customer));
  request.set_purpose(options.purpose);
  request.set_state(options.state);
  request.set_reason(options.reason);
  request.set_source(options.source);
  request.set_request_id(options.request_id);
  if (!options.when.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time time, ParseInstant(options.when, context.clock().Now()));
    *request.mutable_effective_time() = ToProto(time);
  }
  ingestion::v1::ScoringConsents stands;
  CLIENTELE_ASSIGN_OR_RETURN(*stands.add_consents(), client->Set(request));
  context.console().Print(stands.consents(0), ConsentsTable(stands));
  if (stands.consents(0).state() != options.state) {
    context.console().Note("What the customer said later than that stands.");
  }
  return absl::OkStatus();
}

absl::Status List(Context& context, const ConsentOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::ListScoringConsentChangesRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_parent(), context.customer_name(options.customer));
  std::vector<ScoringConsentChange> changes;
  do {
    request.set_page_size(std::min(1'000, options.limit - static_cast<int>(changes.size())));
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListChanges(request));
    changes.insert(changes.end(), page.scoring_consent_changes().begin(), page.scoring_consent_changes().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(changes.size()) < options.limit);
  context.console().PrintList(changes, ConsentChangesTable(changes));
  if (!request.page_token().empty()) context.console().Note("There are older ones; see --limit.");
  return absl::OkStatus();
}

// Which column of the file holds what; -1: none.
struct Columns {
  int customer_id = -1, purpose = -1, state = -1, reason = -1, source = -1, effective_time = -1;
};

absl::StatusOr<Columns> FindColumns(const CsvReader& reader, const std::string& file) {
  Columns columns;
  const std::map<std::string, int*> known = {{"customer_id", &columns.customer_id},
                                             {"purpose", &columns.purpose},
                                             {"state", &columns.state},
                                             {"reason", &columns.reason},
                                             {"source", &columns.source},
                                             {"effective_time", &columns.effective_time}};
  for (size_t i = 0; i < reader.header().size(); ++i) {
    const auto found = known.find(absl::AsciiStrToLower(reader.header()[i]));
    if (found != known.end()) *found->second = static_cast<int>(i);
  }
  if (columns.customer_id >= 0 && columns.state >= 0) return columns;
  return absl::InvalidArgumentError(
      absl::StrCat(file,
                   ": the columns are customer_id and state (granted, withdrawn, unset), and may be purpose, "
                   "effective_time, reason and source"));
}

absl::Status ReadRow(const Columns& columns, const std::vector<std::string>& fields, absl::Time now, Rows::Row& row) {
  const auto text = [&](int column) { return column < 0 ? std::string() : fields[column]; };
  row.set_customer_id(std::string(absl::StripAsciiWhitespace(text(columns.customer_id))));
  row.set_purpose(text(columns.purpose));
  row.set_reason(text(columns.reason));
  row.set_source(text(columns.source));
  const auto states = States();
  const auto state = states.find(absl::AsciiStrToLower(text(columns.state)));
  if (state == states.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("state \"", text(columns.state), "\" is not granted, withdrawn or unset"));
  }
  row.set_state(state->second);
  if (text(columns.effective_time).empty()) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const absl::Time time, ParseInstant(text(columns.effective_time), now));
  *row.mutable_effective_time() = ToProto(time);
  return absl::OkStatus();
}

// What came of a file.
struct ImportTally {
  int64_t changed = 0, unchanged = 0, errors = 0;

  void Take(const ingestion::v1::BatchSetScoringConsentsResponse& response, int64_t rows_before, Console& console) {
    changed += response.changed();
    unchanged += response.unchanged();
    for (const auto& error : response.errors()) {
      if (errors++ < kShownErrors) {
        console.Note(absl::StrCat("row ", rows_before + error.index() + 1, ": ", error.message()));
      }
    }
  }
};

absl::Status Import(Context& context, const ConsentOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  CLIENTELE_ASSIGN_OR_RETURN(const auto reader, CsvReader::Open(options.file, {}));
  CLIENTELE_ASSIGN_OR_RETURN(const Columns columns, FindColumns(*reader, options.file));
  const absl::Time now = context.clock().Now();
  Rows request;
  request.set_parent(context.tenant_name());
  ImportTally tally;
  int64_t sent = 0;
  std::vector<std::string> fields;
  for (bool more = true; more;) {
    CLIENTELE_ASSIGN_OR_RETURN(more, reader->Next(fields));
    if (more) {
      const absl::Status read = ReadRow(columns, fields, now, *request.add_rows());
      if (!read.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(options.file, ":", reader->line(), ": ", read.message()));
      }
    }
    if (request.rows().empty() || (more && request.rows_size() < kRowsAtOnce)) continue;
    CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->SetMany(request));
    tally.Take(response, sent, context.console());
    sent += request.rows_size();
    request.clear_rows();
  }
  Table table({{"changed", "Changed", Align::kRight},
               {"unchanged", "Unchanged", Align::kRight},
               {"errors", "Errors", Align::kRight}});
  table.AddRow({Cell::Count(tally.changed), Cell::Count(tally.unchanged), Cell::Count(tally.errors)});
  context.console().Print(table);
  return tally.errors == 0 ? absl::OkStatus()
                           : absl::InvalidArgumentError(absl::StrCat(tally.errors, " rows were not taken"));
}

void AddSet(CLI::App* consent, Context& context) {
  auto options = std::make_shared<ConsentOptions>();
  CLI::App* set = consent->add_subcommand("set", "Set what a customer allows or forbids; takes effect at once");
  set->add_option("customer", options->customer, "The customer's id")->required();
  set->add_option("state", options->state, "What the customer said")
      ->required()
      ->transform(CLI::CheckedTransformer(States(), CLI::ignore_case).description("{granted,withdrawn,unset}"));
  set->add_option("--purpose", options->purpose, "Of one purpose alone [all]");
  set->add_option("--reason", options->reason, "On what grounds");
  set->add_option("--source", options->source, "Where the customer said it");
  set->add_option("--when", options->when, "When the customer said it [now]");
  set->add_option("--request-id", options->request_id, "Asked again with the same, it is the same request");
  set->footer("Example:\n  clientele consent set C000017 withdrawn --purpose marketing --source letter");
  context.Bind(set, [&context, options] { return Set(context, *options); });
}

}  // namespace

void AddConsent(CLI::App& app, Context& context) {
  CLI::App* consent = app.add_subcommand("consent", "What customers allow and forbid of automated decisions");
  consent->require_subcommand(1);
  AddSet(consent, context);
  auto options = std::make_shared<ConsentOptions>();
  CLI::App* get = consent->add_subcommand("get", "Show what stands of a customer");
  get->add_option("customer", options->customer, "The customer's id")->required();
  context.Bind(get, [&context, options] { return Get(context, *options); });
  CLI::App* list = consent->add_subcommand("list", "Show who changed what of a customer's consents, newest first");
  list->add_option("customer", options->customer, "The customer's id")->required();
  list->add_option("--limit", options->limit, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  context.Bind(list, [&context, options] { return List(context, *options); });
  CLI::App* import = consent->add_subcommand("import", "Set many from a CSV file");
  import
      ->add_option("file", options->file,
                   "Its columns: customer_id, state; and maybe purpose, effective_time, reason, source")
      ->required();
  import->footer("What a customer said last counts, whatever order the rows come in, and however often.");
  context.Bind(import, [&context, options] { return Import(context, *options); });
}

}  // namespace clientele::cli
