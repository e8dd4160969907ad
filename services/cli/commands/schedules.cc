// `schedules`: models that are trained again by themselves.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/text/numbers.h"
#include "services/cli/client/schedule_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/commands/schedule_flags.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using training::v1::RetrainSchedule;
using training::v1::ScheduleRun;

struct ScheduleOptions {
  std::string id;
  ScheduleFlags flags;
  bool check = false;
  int limit = 20;
};

absl::StatusOr<std::unique_ptr<ScheduleClient>> Connect(const Context& context) {
  return ScheduleClient::Connect(context.service("training"));
}

std::string NameOf(const Context& context, const std::string& id) {
  return absl::StrCat(context.tenant_name(), "/retrainSchedules/", id);
}

std::string StateInWords(ScheduleRun::State state) {
  switch (state) {
    case ScheduleRun::STATE_STARTED: return "started";
    case ScheduleRun::STATE_SKIPPED: return "skipped";
    case ScheduleRun::STATE_MISSED: return "missed";
    case ScheduleRun::STATE_REFUSED: return "refused";
    default: return "";
  }
}

// "started 2026-11-26 02:30", or nothing.
Cell LastRun(const RetrainSchedule& schedule) {
  if (!schedule.has_last_run()) return Cell::Missing();
  return Cell::Text(absl::StrCat(StateInWords(schedule.last_run().state()), " ",
                                 Cell::Time(FromProto(schedule.last_run().scheduled_time())).shown));
}

Cell NextRun(const RetrainSchedule& schedule) {
  if (schedule.paused()) return Cell::Text("paused");
  if (schedule.next_run_times().empty()) return Cell::Missing();
  return Cell::Time(FromProto(schedule.next_run_times(0)));
}

// "When a feature's drift comes to 0.25, the score's to 0.2, or 1,000 outcomes more are known." Empty: nothing is set.
std::string TriggersInWords(const RetrainSchedule& schedule) {
  std::vector<std::string> when;
  const training::v1::DriftTrigger& drift = schedule.drift_trigger();
  if (drift.feature_threshold() > 0) {
    when.push_back(absl::StrCat("a feature's drift comes to ", Plain(drift.feature_threshold())));
  }
  if (drift.score_threshold() > 0) {
    when.push_back(absl::StrCat("the score's drift comes to ", Plain(drift.score_threshold())));
  }
  if (schedule.has_outcome_trigger()) {
    when.push_back(absl::StrCat(FormatCount(schedule.outcome_trigger().new_outcomes()), " outcomes more are known"));
  }
  return when.empty() ? "" : absl::StrCat("Besides, when ", absl::StrJoin(when, ", or "), ".");
}

template <class Schedules>
Table ScheduleTable(const Schedules& schedules) {
  Table table({{"schedule", "Schedule"},
               {"model", "Model"},
               {"cron", "Cron"},
               {"time_zone", "Time zone"},
               {"next", "Next"},
               {"last", "Last"}});
  for (const RetrainSchedule& schedule : schedules) {
    table.AddRow({Cell::Text(LastSegment(schedule.name())), Cell::Text(schedule.spec().model()),
                  Cell::Text(schedule.cron()), Cell::Text(schedule.time_zone().empty() ? "UTC" : schedule.time_zone()),
                  NextRun(schedule), LastRun(schedule)});
  }
  return table;
}

void Show(const RetrainSchedule& schedule, Console& console) {
  console.Print(schedule, ScheduleTable(std::vector<RetrainSchedule>{schedule}));
  if (!console.for_people()) return;
  if (!schedule.description().empty()) console.Say(schedule.description());
  if (const std::string triggers = TriggersInWords(schedule); !triggers.empty()) console.Say(triggers);
  std::string times;
  for (const auto& time : schedule.next_run_times()) {
    absl::StrAppend(&times, times.empty() ? "" : ", ", Cell::Time(FromProto(time)).shown);
  }
  if (!times.empty()) console.Say(absl::StrCat("Next, in UTC: ", times, "."));
}

absl::Status Create(Context& context, const ScheduleOptions& options) {
  training::v1::CreateRetrainScheduleRequest request;
  request.mutable_retrain_schedule()->set_overlap(RetrainSchedule::OVERLAP_FORBID);
  CLIENTELE_RETURN_IF_ERROR(ApplyScheduleFlags(options.flags, *request.mutable_retrain_schedule()));
  request.set_parent(context.tenant_name());
  request.set_retrain_schedule_id(options.id);
  request.set_validate_only(options.check);
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  CLIENTELE_ASSIGN_OR_RETURN(const RetrainSchedule schedule, client->Create(request));
  Show(schedule, context.console());
  return absl::OkStatus();
}

absl::Status List(Context& context, const ScheduleOptions&) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  std::vector<RetrainSchedule> schedules;
  training::v1::ListRetrainSchedulesRequest request;
  request.set_parent(context.tenant_name());
  request.set_page_size(1'000);
  do {
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->List(request));
    schedules.insert(schedules.end(), page.retrain_schedules().begin(), page.retrain_schedules().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  context.console().PrintList(schedules, ScheduleTable(schedules));
  return absl::OkStatus();
}

absl::StatusOr<RetrainSchedule> Read(const Context& context, ScheduleClient& client, const std::string& id) {
  training::v1::GetRetrainScheduleRequest request;
  request.set_name(NameOf(context, id));
  return client.Get(request);
}

absl::Status ShowOne(Context& context, const ScheduleOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  CLIENTELE_ASSIGN_OR_RETURN(const RetrainSchedule schedule, Read(context, *client, options.id));
  Show(schedule, context.console());
  return absl::OkStatus();
}

// With the etag of what was read: whoever changes it meanwhile is not overwritten.
absl::Status Update(Context& context, const ScheduleOptions& options) {
  if (options.flags == ScheduleFlags()) {
    return absl::InvalidArgumentError("nothing to change; say --cron, --drift, --new-outcomes or another of its flags");
  }
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  training::v1::UpdateRetrainScheduleRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_retrain_schedule(), Read(context, *client, options.id));
  CLIENTELE_RETURN_IF_ERROR(ApplyScheduleFlags(options.flags, *request.mutable_retrain_schedule()));
  CLIENTELE_ASSIGN_OR_RETURN(const RetrainSchedule schedule, client->Update(request));
  Show(schedule, context.console());
  return absl::OkStatus();
}

absl::Status SetPaused(Context& context, const std::string& id, bool paused) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  training::v1::UpdateRetrainScheduleRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_retrain_schedule(), Read(context, *client, id));
  request.mutable_retrain_schedule()->set_paused(paused);
  CLIENTELE_ASSIGN_OR_RETURN(const RetrainSchedule schedule, client->Update(request));
  Show(schedule, context.console());
  return absl::OkStatus();
}

absl::Status Pause(Context& context, const ScheduleOptions& options) { return SetPaused(context, options.id, true); }
absl::Status Resume(Context& context, const ScheduleOptions& options) { return SetPaused(context, options.id, false); }

absl::Status Delete(Context& context, const ScheduleOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  training::v1::DeleteRetrainScheduleRequest request;
  request.set_name(NameOf(context, options.id));
  CLIENTELE_RETURN_IF_ERROR(client->Delete(request));
  context.console().Note(absl::StrCat("Schedule ", options.id, " is deleted; its jobs stay."));
  return absl::OkStatus();
}

// Why a run is as it is, for people.
std::string WhyOf(const ScheduleRun& run) {
  std::vector<std::string> why;
  if (!run.message().empty()) why.push_back(run.message());
  if (!run.replaced_job().empty()) why.push_back(absl::StrCat("in place of ", LastSegment(run.replaced_job())));
  if (!run.due_version().empty()) {
    why.push_back(absl::StrCat("version ", LastSegment(run.due_version()), " is due for the sake of an erasure"));
  }
  if (run.has_drift()) {
    const training::v1::DriftFinding& drift = run.drift();
    why.push_back(absl::StrCat(drift.feature().empty() ? "the score" : drift.feature(), " of version ",
                               LastSegment(drift.model_version()), " has drifted by ",
                               ThreeDigits(drift.population_stability_index()), " (from ", Plain(drift.threshold()),
                               " on) over ", Counted(drift.rows(), "row")));
  }
  if (run.has_outcomes()) {
    const training::v1::OutcomeFinding& outcomes = run.outcomes();
    why.push_back(absl::StrCat(Counted(outcomes.outcomes(), "outcome"), " that version ",
                               LastSegment(outcomes.model_version()), " had not seen (from ",
                               FormatCount(outcomes.threshold()), " on)"));
  }
  if (run.missed_before() > 0) why.push_back(absl::StrCat(run.missed_before(), " earlier times were missed"));
  return absl::StrJoin(why, "; ");
}

absl::Status ListRuns(Context& context, const ScheduleOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  training::v1::ListScheduleRunsRequest request;
  request.set_parent(NameOf(context, options.id));
  request.set_page_size(options.limit);
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ListRuns(request));
  Table table({{"scheduled", "Scheduled"}, {"state", "What came of it"}, {"job", "Job"}, {"message", "Why"}});
  for (const ScheduleRun& run : response.schedule_runs()) {
    table.AddRow({Cell::Time(FromProto(run.scheduled_time())), Cell::Text(StateInWords(run.state())),
                  Cell::Text(LastSegment(run.training_job())), Cell::Text(WhyOf(run))});
  }
  context.console().PrintList(response.schedule_runs(), table);
  return absl::OkStatus();
}

void AddCreate(CLI::App& command, Context& context) {
  CLI::App* create = command.add_subcommand("create", "Train a spec again whenever a time of the calendar comes");
  auto options = std::make_shared<ScheduleOptions>();
  create->add_option("schedule", options->id, "Its id: lower-case letters, digits and -")->required();
  create
      ->add_option("spec", options->flags.spec_file,
                   "A TrainingSpec without as_of, in JSON or YAML; - is standard input")
      ->required();
  create->add_option("--cron", options->flags.cron, "\"30 2 * * mon-fri\", @daily, @weekly")->required();
  AddScheduleFlags(*create, options->flags);
  create->add_flag("--check", options->check, "Say when it would run, and create nothing");
  context.Bind(create, [&context, options] { return Create(context, *options); });
}

void AddUpdate(CLI::App& command, Context& context) {
  CLI::App* update = command.add_subcommand("update", "Change a schedule; what is not said stays as it is");
  auto options = std::make_shared<ScheduleOptions>();
  update->add_option("schedule", options->id, "The schedule's id")->required();
  update->add_option("--spec", options->flags.spec_file,
                     "Another TrainingSpec without as_of, in JSON or YAML; - is standard input");
  update->add_option("--cron", options->flags.cron, "\"30 2 * * mon-fri\", @daily, @weekly");
  AddScheduleFlags(*update, options->flags);
  update->footer(
      "A duration that is said to be \"default\" is what stands in brackets again. What came due before is not made up "
      "for.\nExample:\n  clientele schedules update churn-nightly --cron \"30 4 * * *\" --drift 0.25 --jitter default");
  context.Bind(update, [&context, options] { return Update(context, *options); });
}

}  // namespace

void AddSchedules(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("schedules", "Train models again by themselves: create, list, update, pause");
  command->require_subcommand(1);
  AddCreate(*command, context);
  AddUpdate(*command, context);
  auto options = std::make_shared<ScheduleOptions>();
  const auto add = [&](const char* name, const char* description,
                       absl::Status (*run)(Context&, const ScheduleOptions&)) {
    CLI::App* sub = command->add_subcommand(name, description);
    context.Bind(sub, [&context, options, run] { return run(context, *options); });
    return sub;
  };
  add("list", "List the schedules with their next and last times", &List);
  for (CLI::App* sub :
       {add("show", "Show a schedule with its next times", &ShowOne), add("pause", "Let nothing come due", &Pause),
        add("resume", "Let it go on; what came due meanwhile is not made up for", &Resume),
        add("delete", "Delete a schedule; its jobs stay", &Delete),
        add("runs", "List what came of its times, newest first", &ListRuns)}) {
    sub->add_option("schedule", options->id, "The schedule's id")->required();
    if (sub->get_name() != "runs") continue;
    sub->add_option("--limit", options->limit, "How many at most")->check(CLI::Range(1, 400))->capture_default_str();
  }
}

}  // namespace clientele::cli
