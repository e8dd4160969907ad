// `models export`: a version's bytes, ours or ONNX.
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/file.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::ExportModelVersionRequest;

struct ExportOptions {
  std::string model;
  std::string version;
  ExportModelVersionRequest::Format format = ExportModelVersionRequest::FORMAT_ARTIFACT;
  std::string to;
};

absl::Status Export(Context& context, const ExportOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  ExportModelVersionRequest request;
  request.set_name(context.version_name(options.model, options.version));
  request.set_format(options.format);
  CLIENTELE_ASSIGN_OR_RETURN(const InferenceClient::ExportedVersion exported, client->Export(request));
  const std::string version = LastSegment(exported.name);
  const bool onnx = options.format == ExportModelVersionRequest::FORMAT_ONNX;
  const std::string path =
      options.to.empty() ? absl::StrCat(options.model, "-", version, onnx ? ".onnx" : ".artifact") : options.to;
  CLIENTELE_RETURN_IF_ERROR(WriteFile(exported.bytes, path));
  Table table({{"version", "Version", Align::kRight},
               {"file", "File"},
               {"size_bytes", "Bytes", Align::kRight},
               {"sha256", "SHA-256"}});
  table.AddRow({Cell::Text(version), Cell::Text(path), Cell::Count(static_cast<int64_t>(exported.bytes.size())),
                Cell::Text(exported.sha256)});
  context.console().Print(table);
  return absl::OkStatus();
}

}  // namespace

void AddModelsExport(CLI::App& models, Context& context) {
  CLI::App* command = models.add_subcommand("export", "Write a version to a file: as it was published, or as ONNX");
  auto options = std::make_shared<ExportOptions>();
  command->add_option("model", options->model, "The model's id")->required();
  command->add_option("version", options->version, "A version's number or an alias [champion]");
  const std::map<std::string, ExportModelVersionRequest::Format> formats = {
      {"artifact", ExportModelVersionRequest::FORMAT_ARTIFACT}, {"onnx", ExportModelVersionRequest::FORMAT_ONNX}};
  command->add_option("--format", options->format, "artifact or onnx [artifact]")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case).description("{artifact,onnx}"));
  command->add_option("--to", options->to, "The file to write [MODEL-VERSION.artifact or .onnx]");
  command->footer(
      "ONNX: one input a feature, [rows, 1]: float64 with NaN, or text with \"\", where it is missing. What "
      "the model does to features before it scores is inside.");
  context.Bind(command, [&context, options] { return Export(context, *options); });
}

}  // namespace clientele::cli
