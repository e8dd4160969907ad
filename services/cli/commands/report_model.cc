// `report model`: how a model was trained and how good it is, as a page to look at, print or send.
#include <cerrno>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "clientele/model/v1/artifact.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"
#include "services/cli/page/page.h"

namespace clientele::cli {
namespace {

using inference::v1::ModelVersion;

struct ModelPageOptions {
  std::string model;
  int64_t version = 0;  // 0: the alias's.
  std::string alias = "champion";
  std::string to;  // Empty: MODEL-VERSION.html.
};

std::string VersionOrAliasName(const Context& context, const ModelPageOptions& options) {
  const std::string name = context.model_name(options.model);
  return options.version > 0 ? absl::StrCat(name, "/versions/", options.version)
                             : absl::StrCat(name, "/aliases/", options.alias);
}

absl::StatusOr<ModelReport> GetReport(InferenceClient& client, const std::string& name) {
  inference::v1::GetModelVersionRequest request;
  request.set_name(name);
  ModelReport report;
  CLIENTELE_ASSIGN_OR_RETURN(report.version, client.GetVersion(request));
  // By the version's own name: the alias may have moved.
  CLIENTELE_ASSIGN_OR_RETURN(const std::string bytes, client.Export(report.version.name()));
  model::v1::ModelArtifact artifact;
  if (!artifact.ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat(report.version.name(), " is not a model artifact"));
  }
  report.currency = artifact.base_currency();
  report.penalty_path = artifact.logistic_regression().path();
  return report;
}

absl::Status Write(const std::string& page, const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  file << page;
  file.close();
  return file ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot write ", path));
}

absl::Status WriteModelPage(Context& context, const ModelPageOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReport report, GetReport(*client, VersionOrAliasName(context, options)));
  const std::string version = LastSegment(report.version.name());
  const std::string path = options.to.empty() ? absl::StrCat(options.model, "-", version, ".html") : options.to;
  const std::string page = ModelPage(report);
  CLIENTELE_RETURN_IF_ERROR(Write(page, path));
  Table table({{"model", "Model"},
               {"version", "Version", Align::kRight},
               {"file", "File"},
               {"size_bytes", "Bytes", Align::kRight}});
  table.AddRow({Cell::Text(options.model), Cell::Text(version), Cell::Text(path),
                Cell::Count(static_cast<int64_t>(page.size()))});
  context.console().Print(table);
  return absl::OkStatus();
}

}  // namespace

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
  context.Bind(command, [&context, options] { return WriteModelPage(context, *options); });
}

}  // namespace clientele::cli
