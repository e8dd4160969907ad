// `models shadow`, `models outcomes`, `models drift`: how models do once they serve.
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/text/numbers.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/monitoring_view.h"

namespace clientele::cli {
namespace {

using inference::v1::FeatureDrift;

// What a person says about the scores looked at.
struct MonitoringOptions {
  std::string model;
  std::string version;
  std::string from, to;
  std::string feature;
  int rows = 0;
};

template <typename Request>
absl::Status SetWindow(const MonitoringOptions& options, absl::Time now, Request& request) {
  if (!options.from.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time from, ParseInstant(options.from, now));
    *request.mutable_start_time() = ToProto(from);
  }
  if (!options.to.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Time to, ParseInstant(options.to, now));
    *request.mutable_end_time() = ToProto(to);
  }
  return absl::OkStatus();
}

absl::Status Shadow(Context& context, const MonitoringOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::GetShadowReportRequest request;
  request.set_name(context.model_name(options.model));
  request.set_max_rows(options.rows);
  CLIENTELE_RETURN_IF_ERROR(SetWindow(options, context.clock().Now(), request));
  CLIENTELE_ASSIGN_OR_RETURN(const auto report, client->GetShadowReport(request));
  Console& console = context.console();
  console.Print(report, ShadowTable(report));
  if (report.pairings().empty()) {
    console.Note("No pair yet. Set a shadow: clientele models traffic MODEL --shadow VERSION --share 1");
    return absl::OkStatus();
  }
  if (report.dropped() > 0) {
    console.Note(
        absl::StrCat(FormatCount(report.dropped()), " requests were not scored by the shadow since the start."));
  }
  if (!console.for_people()) return absl::OkStatus();
  console.Say(MovesLine(report.pairings(0)));
  console.Heading("Largest differences");
  console.Print(LargestDifferencesTable(report.pairings(0)));
  return absl::OkStatus();
}

absl::Status Outcomes(Context& context, const MonitoringOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::GetOutcomeReportRequest request;
  request.set_name(context.model_name(options.model));
  CLIENTELE_RETURN_IF_ERROR(SetWindow(options, context.clock().Now(), request));
  CLIENTELE_ASSIGN_OR_RETURN(const auto report, client->GetOutcomeReport(request));
  Console& console = context.console();
  if (console.for_people()) console.Say(absl::StrCat("What was predicted: ", report.label(), "."));
  console.Print(report, OutcomesTable(report));
  if (!console.for_people()) return absl::OkStatus();
  console.Say(PendingLine(report));
  for (const auto& comparison : report.comparisons()) console.Say(comparison.text());
  return absl::OkStatus();
}

absl::Status Drift(Context& context, const MonitoringOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(InferenceClient * client, context.inference());
  inference::v1::GetDriftReportRequest request;
  request.set_name(context.version_name(options.model, options.version));
  CLIENTELE_RETURN_IF_ERROR(SetWindow(options, context.clock().Now(), request));
  CLIENTELE_ASSIGN_OR_RETURN(const auto report, client->GetDriftReport(request));
  Console& console = context.console();
  if (console.for_people()) {
    console.Say(absl::StrCat(report.model_version(), ": ", Counted(report.rows(), "scored row"), " against ",
                             Counted(report.training_rows(), "training row")));
  }
  console.Print(report, DriftTable(report));
  if (!console.for_people() || report.rows() == 0) return absl::OkStatus();
  for (const FeatureDrift& drift : report.features()) {
    if (options.feature.empty() ? !drift.drifted() : drift.feature() != options.feature) continue;
    console.Heading(drift.feature());
    console.Print(BinsTable(drift));
    if (options.feature.empty()) break;  // The furthest.
  }
  return absl::OkStatus();
}

}  // namespace

void AddModelsMonitoring(CLI::App& models, Context& context) {
  auto options = std::make_shared<MonitoringOptions>();
  const auto add = [&](const char* name, const char* description) {
    CLI::App* sub = models.add_subcommand(name, description);
    sub->add_option("model", options->model, "The model's id")->required();
    sub->add_option("--from", options->from, "Scores from this instant on: 2026-08-31, \"7 days ago\" [all]");
    sub->add_option("--to", options->to, "Scores before this instant [now]");
    return sub;
  };
  CLI::App* shadow = add("shadow", "How a shadow's scores compare with those that were served");
  shadow->add_option("--rows", options->rows, "How many of those that differ most [20]")->check(CLI::Range(1, 1'000));
  context.Bind(shadow, [&context, options] { return Shadow(context, *options); });
  CLI::App* outcomes = add("outcomes", "How good the scores that were served turned out to be, by version and arm");
  context.Bind(outcomes, [&context, options] { return Outcomes(context, *options); });
  CLI::App* drift = add("drift", "How far what is scored has moved from what the version was trained on");
  drift->add_option("version", options->version, "A version's number or an alias [champion]");
  drift->add_option("--feature", options->feature, "Whose bins to show [the furthest]");
  context.Bind(drift, [&context, options] { return Drift(context, *options); });
}

}  // namespace clientele::cli
