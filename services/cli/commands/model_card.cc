// `models card`: what somebody must know before trusting a version.
#include <memory>

#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"
#include "services/cli/commands/model_page.h"
#include "services/cli/training/card_view.h"

namespace clientele::cli {
namespace {

struct CardOptions {
  std::string model;
  std::string version;
  std::string html;
};

absl::Status Card(Context& context, const CardOptions& options) {
  const std::string name = context.version_name(options.model, options.version);
  if (!options.html.empty()) return WriteModelPage(context, name, options.html);
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::GetModelCardRequest request;
  request.set_name(name);
  CLIENTELE_ASSIGN_OR_RETURN(const model::v1::ModelCard card, client->GetCard(request));
  if (context.console().for_people()) {
    ShowCard(card, context.console());
  } else {
    context.console().Print(card, CardMetricsTable(card));
  }
  return absl::OkStatus();
}

}  // namespace

void AddModelsCard(CLI::App& models, Context& context) {
  CLI::App* command = models.add_subcommand("card", "What a version is for, how good it is, where not to trust it");
  auto options = std::make_shared<CardOptions>();
  command->add_option("model", options->model, "The model's id")->required();
  command->add_option("version", options->version, "A version's number or an alias [champion]");
  command->add_option("--html", options->html, "Write it as a page with pictures to this file, as `report model` does");
  context.Bind(command, [&context, options] { return Card(context, *options); });
}

}  // namespace clientele::cli
