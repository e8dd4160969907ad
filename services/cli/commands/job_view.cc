#include "services/cli/commands/job_view.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "services/cli/output/format.h"
#include "services/cli/training/comparison_view.h"
#include "services/cli/training/evaluation_view.h"

namespace clientele::cli {

using training::v1::TrainingJob;

absl::StatusOr<TrainingJob> WatchUntilEnd(Context& context, const std::string& name, absl::string_view label) {
  CLIENTELE_ASSIGN_OR_RETURN(TrainingClient * client, context.training());
  cli::Progress progress = context.console().StartProgress(label);
  const auto job = client->WatchJob(name, [&](const TrainingJob& now) {
    if (HasEnded(now)) return;
    const std::string stage = training::v1::Progress::Stage_Name(now.progress().stage());
    std::string note = now.state() == TrainingJob::STATE_QUEUED ? "queued"
                       : now.progress().stage() == training::v1::Progress::STAGE_UNSPECIFIED
                           ? "starting"
                           : Words(absl::StripPrefix(stage, "STAGE_"));
    if (!now.progress().message().empty()) absl::StrAppend(&note, ": ", now.progress().message());
    progress.Update(now.progress().fraction(), note);
  });
  CLIENTELE_RETURN_IF_ERROR(job.status());
  std::string summary = StateText(*job);
  if (const std::string line = EvaluationLine(job->evaluation()); !line.empty()) absl::StrAppend(&summary, ", ", line);
  progress.Done(summary);
  return *job;
}

absl::Status ShowJob(Context& context, const TrainingJob& job) {
  Console& console = context.console();
  if (!console.for_people()) {
    Table table(
        {{"job", "Job"}, {"model", "Model"}, {"state", "State"}, {"decision", "Decision"}, {"version", "Version"}});
    table.AddRow({Cell::Text(LastSegment(job.name())), Cell::Text(job.spec().model()), Cell::Text(StateText(job)),
                  Cell::Text(DecisionText(job.gate_decision())), Cell::Text(LastSegment(job.model_version()))});
    console.Print(job, table);
  } else {
    console.Say(absl::StrCat("Job ", LastSegment(job.name()), ", model ", job.spec().model(), ": ", StateText(job)));
    if (job.has_evaluation()) console.Print(EvaluationTable(job.evaluation()));
    if (job.data_issues_size() > 0) {
      console.Heading("About the data");
      console.Print(IssuesTable(job.data_issues()));
    }
    if (job.has_gate_decision()) {
      console.Heading(absl::StrCat("Gate: ", DecisionText(job.gate_decision())));
      console.Print(ChecksTable(job.gate_decision()));
      ShowComparison(job.gate_decision().comparison(), console);
    }
    if (!job.model_version().empty()) console.Say(absl::StrCat("\nVersion: ", job.model_version()));
    if (!HasEnded(job)) console.Say(absl::StrCat("Watch it with: clientele jobs watch ", LastSegment(job.name())));
  }
  if (job.gate_decision().decision() == model::v1::GateDecision::DECISION_REJECTED)
    context.EndWith(ExitCode::kRejected);
  if (job.state() == TrainingJob::STATE_FAILED) {
    return absl::InternalError(absl::StrCat("the job failed: ", job.error().message()));
  }
  return absl::OkStatus();
}

}  // namespace clientele::cli
