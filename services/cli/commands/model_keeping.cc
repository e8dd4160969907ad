// `models update` and `models delete`: what a model is called and for, which of its versions are kept loaded, and which
// are kept at all.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::Model;
using inference::v1::ModelVersion;
using inference::v1::VersionPolicy;

constexpr absl::string_view kNoPurpose = "none";

struct UpdateOptions {
  std::string model;
  std::string display_name;
  std::string purpose;
  int latest = 0;
  bool all = false;
  std::vector<std::string> versions;

  bool changes_policy() const { return latest > 0 || all || !versions.empty(); }
};

std::string PolicyText(const VersionPolicy& policy) {
  if (policy.has_all()) return "all";
  if (policy.has_latest()) return policy.latest() == 1 ? "the latest" : absl::StrCat("the latest ", policy.latest());
  std::vector<std::string> numbers;
  for (const std::string& name : policy.specific().versions()) numbers.push_back(LastSegment(name));
  return numbers.empty() ? "none" : absl::StrJoin(numbers, ", ");
}

inference::v1::UpdateModelRequest RequestFor(const Context& context, const UpdateOptions& options) {
  inference::v1::UpdateModelRequest request;
  Model& model = *request.mutable_model();
  model.set_name(context.model_name(options.model));
  if (!options.display_name.empty()) {
    model.set_display_name(options.display_name);
    request.mutable_update_mask()->add_paths("display_name");
  }
  if (!options.purpose.empty()) {
    if (options.purpose != kNoPurpose) model.set_purpose(options.purpose);
    request.mutable_update_mask()->add_paths("purpose");
  }
  if (!options.changes_policy()) return request;
  request.mutable_update_mask()->add_paths("version_policy");
  VersionPolicy& policy = *model.mutable_version_policy();
  if (options.latest > 0) policy.set_latest(options.latest);
  if (options.all) policy.set_all(true);
  for (const std::string& version : options.versions) {
    policy.mutable_specific()->add_versions(absl::StrCat(model.name(), "/versions/", version));
  }
  return request;
}

absl::Status Update(Context& context, const UpdateOptions& options) {
  if (options.display_name.empty() && options.purpose.empty() && !options.changes_policy()) {
    return absl::InvalidArgumentError("nothing to change; say --name, --purpose, --latest, --all or --version");
  }
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const Model model, client->UpdateModel(RequestFor(context, options)));
  Table table({{"model", "Model"},
               {"name", "Name"},
               {"purpose", "Purpose"},
               {"version_policy", "Versions kept loaded"},
               {"versions", "Versions", Align::kRight}});
  table.AddRow({Cell::Text(LastSegment(model.name())), Cell::Text(model.display_name()), Cell::Text(model.purpose()),
                Cell::Text(PolicyText(model.version_policy())), Cell::Count(model.version_count())});
  context.console().Print(model, table);
  context.console().Note("Those that an alias or an arm names, and those a rollback would go to, are always loaded.");
  return absl::OkStatus();
}

absl::Status Delete(Context& context, const std::string& model, const std::string& version, const std::string& reason) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::DeleteModelVersionRequest request;
  request.set_name(absl::StrCat(context.model_name(model), "/versions/", version));
  request.set_reason(reason);
  CLIENTELE_ASSIGN_OR_RETURN(const ModelVersion deleted, client->DeleteVersion(request));
  Table table({{"version", "Version", Align::kRight}, {"state", "State"}, {"sha256", "SHA-256"}});
  const std::string state = ModelVersion::State_Name(deleted.state());
  table.AddRow({Cell::Text(LastSegment(deleted.name())), Cell::Text(Words(absl::StripPrefix(state, "STATE_"))),
                Cell::Text(deleted.sha256().substr(0, 12))});
  context.console().Print(deleted, table);
  return absl::OkStatus();
}

}  // namespace

void AddModelsKeeping(CLI::App& models, Context& context) {
  CLI::App* update =
      models.add_subcommand("update", "Change a model's name or purpose, or which of its versions are kept loaded");
  auto options = std::make_shared<UpdateOptions>();
  update->add_option("model", options->model, "The model's id")->required();
  update->add_option("--name", options->display_name, "What people call it");
  update->add_option("--purpose", options->purpose,
                     "What its scores are for, or none: who has opted out of that is not scored");
  CLI::Option* latest =
      update->add_option("--latest", options->latest, "Keep the newest so many loaded [3]")->check(CLI::PositiveNumber);
  CLI::Option* all = update->add_flag("--all", options->all, "Keep all loaded")->excludes(latest);
  update->add_option("--version", options->versions, "Keep this one loaded, and no others; repeat it")
      ->excludes(latest)
      ->excludes(all);
  update->footer("Example:\n  clientele models update churn --latest 5");
  context.Bind(update, [&context, options] { return Update(context, *options); });

  CLI::App* remove =
      models.add_subcommand("delete", "Forget a version that nothing names; its number is not given again");
  auto model = std::make_shared<std::string>();
  auto version = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  remove->add_option("model", *model, "The model's id")->required();
  remove->add_option("version", *version, "The version's number")->required()->check(CLI::PositiveNumber);
  remove->add_option("--reason", *reason, "Why, for the server's log");
  context.Bind(remove, [&context, model, version, reason] { return Delete(context, *model, *version, *reason); });
}

}  // namespace clientele::cli
