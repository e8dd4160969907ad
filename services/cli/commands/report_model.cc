// `report model`: how a model was trained and how good it is, as a page to look at, print or send.
#include <memory>

#include "absl/strings/str_cat.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"
#include "services/cli/commands/model_page.h"
#include "services/cli/output/file.h"
#include "services/cli/page/page.h"
#include "services/cli/page/words.h"

namespace clientele::cli {
namespace {

using inference::v1::ModelVersion;

struct ModelPageOptions {
  std::string model;
  int64_t version = 0;  // 0: the alias's.
  std::string alias = "champion";
  std::string to;  // Empty: MODEL-VERSION.html.
};

absl::StatusOr<ModelReport> GetReport(InferenceClient& client, const std::string& name) {
  inference::v1::GetModelVersionRequest request;
  request.set_name(name);
  ModelReport report;
  CLIENTELE_ASSIGN_OR_RETURN(report.version, client.GetVersion(request));
  // By the version's own name: the alias may have moved.
  inference::v1::GetModelCardRequest get_card;
  get_card.set_name(report.version.name());
  CLIENTELE_ASSIGN_OR_RETURN(report.card, client.GetCard(get_card));
  inference::v1::ExportModelVersionRequest get_artifact;
  get_artifact.set_name(report.version.name());
  CLIENTELE_ASSIGN_OR_RETURN(const auto exported, client.Export(get_artifact));
  model::v1::ModelArtifact artifact;
  if (!artifact.ParseFromString(exported.bytes)) {
    return absl::DataLossError(absl::StrCat(report.version.name(), " is not a model artifact"));
  }
  report.currency = artifact.base_currency();
  report.penalty_path = artifact.logistic_regression().path();
  return report;
}

}  // namespace

absl::Status WriteModelPage(Context& context, const std::string& name, const std::string& path) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReport report, GetReport(*client, name));
  const std::string model = ModelId(report.version), version = VersionId(report.version);
  const std::string file = path.empty() ? absl::StrCat(model, "-", version, ".html") : path;
  const std::string page = ModelPage(report);
  CLIENTELE_RETURN_IF_ERROR(WriteFile(page, file));
  Table table({{"model", "Model"},
               {"version", "Version", Align::kRight},
               {"file", "File"},
               {"size_bytes", "Bytes", Align::kRight}});
  table.AddRow({Cell::Text(model), Cell::Text(version), Cell::Text(file),
                Cell::Count(static_cast<int64_t>(page.size()))});
  context.console().Print(table);
  return absl::OkStatus();
}

void AddReportModel(CLI::App& report, Context& context) {
  CLI::App* command = report.add_subcommand(
      "model", "Write how a model was trained and how good it is, as one HTML page with pictures");
  auto options = std::make_shared<ModelPageOptions>();
  command->add_option("model", options->model, "The model's id")->required();
  CLI::Option* version =
      command->add_option("--version", options->version, "The version's number")->check(CLI::PositiveNumber);
  command->add_option("--alias", options->alias, "Which alias's version")->excludes(version)->capture_default_str();
  command->add_option("--to", options->to, "The file to write [MODEL-VERSION.html]");
  command->footer("The page needs no network and no script: open it in a browser, print it, send it.");
  context.Bind(command, [&context, options] {
    const std::string which = options->version > 0 ? absl::StrCat(options->version) : options->alias;
    return WriteModelPage(context, context.version_name(options->model, which), options->to);
  });
}

}  // namespace clientele::cli
