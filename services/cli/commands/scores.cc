// `scores`: what every customer scores now, and how that changes.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "services/cli/client/current_score_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/current_score_view.h"

namespace clientele::cli {
namespace {

using inference::v1::CurrentScore;

struct ScoreOptions {
  std::string model;
  std::vector<std::string> models;
  std::string customer;
  std::vector<std::string> customers;
  std::vector<std::string> groups;
  double min_change = 0;
  std::string resume_token;
  int limit = 100;
  int count = 0;
};

absl::StatusOr<std::unique_ptr<CurrentScoreClient>> Connect(const Context& context) {
  return CurrentScoreClient::Connect(context.service("inference"));
}

absl::Status List(Context& context, const ScoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::ListCurrentScoresRequest request;
  request.set_parent(context.model_name(options.model.empty() ? "-" : options.model));
  for (const std::string& group : options.groups) request.add_groups(group);
  std::vector<CurrentScore> all;
  do {
    request.set_page_size(std::min(1'000, options.limit - static_cast<int>(all.size())));
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->List(request));
    all.insert(all.end(), page.current_scores().begin(), page.current_scores().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(all.size()) < options.limit);
  context.console().PrintList(all, CurrentScoresTable(all));
  if (!request.page_token().empty()) context.console().Note("There are more; see --limit.");
  return absl::OkStatus();
}

absl::Status Get(Context& context, const ScoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  CLIENTELE_ASSIGN_OR_RETURN(const std::string customer, context.customer_name(options.customer));
  inference::v1::GetCurrentScoreRequest request;
  request.set_name(absl::StrCat(context.model_name(options.model), "/currentScores/",
                                absl::StripPrefix(customer, absl::StrCat(context.tenant_name(), "/customers/"))));
  CLIENTELE_ASSIGN_OR_RETURN(const CurrentScore score, client->Get(request));
  context.console().Print(score, CurrentScoresTable({score}));
  return absl::OkStatus();
}

// One change: a sentence, a JSON document, or a line of CSV, the first after the keys.
void Print(const inference::v1::WatchScoresResponse& response, bool first, Console& console) {
  const CurrentScore& score = response.current_score();
  switch (console.format) {
    case OutputFormat::kTable: console.Say(ChangeText(score)); break;
    case OutputFormat::kJson: console.out << Console::ToJson(response) << "\n"; break;
    case OutputFormat::kCsv: {
      const std::string csv = RenderCsv(CurrentScoresTable({score}));
      console.out << (first ? csv : csv.substr(csv.find('\n') + 1));
      break;
    }
  }
  console.out.flush();
}

absl::Status Watch(Context& context, const ScoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::WatchScoresRequest request;
  request.set_parent(context.tenant_name());
  request.set_resume_token(options.resume_token);
  for (const std::string& model : options.models) request.add_models(context.model_name(model));
  for (const std::string& group : options.groups) request.add_entered_groups(group);
  for (const std::string& customer : options.customers) request.add_customer_ids(customer);
  request.set_min_change(options.min_change);
  int told = 0;
  std::string token;
  CLIENTELE_RETURN_IF_ERROR(client->Watch(request, [&](const inference::v1::WatchScoresResponse& response) {
    token = response.resume_token();
    if (!response.has_current_score()) return true;
    Print(response, told == 0, context.console());
    return ++told != options.count;
  }));
  context.console().Note(absl::StrCat("Go on from here with --resume-token ", token));
  return absl::OkStatus();
}

}  // namespace

void AddScores(CLI::App& app, Context& context) {
  CLI::App* scores = app.add_subcommand("scores", "What every customer scores now, and how that changes");
  scores->require_subcommand(1);
  auto options = std::make_shared<ScoreOptions>();
  const auto add = [&](const char* name, const char* help, absl::Status (*run)(Context&, const ScoreOptions&)) {
    CLI::App* command = scores->add_subcommand(name, help);
    context.Bind(command, [&context, options, run] { return run(context, *options); });
    return command;
  };
  CLI::App* list = add("list", "List the current scores, by model and customer", &List);
  list->add_option("model", options->model, "Of one model [all]");
  list->add_option("--group", options->groups, "Only of this tier or segment; again for more");
  list->add_option("--limit", options->limit, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  CLI::App* get = add("get", "Show a customer's current score, with what it was before", &Get);
  get->add_option("model", options->model, "The model's id")->required();
  get->add_option("customer", options->customer, "The customer's id")->required();
  CLI::App* watch = add("watch", "Tell changes as they are written, from now on", &Watch);
  watch->add_option("--model", options->models, "Only of this model; again for more");
  watch->add_option("--entered", options->groups, "Only into this tier or segment; again for more");
  watch->add_option("--customer", options->customers, "Only of this customer; again for more");
  watch->add_option("--min-change", options->min_change, "Only of so much, up or down")->check(CLI::NonNegativeNumber);
  watch->add_option("--resume-token", options->resume_token, "After the answer that had it");
  watch->add_option("--count", options->count, "End after so many [never]")->check(CLI::NonNegativeNumber);
  watch->footer("Example:\n  clientele scores watch --model churn --entered high --output json");
}

}  // namespace clientele::cli
