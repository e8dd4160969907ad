// `models quality`: whether a model becomes better from quarter to quarter.
#include <memory>
#include <optional>
#include <string>

#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/quality_view.h"

namespace clientele::cli {
namespace {

struct QualityOptions {
  std::string model;
  int quarters = 0;
  std::string time_zone;
  std::string metric;
  std::optional<double> level, gain;
  bool skip_outcomes = false;
};

absl::Status Quality(Context& context, const QualityOptions& options) {
  inference::v1::GetQualityHistoryRequest request;
  request.set_name(context.model_name(options.model));
  request.set_quarters(options.quarters);
  request.set_time_zone(options.time_zone);
  request.set_skip_outcomes(options.skip_outcomes);
  request.mutable_target()->set_metric(options.metric);
  if (options.level.has_value()) request.mutable_target()->set_level(*options.level);
  if (options.gain.has_value()) request.mutable_target()->set_gain(*options.gain);
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const auto history, client->GetQualityHistory(request));
  Console& console = context.console();
  if (console.for_people()) console.Say(TargetLine(history));
  console.Print(history, QualityTable(history));
  return absl::OkStatus();
}

}  // namespace

void AddModelsQuality(CLI::App& models, Context& context) {
  auto options = std::make_shared<QualityOptions>();
  CLI::App* command = models.add_subcommand("quality", "How good it was in each quarter, against what is asked of it");
  command->add_option("model", options->model, "The model's id")->required();
  command->add_option("--quarters", options->quarters, "How many, up to the present one [8]")->check(CLI::Range(1, 40));
  command->add_option("--time-zone", options->time_zone, "Of the quarters: Europe/Berlin [the tenant's]");
  command->add_option("--metric", options->metric, "A measure of the model card [accuracy, or what suits the model]");
  command->add_option("--level", options->level,
                      "What it must be at least; where lower is better, at most [0.8 of accuracy]");
  command->add_option("--gain", options->gain, "How much better than the quarter before: 0.05 is 5 % [0.05]");
  command->add_flag("--skip-outcomes", options->skip_outcomes, "Without what became of customers, which takes longest");
  context.Bind(command, [&context, options] { return Quality(context, *options); });
}

}  // namespace clientele::cli
