// `jobs`: training jobs, past and present.
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/commands/commands.h"
#include "services/cli/commands/job_view.h"
#include "services/cli/output/format.h"
#include "services/cli/training/evaluation_view.h"
#include "services/cli/training/migration_view.h"

namespace clientele::cli {
namespace {

using training::v1::TrainingJob;

absl::Status List(Context& context, int limit) {
  CLIENTELE_ASSIGN_OR_RETURN(TrainingClient * client, context.training());
  std::vector<TrainingJob> jobs;
  training::v1::ListTrainingJobsRequest request;
  request.set_parent(context.tenant_name());
  do {
    request.set_page_size(std::min(1'000, limit - static_cast<int>(jobs.size())));
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListJobs(request));
    jobs.insert(jobs.end(), page.training_jobs().begin(), page.training_jobs().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && static_cast<int>(jobs.size()) < limit);
  Table table({{"job", "Job"},
               {"model", "Model"},
               {"state", "State"},
               {"created", "Created"},
               {"result", "Result"},
               {"decision", "Decision"}});
  for (const TrainingJob& job : jobs) {
    const std::string result = job.has_error() ? job.error().message() : EvaluationLine(job.evaluation());
    table.AddRow({Cell::Text(LastSegment(job.name())), Cell::Text(job.spec().model()), Cell::Text(StateText(job)),
                  Cell::Time(FromProto(job.create_time())), Cell::Text(result),
                  Cell::Text(DecisionText(job.gate_decision()))});
  }
  context.console().PrintList(jobs, table);
  if (!request.page_token().empty()) context.console().Note("There are older ones; see --limit.");
  return absl::OkStatus();
}

absl::Status Show(Context& context, const std::string& id) {
  CLIENTELE_ASSIGN_OR_RETURN(TrainingClient * client, context.training());
  training::v1::GetTrainingJobRequest request;
  request.set_name(context.job_name(id));
  CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, client->GetJob(request));
  const absl::Status status = ShowJob(context, job);
  if (context.console().for_people()) {
    ShowEvaluationDetail(job.evaluation(), context.console());
    ShowMigration(job.segment_migration(), context.console());
  }
  return status;
}

absl::Status Watch(Context& context, const std::string& id) {
  CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, WatchUntilEnd(context, context.job_name(id), "Job " + id));
  return ShowJob(context, job);
}

absl::Status Cancel(Context& context, const std::string& id) {
  CLIENTELE_ASSIGN_OR_RETURN(TrainingClient * client, context.training());
  training::v1::CancelTrainingJobRequest request;
  request.set_name(context.job_name(id));
  CLIENTELE_ASSIGN_OR_RETURN(const TrainingJob job, client->CancelJob(request));
  context.console().Note(absl::StrCat("Job ", id, ": ", StateText(job)));
  return absl::OkStatus();
}

}  // namespace

void AddJobs(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("jobs", "List training jobs, show, watch or cancel one");
  command->require_subcommand(1);
  auto limit = std::make_shared<int>(20);
  auto id = std::make_shared<std::string>();
  CLI::App* list = command->add_subcommand("list", "List jobs, newest first");
  list->add_option("--limit", *limit, "How many at most")->check(CLI::PositiveNumber)->capture_default_str();
  context.Bind(list, [&context, limit] { return List(context, *limit); });
  const auto add = [&](const char* name, const char* description, absl::Status (*run)(Context&, const std::string&)) {
    CLI::App* sub = command->add_subcommand(name, description);
    sub->add_option("job", *id, "The job's id")->required();
    context.Bind(sub, [&context, id, run] { return run(context, *id); });
  };
  add("show", "Show a job: its result in full, what the gate decided and why", &Show);
  add("watch", "Follow a job until it has ended", &Watch);
  add("cancel", "Stop a job that is queued or running", &Cancel);
}

}  // namespace clientele::cli
