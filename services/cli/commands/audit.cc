// `audit`: who did what, when, and with which result; and the proof that nobody changed that since.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/audit/chain.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "google/protobuf/util/json_util.h"
#include "services/cli/client/audit_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/audit_view.h"

namespace clientele::cli {
namespace {

using admin::v1::AuditEntry;

constexpr absl::Duration kShortestWait = absl::Minutes(5);  // For all of a log.

struct AuditOptions {
  std::vector<std::string> services = {"ingestion", "training", "inference"};
  bool of_platform = false;

  std::string since, until;  // Of `list`.
  std::string principal, method, resource, customer;
  bool begun = false;
  int limit = 50;

  std::vector<std::string> heads;  // Of `verify`, as the next.
  std::vector<std::string> signers;
  std::string file;  // Of `verify` and `export`.
};

std::string ParentOf(const Context& context, const AuditOptions& options) {
  return options.of_platform ? absl::StrCat("tenants/", audit::kPlatformChain) : context.tenant_name();
}

absl::StatusOr<admin::v1::ListAuditEntriesRequest> RequestOf(const Context& context, const AuditOptions& options) {
  admin::v1::ListAuditEntriesRequest request;
  request.set_parent(ParentOf(context, options));
  const absl::Time now = context.clock().Now();
  if (!options.since.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time start, ParseInstant(options.since, now));
    *request.mutable_start_time() = ToProto(start);
  }
  if (!options.until.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time end, ParseInstant(options.until, now));
    *request.mutable_end_time() = ToProto(end);
  }
  request.set_principal(options.principal);
  request.set_method(options.method);
  request.set_resource(options.resource);
  if (!options.customer.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_resource(), context.customer_name(options.customer));
  }
  for (int event = AuditEntry::Event_MIN + 1; event <= AuditEntry::Event_MAX; ++event) {
    if (event != AuditEntry::EVENT_BEGUN || options.begun) request.add_events(static_cast<AuditEntry::Event>(event));
  }
  return request;
}

// The newest of one server, at most `limit`.
absl::Status ListOf(const ServiceOptions& service, admin::v1::ListAuditEntriesRequest request, int limit,
                    std::vector<AuditEntry>& entries) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, AuditClient::Connect(service));
  int left = limit;
  do {
    request.set_page_size(std::min(left, 1'000));
    CLIENTELE_ASSIGN_OR_RETURN(auto page, client->List(request));
    left -= page.audit_entries_size();
    std::move(page.mutable_audit_entries()->begin(), page.mutable_audit_entries()->end(), std::back_inserter(entries));
    request.set_page_token(page.next_page_token());
  } while (left > 0 && !request.page_token().empty());
  return absl::OkStatus();
}

absl::Status List(Context& context, const AuditOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto request, RequestOf(context, options));
  std::vector<AuditEntry> entries;
  for (const std::string& name : options.services) {
    const absl::Status status = ListOf(context.service(name), request, options.limit, entries);
    if (!status.ok()) return Annotate(status, name);
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const AuditEntry& a, const AuditEntry& b) { return FromProto(a.time()) > FromProto(b.time()); });
  if (static_cast<int>(entries.size()) > options.limit) entries.resize(static_cast<size_t>(options.limit));
  context.console().PrintList(entries, AuditTable(entries));
  return absl::OkStatus();
}

// Calls with all of the entries of one server, oldest first.
absl::Status ReadAll(const Context& context, const AuditOptions& options, const std::string& name,
                     const std::function<void(const AuditEntry&)>& visit) {
  ServiceOptions service = context.service(name);
  service.timeout = std::max(service.timeout, kShortestWait);
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, AuditClient::Connect(service));
  admin::v1::ExportAuditEntriesRequest request;
  request.set_parent(ParentOf(context, options));
  return client->Export(request, visit);
}

absl::Status Export(Context& context, const AuditOptions& options) {
  std::ofstream file;
  if (!options.file.empty()) file.open(options.file, std::ios::binary);
  std::ostream& out = options.file.empty() ? context.console().out : file;
  for (const std::string& name : options.services) {
    const absl::Status status = ReadAll(context, options, name, [&](const AuditEntry& entry) {
      std::string line;
      if (google::protobuf::util::MessageToJsonString(entry, &line).ok()) out << line << "\n";
    });
    if (!status.ok()) return Annotate(status, name);
  }
  if (!out.flush()) return absl::UnavailableError(absl::StrCat("cannot write ", options.file));
  return absl::OkStatus();
}

// What was read of one chain, and whether it holds.
struct Verified {
  std::string service;
  audit::ChainVerifier chain;
};

// By service; "" where none was named, which is for one service alone.
absl::StatusOr<std::map<std::string, audit::Head>> NotedHeads(const std::vector<std::string>& texts) {
  std::map<std::string, audit::Head> heads;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    const std::string service = equals == std::string::npos ? "" : text.substr(0, equals);
    const auto head = audit::ParseHead(equals == std::string::npos ? text : text.substr(equals + 1));
    if (!head.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--head ", text, ": write it as `audit verify` shows it, ", "ingestion=12: and 64 hex digits"));
    }
    heads[service] = *head;
  }
  return heads;
}

// Who signs the checkpoints of which service, as NotedHeads.
absl::StatusOr<std::map<std::string, std::string>> NotedSigners(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> signers;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    const std::string signer = equals == std::string::npos ? "" : text.substr(equals + 1);
    if (!audit::ParseHead(absl::StrCat("0:", signer)).has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--signer ", text, ": write it as `audit verify` shows it, ingestion= and 64 hex digits"));
    }
    signers[text.substr(0, equals)] = signer;
  }
  return signers;
}

// What was noted of chains once.
struct Noted {
  std::map<std::string, audit::Head> heads;
  std::map<std::string, std::string> signers;
};

std::optional<audit::Head> HeadOf(const std::map<std::string, audit::Head>& heads, const std::string& service) {
  const auto it = heads.contains(service) ? heads.find(service) : heads.find("");
  return it == heads.end() ? std::nullopt : std::optional<audit::Head>(it->second);
}

audit::ChainVerifier VerifierOf(const std::string& chain, const std::string& service, const Noted& noted) {
  const auto signer = noted.signers.find(service);
  return audit::ChainVerifier(chain, HeadOf(noted.heads, service), signer == noted.signers.end() ? "" : signer->second);
}

absl::StatusOr<std::vector<Verified>> VerifyServers(const Context& context, const AuditOptions& options,
                                                    const Noted& noted) {
  const std::string parent = ParentOf(context, options);
  const std::string chain(absl::StripPrefix(parent, "tenants/"));
  std::vector<Verified> verified;
  for (const std::string& name : options.services) {
    Verified& one = verified.emplace_back(Verified{name, VerifierOf(chain, name, noted)});
    const absl::Status status = ReadAll(context, options, name, [&](const AuditEntry& entry) { one.chain.Add(entry); });
    if (absl::IsInternal(status)) {  // The server is there, and cannot read on.
      one.chain.Fail(status.message());
    } else if (!status.ok()) {
      return Annotate(status, name);
    }
  }
  return verified;
}

// Chains of a file that `export` wrote. Asks no server.
absl::StatusOr<std::vector<Verified>> VerifyFile(const std::string& path, const Noted& noted) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::vector<Verified> verified;
  std::map<std::pair<std::string, std::string>, size_t> places;  // By service and chain.
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    AuditEntry entry;
    if (!google::protobuf::util::JsonStringToMessage(line, &entry).ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": line ", number, " is no entry of an audit log"));
    }
    const std::string service = ServiceOf(entry), chain = audit::ChainOf(entry);
    const auto [it, added] = places.try_emplace({service, chain}, verified.size());
    if (added) verified.push_back({service, VerifierOf(chain, service, noted)});
    verified[it->second].chain.Add(entry);
  }
  for (const auto& [service, head] : noted.heads) {  // A chain that was noted and is not there has lost all of it.
    const auto it = std::find_if(places.begin(), places.end(),
                                 [&name = service](const auto& place) { return place.first.first == name; });
    if (!service.empty() && it == places.end()) verified.push_back({service, audit::ChainVerifier("", head)});
  }
  return verified;
}

// "whole", or where it begins, or what is wrong with it.
std::string StateInWords(const audit::ChainVerifier& chain) {
  if (chain.broken()) return absl::StrCat("entry ", chain.broken()->number, " ", chain.broken()->what);
  if (chain.cut().number == 0) return "whole";
  return absl::StrCat("whole from entry ", chain.cut().number + 1,
                      " on: a signed checkpoint says that those before were cut off");
}

absl::Status Verify(Context& context, const AuditOptions& options) {
  Noted noted;
  CLIENTELE_ASSIGN_OR_RETURN(noted.heads, NotedHeads(options.heads));
  CLIENTELE_ASSIGN_OR_RETURN(noted.signers, NotedSigners(options.signers));
  const auto& heads = noted.heads;
  if (heads.contains("") && options.services.size() != 1) {
    return absl::InvalidArgumentError("--head: say whose it is, ingestion=..., or name one --service");
  }
  for (const auto& [service, head] : heads) {
    const bool asked = std::find(options.services.begin(), options.services.end(), service) != options.services.end();
    if (!asked && !service.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("--head ", service, "=...: --service does not name it"));
    }
  }
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<Verified> verified, options.file.empty()
                                                                 ? VerifyServers(context, options, noted)
                                                                 : VerifyFile(options.file, noted));
  Table table({{"service", "Server"},
               {"entries", "Entries that hold", Align::kRight},
               {"broken_at", "First break", Align::kRight},
               {"what", "What"},
               {"head", "Head to note, for --head"},
               {"signer", "Signer of checkpoints, for --signer"}});
  bool whole = true;
  for (Verified& one : verified) {
    one.chain.End();
    const auto& broken = one.chain.broken();
    whole = whole && !broken.has_value();
    table.AddRow(
        {Cell::Text(one.service), Cell::Count(one.chain.head().number - one.chain.cut().number),
         broken ? Cell::Count(broken->number) : Cell::Missing(), Cell::Text(StateInWords(one.chain)),
         broken ? Cell::Missing() : Cell::Text(absl::StrCat(one.service, "=", audit::FormatHead(one.chain.head()))),
         one.chain.signer().empty() ? Cell::Missing()
                                    : Cell::Text(absl::StrCat(one.service, "=", one.chain.signer()))});
  }
  context.console().Print(table);
  if (!whole) return absl::DataLossError("the log is not what was written");
  return absl::OkStatus();
}

constexpr char kVerifyFooter[] =
    "Each entry holds the hash of the one before it and its own: SHA-256, in hex, of a row of texts, each written as\n"
    "its length in bytes, a colon, the bytes, a comma (a netstring, \"5:alpha,\"):\n"
    "  \"clientele audit entry 1\", name, program, time in microseconds since 1970, event, principal, address,\n"
    "  number of roles, each role, method, number of resources, each resource, code, reason, request id, trace id,\n"
    "  begun number, left-out count, number of details, of each its key and value, previous hash.\n"
    "What an honest log ended with once, noted elsewhere and given with --head, also shows that an end was cut off.\n"
    "A log that is kept for a time only (audit.retention) begins later: a checkpoint in it, signed by the server, "
    "says\n"
    "which entry was the last to go, and its hash. Who signs, noted elsewhere and given with --signer, must be the "
    "same.";

void AddList(CLI::App* audit, Context& context, const std::shared_ptr<AuditOptions>& options) {
  CLI::App* list = audit->add_subcommand("list", "Show what was done, newest first");
  list->add_option("--since", options->since, "From then on: 2026-08-31, \"2 days ago\", today");
  list->add_option("--until", options->until, "Before then");
  list->add_option("--principal", options->principal, "By this one: a token's subject, \"key ck_...\"");
  list->add_option("--method", options->method, "Calls whose name contains this: ModelService, SetModelAlias");
  list->add_option("--resource", options->resource, "On this, or what is below it: tenants/demo/models/churn");
  list->add_option("--customer", options->customer, "On this customer, by id")->excludes("--resource");
  list->add_flag("--begun", options->begun, "Also the entries that calls began with");
  list->add_option("--limit", options->limit, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  context.Bind(list, [&context, options] { return List(context, *options); });
}

}  // namespace

void AddAudit(CLI::App& app, Context& context) {
  CLI::App* audit = app.add_subcommand("audit", "Who did what, when, with which result; and the proof of it");
  audit->require_subcommand(1);
  auto options = std::make_shared<AuditOptions>();
  AddList(audit, context, options);
  CLI::App* verify =
      audit->add_subcommand("verify", "Prove that nothing was changed, taken out, moved or put in, or say where");
  verify->footer(kVerifyFooter);
  verify->add_option("--head", options->heads, "What the log ended with once, as this command showed it");
  verify->add_option("--signer", options->signers, "Who signs the checkpoints of a server, as this command showed it");
  verify->add_option("--file", options->file, "What `audit export` wrote, instead of asking servers");
  context.Bind(verify, [&context, options] { return Verify(context, *options); });
  CLI::App* exported = audit->add_subcommand("export", "Get all of it, oldest first: an entry a line, as JSON");
  exported->add_option("--to", options->file, "The file to write [standard output]");
  context.Bind(exported, [&context, options] { return Export(context, *options); });
  for (CLI::App* command : audit->get_subcommands({})) {
    command->add_option("--service", options->services, "Of which servers")
        ->delimiter(',')
        ->check(CLI::IsMember({"ingestion", "training", "inference"}))
        ->capture_default_str();
    command->add_flag("--platform", options->of_platform, "The platform's own log instead of --tenant's");
  }
}

}  // namespace clientele::cli
