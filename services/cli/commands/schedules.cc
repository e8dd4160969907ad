// `schedules`: models that are trained again by themselves.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/base/durations.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/text/numbers.h"
#include "services/cli/client/schedule_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/format.h"
#include "services/cli/training/spec_file.h"

namespace clientele::cli {
namespace {

using training::v1::RetrainSchedule;
using training::v1::ScheduleRun;

struct ScheduleOptions {
  std::string id;
  std::string spec_file;
  std::string cron;
  std::string time_zone;
  std::string as_of_lag;
  std::string jitter;
  std::string starting_deadline;
  std::string erasure_lead;
  double drift = 0, score_drift = 0;
  int64_t drift_rows = 0;
  std::string drift_window;
  int64_t new_outcomes = 0;
  std::string trigger_interval;
  std::string overlap = "forbid";
  std::string description;
  int threads = 0;
  bool known_at_scheduled_time = false;
  bool check = false;
  int limit = 20;
};

absl::StatusOr<std::unique_ptr<ScheduleClient>> Connect(const Context& context) {
  return ScheduleClient::Connect(context.service("training"));
}

std::string NameOf(const Context& context, const std::string& id) {
  return absl::StrCat(context.tenant_name(), "/retrainSchedules/", id);
}

// Sets `duration` to `text`, unless it is empty.
absl::Status ReadDuration(const char* flag, const std::string& text,
                          google::protobuf::Duration* (*duration)(RetrainSchedule&), RetrainSchedule& schedule) {
  if (text.empty()) return absl::OkStatus();
  absl::Duration parsed;
  if (!absl::ParseDuration(text, &parsed)) {
    return absl::InvalidArgumentError(absl::StrCat(flag, " \"", text, "\" is no duration; one is 90s, 10m or 48h"));
  }
  *duration(schedule) = ToSecondsProto(parsed);
  return absl::OkStatus();
}

absl::Status ReadTriggers(const ScheduleOptions& options, RetrainSchedule& schedule) {
  if (options.drift != 0 || options.score_drift != 0 || options.drift_rows != 0 || !options.drift_window.empty()) {
    schedule.mutable_drift_trigger()->set_feature_threshold(options.drift);
    schedule.mutable_drift_trigger()->set_score_threshold(options.score_drift);
    schedule.mutable_drift_trigger()->set_minimum_rows(options.drift_rows);
    CLIENTELE_RETURN_IF_ERROR(ReadDuration(
        "--drift-window", options.drift_window,
        [](RetrainSchedule& s) { return s.mutable_drift_trigger()->mutable_window(); }, schedule));
  }
  if (options.new_outcomes != 0) schedule.mutable_outcome_trigger()->set_new_outcomes(options.new_outcomes);
  return ReadDuration(
      "--trigger-interval", options.trigger_interval, [](RetrainSchedule& s) { return s.mutable_trigger_interval(); },
      schedule);
}

absl::StatusOr<RetrainSchedule> ReadSchedule(const ScheduleOptions& options) {
  RetrainSchedule schedule;
  CLIENTELE_RETURN_IF_ERROR(ReadMessageFile(options.spec_file, *schedule.mutable_spec()));
  schedule.set_cron(options.cron);
  schedule.set_time_zone(options.time_zone);
  CLIENTELE_RETURN_IF_ERROR(ReadDuration(
      "--as-of-lag", options.as_of_lag, [](RetrainSchedule& s) { return s.mutable_as_of_lag(); }, schedule));
  CLIENTELE_RETURN_IF_ERROR(ReadDuration(
      "--jitter", options.jitter, [](RetrainSchedule& s) { return s.mutable_jitter(); }, schedule));
  CLIENTELE_RETURN_IF_ERROR(ReadDuration(
      "--starting-deadline", options.starting_deadline,
      [](RetrainSchedule& s) { return s.mutable_starting_deadline(); }, schedule));
  CLIENTELE_RETURN_IF_ERROR(ReadDuration(
      "--erasure-lead", options.erasure_lead, [](RetrainSchedule& s) { return s.mutable_erasure_lead(); }, schedule));
  CLIENTELE_RETURN_IF_ERROR(ReadTriggers(options, schedule));
  schedule.set_overlap(options.overlap == "replace" ? RetrainSchedule::OVERLAP_REPLACE
                                                    : RetrainSchedule::OVERLAP_FORBID);
  schedule.set_known_at_scheduled_time(options.known_at_scheduled_time);
  schedule.set_threads(options.threads);
  schedule.set_description(options.description);
  return schedule;
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
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_retrain_schedule(), ReadSchedule(options));
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

void AddTriggers(CLI::App& create, ScheduleOptions& options) {
  create.add_option("--erasure-lead", options.erasure_lead,
                    "Train anew, too, once a version that had learnt from an erased customer is due within this: 168h");
  create.add_option("--drift", options.drift,
                    "Train anew, too, once a feature's drift (population stability index) comes to this: 0.25");
  create.add_option("--score-drift", options.score_drift, "The same of the score");
  create.add_option("--drift-rows", options.drift_rows, "How many scores it takes to tell drift [1000]");
  create.add_option("--drift-window", options.drift_window, "How far back drift is looked for [168h]");
  create.add_option("--new-outcomes", options.new_outcomes,
                    "Train anew, too, whenever so many outcomes more are known than the champion had seen")
      ->check(CLI::PositiveNumber);
  create.add_option("--trigger-interval", options.trigger_interval,
                    "Between two runs that drift or outcomes began [168h]");
}

void AddCreate(CLI::App& command, Context& context) {
  CLI::App* create = command.add_subcommand("create", "Train a spec again whenever a time of the calendar comes");
  auto options = std::make_shared<ScheduleOptions>();
  create->add_option("schedule", options->id, "Its id: lower-case letters, digits and -")->required();
  create->add_option("spec", options->spec_file, "A TrainingSpec without as_of, in JSON or YAML; - is standard input")
      ->required();
  create->add_option("--cron", options->cron, "\"30 2 * * mon-fri\", @daily, @weekly")->required();
  create->add_option("--time-zone", options->time_zone, "Of the cron expression: Europe/Berlin [UTC]");
  create->add_option("--as-of-lag", options->as_of_lag,
                     "How long before the scheduled time as_of is: 2160h [the label's window]");
  create->add_flag("--known-at-scheduled-time", options->known_at_scheduled_time,
                   "Features see what was ingested until then; for history imported later");
  create->add_option("--jitter", options->jitter, "Put off by a part of this, always the same: 10m");
  create->add_option("--overlap", options->overlap, "Where the job before has not ended")
      ->check(CLI::IsMember({"forbid", "replace"}))
      ->capture_default_str();
  create->add_option("--starting-deadline", options->starting_deadline, "How late it may begin [24h]");
  AddTriggers(*create, *options);
  create->add_option("--threads", options->threads, "Of a job [the service's]")->check(CLI::Range(0, 1'024));
  create->add_option("--description", options->description, "For people");
  create->add_flag("--check", options->check, "Say when it would run, and create nothing");
  context.Bind(create, [&context, options] { return Create(context, *options); });
}

}  // namespace

void AddSchedules(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("schedules", "Train models again by themselves: create, list, pause, delete");
  command->require_subcommand(1);
  AddCreate(*command, context);
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
