// `privacy`: what the law gives a customer.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/auth/watched_file.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/privacy/receipt.h"
#include "google/protobuf/util/json_util.h"
#include "services/cli/client/privacy_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/erasure_view.h"
#include "services/cli/output/file.h"

namespace clientele::cli {
namespace {

using ingestion::v1::Erasure;

constexpr absl::Duration kPoll = absl::Milliseconds(200);

struct EraseOptions {
  std::string customer;
  ingestion::v1::ErasureVerb verb = ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE;
  bool dry_run = false;
  std::string reason;
  std::string request_id;
  std::string wait = "1m";
};

struct FileOptions {
  std::string subject;  // A customer, an erasure, or a receipt's file.
  std::string to;
  std::string public_key;
};

struct ListOptions {
  std::string customer;
  int limit = 20;
};

absl::StatusOr<std::unique_ptr<PrivacyClient>> Connect(const Context& context) {
  return PrivacyClient::Connect(context.service("ingestion"));
}

// Of its number or its whole name.
std::string ErasureName(const Context& context, absl::string_view erasure) {
  return absl::StrCat(context.tenant_name(), "/erasures/", erasure.substr(erasure.rfind('/') + 1));
}

absl::StatusOr<Erasure> AwaitComplete(Context& context, PrivacyClient& client, Erasure erasure, absl::Duration most) {
  const absl::Time end = context.clock().Now() + most;
  while (erasure.state() != Erasure::STATE_COMPLETE && context.clock().Now() < end) {
    absl::SleepFor(kPoll);
    ingestion::v1::GetErasureRequest request;
    request.set_name(erasure.name());
    CLIENTELE_ASSIGN_OR_RETURN(erasure, client.GetErasure(request));
  }
  return erasure;
}

absl::Status Erase(Context& context, const EraseOptions& options) {
  absl::Duration wait;
  if (!absl::ParseDuration(options.wait, &wait) || wait < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat("--wait ", options.wait, ": write 0, 30s or 5m"));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::EraseCustomerRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), context.customer_name(options.customer));
  request.set_verb(options.verb);
  request.set_dry_run(options.dry_run);
  request.set_reason(options.reason);
  request.set_request_id(options.request_id);
  CLIENTELE_ASSIGN_OR_RETURN(Erasure erasure, client->Erase(request));
  if (!options.dry_run) {
    CLIENTELE_ASSIGN_OR_RETURN(erasure, AwaitComplete(context, *client, std::move(erasure), wait));
  }
  PrintErasure(erasure, context.console());
  if (!options.dry_run && erasure.state() != Erasure::STATE_COMPLETE) {
    context.console().Note(
        absl::StrCat("It is not complete yet; it goes on by itself. See clientele privacy show ", erasure.epoch()));
  }
  return absl::OkStatus();
}

absl::Status Show(Context& context, const std::string& name) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::GetErasureRequest request;
  request.set_name(ErasureName(context, name));
  CLIENTELE_ASSIGN_OR_RETURN(const Erasure erasure, client->GetErasure(request));
  PrintErasure(erasure, context.console());
  return absl::OkStatus();
}

absl::Status List(Context& context, const ListOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::ListErasuresRequest request;
  request.set_parent(context.tenant_name());
  if (!options.customer.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_customer(), context.customer_name(options.customer));
  }
  std::vector<Erasure> erasures;
  do {
    request.set_page_size(std::min(1'000, options.limit - static_cast<int>(erasures.size())));
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListErasures(request));
    erasures.insert(erasures.end(), page.erasures().begin(), page.erasures().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(erasures.size()) < options.limit);
  PrintErasures(erasures, context.console());
  if (!request.page_token().empty()) context.console().Note("There are older ones; see --limit.");
  return absl::OkStatus();
}

// To the file, or where there is none to standard output.
absl::Status Write(Context& context, const std::string& text, const std::string& path) {
  if (!path.empty()) return WriteFile(text, path);
  context.console().out << text;
  return absl::OkStatus();
}

absl::Status Receipt(Context& context, const FileOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::GetErasureReceiptRequest request;
  request.set_name(ErasureName(context, options.subject));
  CLIENTELE_ASSIGN_OR_RETURN(const auto receipt, client->GetReceipt(request));
  if (!options.public_key.empty()) CLIENTELE_RETURN_IF_ERROR(WriteFile(receipt.public_key(), options.public_key));
  return Write(context, Console::ToJson(receipt) + "\n", options.to);
}

// Asks no server.
absl::Status Verify(Context& context, const FileOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string json, auth::ReadTextFile(options.subject));
  CLIENTELE_ASSIGN_OR_RETURN(const std::string public_key, auth::ReadTextFile(options.public_key));
  ingestion::v1::ErasureReceipt receipt;
  if (!google::protobuf::util::JsonStringToMessage(json, &receipt).ok()) {
    return absl::InvalidArgumentError(absl::StrCat(options.subject, " is no receipt"));
  }
  const auto statement = privacy::VerifyReceipt(receipt, public_key);
  if (!statement.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(options.subject, ": ", statement.status().message()));
  }
  context.console().Say("The signature holds. The receipt says:");
  PrintErasure(statement->erasure(), context.console());
  return absl::OkStatus();
}

absl::Status Export(Context& context, const FileOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  ingestion::v1::ExportCustomerDataRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), context.customer_name(options.subject));
  std::string text = "[";
  CLIENTELE_RETURN_IF_ERROR(client->Export(request, [&](const ingestion::v1::ExportCustomerDataResponse& part) {
    absl::StrAppend(&text, text.size() == 1 ? "\n" : ",\n", Console::ToJson(part));
  }));
  return Write(context, text + "\n]\n", options.to);
}

// "churn/versions/3"
std::string WithinTenant(absl::string_view version) {
  return std::string(version.substr(version.find("/models/") + 8));
}

absl::Status ListDue(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::ListDueVersionsRequest request;
  request.set_parent(context.tenant_name());
  request.set_show_replaced(true);
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ListDueVersions(request));
  Table table({{"version", "Version"},
               {"due", "Due"},
               {"erasures", "Erasures", Align::kRight},
               {"state", "State"},
               {"replacement", "Replaced by"}});
  for (const inference::v1::DueVersion& due : response.due_versions()) {
    const bool retired = due.state() == inference::v1::DueVersion::STATE_RETIRED;
    table.AddRow({Cell::Text(WithinTenant(due.model_version())), Cell::Time(FromProto(due.due_time())),
                  Cell::Count(due.erasures()), Cell::Text(retired ? "retired" : "due"),
                  due.replacement().empty() ? Cell::Missing() : Cell::Text(WithinTenant(due.replacement()))});
  }
  context.console().PrintList(response.due_versions(), table);
  if (response.due_versions().empty()) context.console().Note("No version is due for the sake of an erasure.");
  return absl::OkStatus();
}

void AddErase(CLI::App* privacy, Context& context) {
  auto options = std::make_shared<EraseOptions>();
  const auto with_customer = [&](CLI::App* command) {
    command->add_option("customer", options->customer, "The customer's id")->required();
    command->add_option("--reason", options->reason, "Kept for good: it must not name the customer");
    command->add_option("--request-id", options->request_id, "Asked again with the same, it is the same erasure");
    command->add_option("--wait", options->wait, "How long until it is complete; 0: not at all")->capture_default_str();
    return command;
  };
  const std::map<std::string, ingestion::v1::ErasureVerb> verbs = {
      {"suppress-with-delete", ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE},
      {"delete-only", ingestion::v1::ERASURE_VERB_DELETE_ONLY},
      {"suppress-only", ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY}};
  CLI::App* erase =
      with_customer(privacy->add_subcommand("erase", "Take away all that is kept of a customer, for good"));
  erase->add_option("--verb", options->verb, "What is wanted [suppress-with-delete]")
      ->transform(CLI::CheckedTransformer(verbs, CLI::ignore_case)
                      .description("{suppress-with-delete,delete-only,suppress-only}"));
  erase->add_flag("--dry-run", options->dry_run, "Say what would go, and do nothing");
  context.Bind(erase, [&context, options] { return Erase(context, *options); });
  CLI::App* unsuppress =
      with_customer(privacy->add_subcommand("unsuppress", "Accept and score a customer's new records again"));
  context.Bind(unsuppress, [&context, options] {
    EraseOptions lifted = *options;
    lifted.verb = ingestion::v1::ERASURE_VERB_UNSUPPRESS;
    return Erase(context, lifted);
  });
}

void AddReceipts(CLI::App* privacy, Context& context) {
  auto options = std::make_shared<FileOptions>();
  CLI::App* receipt = privacy->add_subcommand("receipt", "Get the signed receipt of an erasure");
  receipt->add_option("erasure", options->subject, "Its number, as `privacy list` shows it")->required();
  receipt->add_option("--to", options->to, "The file to write [standard output]");
  receipt->add_option("--public-key", options->public_key, "Also write the key that it is checked with, to this file");
  context.Bind(receipt, [&context, options] { return Receipt(context, *options); });
  CLI::App* verify = privacy->add_subcommand("verify", "Check a receipt; asks no server");
  verify->add_option("receipt", options->subject, "The receipt's file")->required();
  verify->add_option("--public-key", options->public_key, "PEM of who must have signed it")->required();
  context.Bind(verify, [&context, options] { return Verify(context, *options); });
  CLI::App* exported = privacy->add_subcommand("export", "Get all that is kept of a customer, as JSON");
  exported->add_option("customer", options->subject, "The customer's id")->required();
  exported->add_option("--to", options->to, "The file to write [standard output]");
  context.Bind(exported, [&context, options] { return Export(context, *options); });
}

}  // namespace

void AddPrivacy(CLI::App& app, Context& context) {
  CLI::App* privacy = app.add_subcommand("privacy", "Erase customers, with receipts; give them what is kept of them");
  privacy->require_subcommand(1);
  AddErase(privacy, context);
  auto name = std::make_shared<std::string>();
  CLI::App* show = privacy->add_subcommand("show", "Show an erasure: what went, what is still due");
  show->add_option("erasure", *name, "Its number, as `privacy list` shows it")->required();
  context.Bind(show, [&context, name] { return Show(context, *name); });
  auto options = std::make_shared<ListOptions>();
  CLI::App* list = privacy->add_subcommand("list", "List erasures, newest first");
  list->add_option("--customer", options->customer, "Only those of this customer");
  list->add_option("--limit", options->limit, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  context.Bind(list, [&context, options] { return List(context, *options); });
  context.Bind(
      privacy->add_subcommand(
          "due", "List the versions to be trained anew or deleted, and until when; and those that were retired"),
      [&context] { return ListDue(context); });
  AddReceipts(privacy, context);
}

}  // namespace clientele::cli
