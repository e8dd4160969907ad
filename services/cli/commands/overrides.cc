// `overrides`: what people decided of customers in place of a model.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/client/override_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/override_view.h"

namespace clientele::cli {
namespace {

using inference::v1::ScoreOverride;

struct OverrideOptions {
  std::string model;
  std::string customer;
  std::optional<double> value;
  std::string segment;
  std::string tier;
  std::string reason;
  std::string until;
  bool expired = false;
  int limit = 100;
};

absl::StatusOr<std::unique_ptr<OverrideClient>> Connect(const Context& context) {
  return OverrideClient::Connect(context.service("inference"));
}

absl::StatusOr<std::string> NameOf(const Context& context, const OverrideOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string customer, context.customer_name(options.customer));
  const std::string prefix = absl::StrCat(context.tenant_name(), "/customers/");
  return absl::StrCat(context.model_name(options.model), "/scoreOverrides/", absl::StripPrefix(customer, prefix));
}

// "90d", or an instant.
absl::StatusOr<absl::Time> ParseUntil(const std::string& text, absl::Time now) {
  absl::string_view days = text;
  int64_t count = 0;
  if (absl::ConsumeSuffix(&days, "d") && absl::SimpleAtoi(days, &count)) return now + count * absl::Hours(24);
  return ParseInstant(text, now);
}

void Print(const ScoreOverride& stands, Console& console) { console.Print(stands, OverridesTable({stands})); }

absl::Status Set(Context& context, const OverrideOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::SetScoreOverrideRequest request;
  ScoreOverride& wanted = *request.mutable_score_override();
  CLIENTELE_ASSIGN_OR_RETURN(*wanted.mutable_name(), NameOf(context, options));
  if (options.value) wanted.set_value(*options.value);
  wanted.set_segment(options.segment);
  wanted.set_tier(options.tier);
  wanted.set_reason(options.reason);
  CLIENTELE_ASSIGN_OR_RETURN(const absl::Time until, ParseUntil(options.until, context.clock().Now()));
  *wanted.mutable_expire_time() = ToProto(until);
  CLIENTELE_ASSIGN_OR_RETURN(const ScoreOverride set, client->Set(request));
  Print(set, context.console());
  return absl::OkStatus();
}

absl::Status Get(Context& context, const OverrideOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::GetScoreOverrideRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), NameOf(context, options));
  CLIENTELE_ASSIGN_OR_RETURN(const ScoreOverride stands, client->Get(request));
  Print(stands, context.console());
  return absl::OkStatus();
}

absl::Status List(Context& context, const OverrideOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::ListScoreOverridesRequest request;
  request.set_parent(context.model_name(options.model.empty() ? "-" : options.model));
  request.set_show_expired(options.expired);
  std::vector<ScoreOverride> all;
  do {
    request.set_page_size(std::min(1'000, options.limit - static_cast<int>(all.size())));
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->List(request));
    all.insert(all.end(), page.score_overrides().begin(), page.score_overrides().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(all.size()) < options.limit);
  context.console().PrintList(all, OverridesTable(all));
  if (!request.page_token().empty()) context.console().Note("There are more; see --limit.");
  return absl::OkStatus();
}

absl::Status Delete(Context& context, const OverrideOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::DeleteScoreOverrideRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_name(), NameOf(context, options));
  request.set_reason(options.reason);
  CLIENTELE_ASSIGN_OR_RETURN(const ScoreOverride stood, client->Delete(request));
  Print(stood, context.console());
  context.console().Note("It is taken away: the model's score stands alone again.");
  return absl::OkStatus();
}

absl::Status History(Context& context, const OverrideOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::ListScoreOverrideChangesRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_parent(), NameOf(context, options));
  request.set_page_size(options.limit);
  CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListChanges(request));
  const std::vector<inference::v1::ScoreOverrideChange> changes(page.score_override_changes().begin(),
                                                                page.score_override_changes().end());
  context.console().PrintList(changes, OverrideChangesTable(changes));
  if (!page.next_page_token().empty()) context.console().Note("There are older ones; see --limit.");
  return absl::OkStatus();
}

}  // namespace

void AddOverrides(CLI::App& app, Context& context) {
  CLI::App* overrides = app.add_subcommand("overrides", "What people decided of customers in place of a model");
  overrides->require_subcommand(1);
  auto options = std::make_shared<OverrideOptions>();
  const auto add = [&](const char* name, const char* help, absl::Status (*run)(Context&, const OverrideOptions&)) {
    CLI::App* command = overrides->add_subcommand(name, help);
    command->add_option("model", options->model, "The model's id")->required();
    command->add_option("customer", options->customer, "The customer's id")->required();
    context.Bind(command, [&context, options, run] { return run(context, *options); });
    return command;
  };
  CLI::App* set = add("set", "Decide of a customer in place of a model; the model's score stays visible", &Set);
  set->add_option("--value", options->value, "The score: a probability, an amount");
  set->add_option("--segment", options->segment, "The segment or class");
  set->add_option("--tier", options->tier, "The tier");
  set->add_option("--reason", options->reason, "Why")->required();
  set->add_option("--until", options->until, "When it ends: 90d, or 2026-12-31; at most a year")->required();
  set->footer(
      "Example:\n  clientele overrides set churn C000017 --value 0.02 --until 30d --reason \"told us that she stays\"");
  add("get", "Show what was decided of a customer, also once it has ended", &Get);
  CLI::App* remove = add("delete", "Take a decision away: the model's score stands alone again", &Delete);
  remove->add_option("--reason", options->reason, "Why");
  CLI::App* history = add("history", "Show every decision of a customer by a model, newest first", &History);
  history->add_option("--limit", options->limit, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  CLI::App* list = overrides->add_subcommand("list", "List what was decided");
  list->add_option("model", options->model, "Of one model [all]");
  list->add_flag("--expired", options->expired, "Also what has ended");
  list->add_option("--limit", options->limit, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  context.Bind(list, [&context, options] { return List(context, *options); });
}

}  // namespace clientele::cli
