// `models`: what is served, what was served, and which of it is the champion.
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/text/numbers.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"
#include "services/cli/training/comparison_view.h"
#include "services/cli/training/evaluation_view.h"

namespace clientele::cli {
namespace {

using inference::v1::Model;
using inference::v1::ModelAlias;
using inference::v1::ModelAliasChange;
using inference::v1::ModelVersion;

std::string AlgorithmText(inference::v1::Algorithm algorithm) {
  return Words(absl::StripPrefix(inference::v1::Algorithm_Name(algorithm), "ALGORITHM_"));
}

absl::Status List(Context& context) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  CLIENTELE_ASSIGN_OR_RETURN(const std::vector<Model> models, client->ListModels(context.tenant_name()));
  Table table({{"model", "Model"},
               {"algorithm", "Algorithm"},
               {"versions", "Versions", Align::kRight},
               {"champion", "Champion", Align::kRight},
               {"updated", "Updated"},
               {"name", "Name"}});
  for (const Model& model : models) {
    std::string champion = "-";
    for (const ModelAlias& alias : model.aliases()) {
      if (LastSegment(alias.name()) == "champion") champion = LastSegment(alias.version());
    }
    table.AddRow({Cell::Text(LastSegment(model.name())), Cell::Text(AlgorithmText(model.algorithm())),
                  Cell::Count(model.version_count()), Cell::Text(champion), Cell::Time(FromProto(model.update_time())),
                  Cell::Text(model.display_name())});
  }
  context.console().PrintList(models, table);
  if (models.empty()) context.console().Note("No model yet; train one: clientele train SPEC");
  return absl::OkStatus();
}

absl::Status Show(Context& context, const std::string& model, const std::string& which) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::GetModelVersionRequest request;
  request.set_name(context.version_name(model, which));
  CLIENTELE_ASSIGN_OR_RETURN(const ModelVersion version, client->GetVersion(request));
  Console& console = context.console();
  if (!console.for_people()) {
    console.Print(version, EvaluationTable(version.evaluation()));
    return absl::OkStatus();
  }
  console.Say(absl::StrCat(version.name(), "  ", AlgorithmText(version.algorithm()), ", ",
                           FormatDateTime(FromProto(version.create_time())), ", SHA-256 ", version.sha256()));
  if (version.aliases_size() > 0) console.Say(absl::StrCat("Aliases: ", absl::StrJoin(version.aliases(), ", ")));
  if (!version.state_reason().empty()) console.Say(version.state_reason());
  console.Print(EvaluationTable(version.evaluation()));
  console.Heading(absl::StrCat("Gate: ", DecisionText(version.gate_decision())));
  console.Print(ChecksTable(version.gate_decision()));
  ShowComparison(version.gate_decision().comparison(), console);
  ShowEvaluationDetail(version.evaluation(), console);
  Table inputs({{"feature", "Feature"}, {"unit", "Unit"}, {"name", "Name"}});
  for (const auto& input : version.inputs()) {
    inputs.AddRow({Cell::Text(input.feature()), Cell::Text(input.unit()), Cell::Text(input.display_name())});
  }
  console.Heading("Inputs");
  console.Print(inputs);
  return absl::OkStatus();
}

absl::Status Versions(Context& context, const std::string& model) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::ListModelVersionsRequest request;
  request.set_parent(context.model_name(model));
  CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListVersions(request));
  Table table({{"version", "Version", Align::kRight},
               {"aliases", "Aliases"},
               {"state", "State"},
               {"created", "Created"},
               {"result", "Result"},
               {"decision", "Decision"},
               {"sha256", "SHA-256"}});
  for (const ModelVersion& version : page.model_versions()) {
    const std::string state = ModelVersion::State_Name(version.state());
    table.AddRow({Cell::Text(LastSegment(version.name())), Cell::Text(absl::StrJoin(version.aliases(), ", ")),
                  Cell::Text(Words(absl::StripPrefix(state, "STATE_"))), Cell::Time(FromProto(version.create_time())),
                  Cell::Text(EvaluationLine(version.evaluation())), Cell::Text(DecisionText(version.gate_decision())),
                  Cell::Text(version.sha256().substr(0, 12))});
  }
  context.console().PrintList(page.model_versions(), table);
  if (!page.next_page_token().empty()) context.console().Note("There are older ones.");
  return absl::OkStatus();
}

void SayMoved(Context& context, const ModelAlias& alias) {
  Table table(
      {{"alias", "Alias"}, {"version", "Version"}, {"previous", "Before"}, {"revision", "Revision", Align::kRight}});
  table.AddRow({Cell::Text(LastSegment(alias.name())), Cell::Text(LastSegment(alias.version())),
                Cell::Text(LastSegment(alias.previous_version())), Cell::Count(alias.revision())});
  context.console().Print(alias, table);
}

// What a person says beside moving an alias.
struct MoveOptions {
  std::string alias = "champion";
  std::string reason;
  int64_t revision = 0;
  std::string at;
};

absl::Status History(Context& context, const std::string& model, const MoveOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  const std::string alias = absl::StrCat(context.model_name(model), "/aliases/", options.alias);
  if (!options.at.empty()) {
    inference::v1::GetModelAliasRequest request;
    request.set_name(alias);
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time at, ParseInstant(options.at, absl::Now()));
    *request.mutable_as_of() = ToProto(at);
    CLIENTELE_ASSIGN_OR_RETURN(const ModelAlias then, client->GetAlias(request));
    SayMoved(context, then);
    return absl::OkStatus();
  }
  inference::v1::ListModelAliasChangesRequest request;
  request.set_parent(alias);
  CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListAliasChanges(request));
  Table table({{"revision", "Revision", Align::kRight},
               {"time", "When"},
               {"kind", "Change"},
               {"from", "From", Align::kRight},
               {"to", "To", Align::kRight},
               {"actor", "Who"},
               {"reason", "Why"}});
  for (const ModelAliasChange& change : page.model_alias_changes()) {
    std::string kind = Words(absl::StripPrefix(ModelAliasChange::Kind_Name(change.kind()), "KIND_"));
    if (change.restored_revision() > 0) absl::StrAppend(&kind, " of revision ", change.restored_revision());
    table.AddRow({Cell::Count(change.revision()), Cell::Time(FromProto(change.time())), Cell::Text(kind),
                  Cell::Text(LastSegment(change.from_version())), Cell::Text(LastSegment(change.to_version())),
                  Cell::Text(change.actor()), Cell::Text(change.reason())});
  }
  context.console().PrintList(page.model_alias_changes(), table);
  if (!page.next_page_token().empty()) context.console().Note("There are older ones.");
  return absl::OkStatus();
}

// "canary=3:5": the arm's name, a version's number or an alias, its weight.
absl::StatusOr<inference::v1::TrafficArm> ParseArm(const Context& context, const std::string& model,
                                                   const std::string& text) {
  const std::vector<std::string> name_and_rest = absl::StrSplit(text, absl::MaxSplits('=', 1));
  const std::vector<std::string> target_and_weight =
      absl::StrSplit(name_and_rest.back(), absl::MaxSplits(':', 1));
  inference::v1::TrafficArm arm;
  double weight = 0;
  if (name_and_rest.size() != 2 || target_and_weight.size() != 2 || !absl::SimpleAtod(target_and_weight[1], &weight)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not ARM=VERSION:WEIGHT or ARM=ALIAS:WEIGHT"));
  }
  arm.set_arm(name_and_rest[0]);
  arm.set_target(context.version_name(model, target_and_weight[0]));
  arm.set_weight(weight);
  return arm;
}

struct TrafficOptions {
  std::vector<std::string> arms;
  std::string salt;
  bool all_to_champion = false;
  std::string shadow;  // A version's number or an alias.
  double share = 1;
  bool no_shadow = false;

  bool changes() const { return !arms.empty() || all_to_champion || !shadow.empty() || no_shadow; }
};

// `traffic` as it is asked to be.
absl::Status ChangeTraffic(const Context& context, const std::string& model, const TrafficOptions& options,
                           inference::v1::ModelTraffic& traffic) {
  if (!options.arms.empty() || options.all_to_champion) traffic.clear_arms();
  if (!options.salt.empty()) traffic.set_salt(options.salt);
  for (const std::string& text : options.arms) {
    CLIENTELE_ASSIGN_OR_RETURN(*traffic.add_arms(), ParseArm(context, model, text));
  }
  if (options.no_shadow) traffic.clear_shadow();
  if (options.shadow.empty()) return absl::OkStatus();
  traffic.mutable_shadow()->set_target(context.version_name(model, options.shadow));
  traffic.mutable_shadow()->set_share(options.share);
  return absl::OkStatus();
}

absl::Status ShowOrSetTraffic(Context& context, const std::string& model, const TrafficOptions& options,
                              const std::string& reason) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::GetModelTrafficRequest get;
  get.set_name(absl::StrCat(context.model_name(model), "/traffic"));
  CLIENTELE_ASSIGN_OR_RETURN(inference::v1::ModelTraffic traffic, client->GetTraffic(get));
  if (options.changes()) {
    inference::v1::UpdateModelTrafficRequest update;
    *update.mutable_model_traffic() = traffic;
    update.mutable_model_traffic()->set_reason(reason);
    CLIENTELE_RETURN_IF_ERROR(ChangeTraffic(context, model, options, *update.mutable_model_traffic()));
    CLIENTELE_ASSIGN_OR_RETURN(traffic, client->UpdateTraffic(update));
  }
  double sum = 0;
  for (const auto& arm : traffic.arms()) sum += arm.weight();
  Table table({{"arm", "Arm"}, {"target", "Goes to"}, {"share", "Share", Align::kRight}});
  for (const auto& arm : traffic.arms()) {
    table.AddRow({Cell::Text(arm.arm()), Cell::Text(LastSegment(arm.target())), Cell::Percent(arm.weight() / sum)});
  }
  context.console().Print(traffic, table);
  if (traffic.arms().empty()) context.console().Note("All requests go to the champion.");
  if (traffic.has_shadow()) {
    context.console().Note(absl::StrCat(LastSegment(traffic.shadow().target()), " shadows ",
                                        Share(traffic.shadow().share()), " of the customers."));
  }
  return absl::OkStatus();
}

absl::Status Promote(Context& context, const std::string& model, const std::string& version,
                     const MoveOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::SetModelAliasRequest request;
  request.set_name(absl::StrCat(context.model_name(model), "/aliases/", options.alias));
  request.set_version(absl::StrCat(context.model_name(model), "/versions/", version));
  request.set_reason(options.reason);
  CLIENTELE_ASSIGN_OR_RETURN(const ModelAlias moved, client->SetAlias(request));
  SayMoved(context, moved);
  return absl::OkStatus();
}

absl::Status Rollback(Context& context, const std::string& model, const MoveOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::RollbackModelAliasRequest request;
  request.set_name(absl::StrCat(context.model_name(model), "/aliases/", options.alias));
  request.set_revision(options.revision);
  request.set_reason(options.reason);
  CLIENTELE_ASSIGN_OR_RETURN(const ModelAlias moved, client->RollbackAlias(request));
  SayMoved(context, moved);
  return absl::OkStatus();
}

}  // namespace

void AddModels(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("models", "List models, show versions, promote one, roll back, see who did");
  command->require_subcommand(1);
  auto model = std::make_shared<std::string>();
  auto version = std::make_shared<std::string>();
  auto move = std::make_shared<MoveOptions>();
  const auto add = [&](const char* name, const char* description) {
    CLI::App* sub = command->add_subcommand(name, description);
    sub->add_option("model", *model, "The model's id")->required();
    return sub;
  };
  context.Bind(command->add_subcommand("list", "List the models"), [&context] { return List(context); });
  CLI::App* show = add("show", "Show a version: how good it is, what it looks at");
  show->add_option("version", *version, "A version's number or an alias [champion]");
  context.Bind(show, [&context, model, version] { return Show(context, *model, *version); });
  context.Bind(add("versions", "List a model's versions, newest first"),
               [&context, model] { return Versions(context, *model); });
  CLI::App* promote = add("promote", "Make a version the champion");
  promote->add_option("version", *version, "The version's number")->required()->check(CLI::PositiveNumber);
  promote->add_option("--alias", move->alias, "Which alias to move")->capture_default_str();
  promote->add_option("--reason", move->reason, "Why, for the history");
  context.Bind(promote, [&context, model, version, move] { return Promote(context, *model, *version, *move); });
  CLI::App* rollback = add("rollback", "Make the champion the version it was before");
  rollback->add_option("--alias", move->alias, "Which alias to move")->capture_default_str();
  rollback->add_option("--revision", move->revision, "To where it pointed after this revision [the version before]")
      ->check(CLI::PositiveNumber);
  rollback->add_option("--reason", move->reason, "Why, for the history");
  context.Bind(rollback, [&context, model, move] { return Rollback(context, *model, *move); });
  auto traffic = std::make_shared<TrafficOptions>();
  CLI::App* share = add("traffic", "Show, or set, how requests are shared out over versions: a canary");
  CLI::Option* arms = share->add_option("--arm", traffic->arms, "ARM=VERSION:WEIGHT or ARM=ALIAS:WEIGHT; repeat it");
  share->add_option("--salt", traffic->salt, "Another text deals the customers anew");
  share->add_flag("--all-to-champion", traffic->all_to_champion, "No arms any more")->excludes(arms);
  CLI::Option* shadow =
      share->add_option("--shadow", traffic->shadow, "A version's number or an alias that scores beside, unseen");
  share->add_option("--share", traffic->share, "Of the customers that the shadow scores")
      ->capture_default_str()
      ->needs(shadow);
  share->add_flag("--no-shadow", traffic->no_shadow, "No shadow any more")->excludes(shadow);
  share->add_option("--reason", move->reason, "Why");
  share->footer("Example:\n  clientele models traffic churn --arm canary=7:5 --arm rest=champion:95 --reason \"try version 7\"");
  context.Bind(share, [&context, model, traffic, move] {
    return ShowOrSetTraffic(context, *model, *traffic, move->reason);
  });
  CLI::App* history = add("history", "Who moved the champion, when, from where to where, and why");
  history->add_option("--alias", move->alias, "Which alias")->capture_default_str();
  history->add_option("--at", move->at, "Where it pointed at an instant instead: 2026-08-31, \"90 days ago\"");
  context.Bind(history, [&context, model, move] { return History(context, *model, *move); });
  AddModelsCard(*command, context);
  AddModelsExport(*command, context);
  AddModelsKeeping(*command, context);
  AddModelsMonitoring(*command, context);
  AddModelsQuality(*command, context);
}

}  // namespace clientele::cli
