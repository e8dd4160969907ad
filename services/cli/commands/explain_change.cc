// `explain-change`: why a customer's score is another than it was.
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::ExplainScoreChangeResponse;

struct ChangeOptions {
  std::string model;
  std::string customer;
  std::string from;
  std::string to;
  int from_version = 0;
  int max_events = 20;
};

// A row a part, in the order in which they were added up.
Table PartsTable(const ExplainScoreChangeResponse& response) {
  Table table({{"part", "What"}, {"time", "When"}, {"change", "Change", Align::kRight}});
  const auto add = [&table](absl::string_view part, Cell time, double change) {
    table.AddRow({Cell::Text(part), std::move(time), Cell::Number(change, 3)});
  };
  if (response.model_change() != 0) add("another version of the model", Cell::Missing(), response.model_change());
  add("time went by", Cell::Missing(), response.time_change());
  if (response.other_events() != 0) add("earlier events", Cell::Missing(), response.other_events());
  for (const auto& event : response.events()) {
    add(event.event(), Cell::Time(FromProto(event.event_time())), event.change());
  }
  add("all together", Cell::Missing(), response.change());
  return table;
}

absl::Status ExplainChange(Context& context, const ChangeOptions& options) {
  inference::v1::ExplainScoreChangeRequest request;
  request.set_name(context.model_name(options.model));
  request.set_customer_id(options.customer);
  CLIENTELE_ASSIGN_OR_RETURN(const absl::Time from, ParseInstant(options.from, context.clock().Now()));
  *request.mutable_from_time() = ToProto(from);
  if (!options.to.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time to, ParseInstant(options.to, context.clock().Now()));
    *request.mutable_to_time() = ToProto(to);
  }
  if (options.from_version > 0) {
    const std::string model = options.model.substr(0, options.model.find('/'));
    request.set_from_version(absl::StrCat(context.model_name(model), "/versions/", options.from_version));
  }
  request.set_max_events(options.max_events);
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const ExplainScoreChangeResponse response, client->ExplainScoreChange(request));
  Console& console = context.console();
  console.Say(response.text());
  console.Print(response, PartsTable(response));
  console.Say(absl::StrCat("On the scale of the ", response.scale(), ": ", FormatNumber(response.from_score(), 3),
                           " by version ", LastSegment(response.from_version()), ", then ",
                           FormatNumber(response.to_score(), 3), " by version ", LastSegment(response.to_version())));
  return absl::OkStatus();
}

}  // namespace

void AddExplainChange(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "explain-change", "Say why a customer's score changed: events, time, another version of the model");
  auto options = std::make_shared<ChangeOptions>();
  command->add_option("model", options->model, "The model; also churn/aliases/NAME, churn/versions/3")->required();
  command->add_option("customer", options->customer, "The customer's id")->required();
  command->add_option("--from", options->from, "Since when: \"30 days ago\", 2026-08-31, 2026-08-31T12:00:00Z")
      ->required();
  command->add_option("--to", options->to, "Until when [now]");
  command
      ->add_option("--from-version", options->from_version,
                   "The version that scored then [what the alias stood for then]")
      ->check(CLI::PositiveNumber);
  command->add_option("--max-events", options->max_events, "How many to tell one by one")
      ->check(CLI::Range(1, 200))
      ->capture_default_str();
  command->footer(
      "The parts add up to the change. Example:\n  clientele explain-change churn C000017 --from \"30 days ago\"");
  context.Bind(command, [&context, options] { return ExplainChange(context, *options); });
}

}  // namespace clientele::cli
