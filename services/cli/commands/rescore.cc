// `rescore`: every customer is scored again, now or at times of the calendar.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/durations.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "services/cli/client/rescore_client.h"
#include "services/cli/commands/commands.h"
#include "services/cli/output/current_score_view.h"
#include "services/cli/output/format.h"

namespace clientele::cli {
namespace {

using inference::v1::RescoreJob;
using inference::v1::RescoreSchedule;

struct RescoreOptions {
  std::string id;
  std::vector<std::string> models;
  std::string schedule;
  std::string cron;
  std::string time_zone;
  std::string jitter;
  std::string starting_deadline;
  std::string overlap = "forbid";
  std::string description;
  bool check = false;
  bool no_wait = false;
  int limit = 20;
};

absl::StatusOr<std::unique_ptr<RescoreClient>> Connect(const Context& context) {
  return RescoreClient::Connect(context.service("inference"));
}

std::string ScheduleName(const Context& context, const std::string& id) {
  return absl::StrCat(context.tenant_name(), "/rescoreSchedules/", id);
}
std::string JobName(const Context& context, const std::string& id) {
  return absl::StrCat(context.tenant_name(), "/rescoreJobs/", id);
}

absl::StatusOr<absl::Duration> ReadDuration(const char* flag, const std::string& text) {
  absl::Duration duration;
  if (absl::ParseDuration(text, &duration)) return duration;
  return absl::InvalidArgumentError(absl::StrCat(flag, " \"", text, "\" is no duration; one is 90s, 10m or 48h"));
}

absl::StatusOr<RescoreSchedule> ReadSchedule(const Context& context, const RescoreOptions& options) {
  RescoreSchedule schedule;
  for (const std::string& model : options.models) schedule.add_models(context.model_name(model));
  schedule.set_cron(options.cron);
  schedule.set_time_zone(options.time_zone);
  if (!options.jitter.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Duration jitter, ReadDuration("--jitter", options.jitter));
    *schedule.mutable_jitter() = ToSecondsProto(jitter);
  }
  if (!options.starting_deadline.empty()) {
    CLIENTELE_ASSIGN_OR_RETURN(const absl::Duration deadline,
                               ReadDuration("--starting-deadline", options.starting_deadline));
    *schedule.mutable_starting_deadline() = ToSecondsProto(deadline);
  }
  schedule.set_overlap(options.overlap == "replace" ? RescoreSchedule::OVERLAP_REPLACE
                                                    : RescoreSchedule::OVERLAP_FORBID);
  schedule.set_description(options.description);
  return schedule;
}

void Show(const RescoreSchedule& schedule, Console& console) {
  console.Print(schedule, RescoreSchedulesTable({schedule}));
  if (!console.for_people()) return;
  if (!schedule.description().empty()) console.Say(schedule.description());
  std::string times;
  for (const auto& time : schedule.next_run_times()) {
    absl::StrAppend(&times, times.empty() ? "" : ", ", Cell::Time(FromProto(time)).shown);
  }
  if (!times.empty()) console.Say(absl::StrCat("Next, in UTC: ", times, "."));
}

absl::Status Create(Context& context, const RescoreOptions& options) {
  inference::v1::CreateRescoreScheduleRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_rescore_schedule(), ReadSchedule(context, options));
  request.set_parent(context.tenant_name());
  request.set_rescore_schedule_id(options.id);
  request.set_validate_only(options.check);
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule schedule, client->CreateSchedule(request));
  Show(schedule, context.console());
  return absl::OkStatus();
}

absl::Status List(Context& context, const RescoreOptions&) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  std::vector<RescoreSchedule> schedules;
  inference::v1::ListRescoreSchedulesRequest request;
  request.set_parent(context.tenant_name());
  request.set_page_size(1'000);
  do {
    CLIENTELE_ASSIGN_OR_RETURN(const auto page, client->ListSchedules(request));
    schedules.insert(schedules.end(), page.rescore_schedules().begin(), page.rescore_schedules().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  context.console().PrintList(schedules, RescoreSchedulesTable(schedules));
  return absl::OkStatus();
}

absl::StatusOr<RescoreSchedule> Read(const Context& context, RescoreClient& client, const std::string& id) {
  inference::v1::GetRescoreScheduleRequest request;
  request.set_name(ScheduleName(context, id));
  return client.GetSchedule(request);
}

absl::Status ShowOne(Context& context, const RescoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule schedule, Read(context, *client, options.id));
  Show(schedule, context.console());
  return absl::OkStatus();
}

absl::Status SetPaused(Context& context, const std::string& id, bool paused) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::UpdateRescoreScheduleRequest request;
  CLIENTELE_ASSIGN_OR_RETURN(*request.mutable_rescore_schedule(), Read(context, *client, id));
  request.mutable_rescore_schedule()->set_paused(paused);
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule schedule, client->UpdateSchedule(request));
  Show(schedule, context.console());
  return absl::OkStatus();
}

absl::Status Pause(Context& context, const RescoreOptions& options) { return SetPaused(context, options.id, true); }
absl::Status Resume(Context& context, const RescoreOptions& options) { return SetPaused(context, options.id, false); }

absl::Status Delete(Context& context, const RescoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::DeleteRescoreScheduleRequest request;
  request.set_name(ScheduleName(context, options.id));
  CLIENTELE_RETURN_IF_ERROR(client->DeleteSchedule(request));
  context.console().Note(absl::StrCat("Schedule ", options.id, " is deleted; its jobs stay."));
  return absl::OkStatus();
}

absl::Status ShowJob(const RescoreJob& job, Context& context) {
  context.console().Print(job, RescoreJobsTable({job}));
  if (job.state() == RescoreJob::STATE_FAILED) context.EndWith(ExitCode::kFailed);
  return absl::OkStatus();
}

absl::Status Follow(Context& context, RescoreClient& client, const std::string& name) {
  Progress progress = context.console().StartProgress(absl::StrCat("Job ", LastSegment(name)));
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreJob job, client.WatchJob(name, [&](const RescoreJob& now) {
    progress.Update(static_cast<double>(now.shards_done()) / kShardCount, CountsText(now.counts()));
  }));
  progress.Done(CountsText(job.counts()));
  return ShowJob(job, context);
}

absl::Status RunNow(Context& context, const RescoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::CreateRescoreJobRequest request;
  request.set_parent(context.tenant_name());
  for (const std::string& model : options.models) request.mutable_rescore_job()->add_models(context.model_name(model));
  if (!options.schedule.empty()) {
    request.mutable_rescore_job()->set_rescore_schedule(ScheduleName(context, options.schedule));
  }
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreJob job, client->CreateJob(request));
  return options.no_wait ? ShowJob(job, context) : Follow(context, *client, job.name());
}

absl::Status ListJobs(Context& context, const RescoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::ListRescoreJobsRequest request;
  request.set_parent(context.tenant_name());
  request.set_page_size(options.limit);
  if (!options.schedule.empty()) request.set_rescore_schedule(ScheduleName(context, options.schedule));
  CLIENTELE_ASSIGN_OR_RETURN(const auto response, client->ListJobs(request));
  const std::vector<RescoreJob> jobs(response.rescore_jobs().begin(), response.rescore_jobs().end());
  context.console().PrintList(jobs, RescoreJobsTable(jobs));
  return absl::OkStatus();
}

absl::Status Watch(Context& context, const RescoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  return Follow(context, *client, JobName(context, options.id));
}

absl::Status Cancel(Context& context, const RescoreOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(const auto client, Connect(context));
  inference::v1::CancelRescoreJobRequest request;
  request.set_name(JobName(context, options.id));
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreJob job, client->CancelJob(request));
  return ShowJob(job, context);
}

void AddCreate(CLI::App& command, Context& context) {
  CLI::App* create = command.add_subcommand("create", "Score everybody again whenever a time of the calendar comes");
  auto options = std::make_shared<RescoreOptions>();
  create->add_option("schedule", options->id, "Its id: lower-case letters, digits and -")->required();
  create->add_option("--cron", options->cron, "\"30 4 * * *\", @daily, @weekly")->required();
  create->add_option("--model", options->models, "By this model; again for more [all with a champion]");
  create->add_option("--time-zone", options->time_zone, "Of the cron expression: Europe/Berlin [UTC]");
  create->add_option("--jitter", options->jitter, "Put off by a part of this, always the same: 10m");
  create->add_option("--overlap", options->overlap, "Where the job before has not ended")
      ->check(CLI::IsMember({"forbid", "replace"}))
      ->capture_default_str();
  create->add_option("--starting-deadline", options->starting_deadline, "How late it may begin [24h]");
  create->add_option("--description", options->description, "For people");
  create->add_flag("--check", options->check, "Say when it would run, and create nothing");
  context.Bind(create, [&context, options] { return Create(context, *options); });
}

}  // namespace

void AddRescore(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("rescore", "Score everybody again: run, create, list, pause, jobs, cancel");
  command->require_subcommand(1);
  AddCreate(*command, context);
  auto options = std::make_shared<RescoreOptions>();
  const auto add = [&](const char* name, const char* help, absl::Status (*run)(Context&, const RescoreOptions&)) {
    CLI::App* sub = command->add_subcommand(name, help);
    context.Bind(sub, [&context, options, run] { return run(context, *options); });
    return sub;
  };
  add("list", "List the schedules with their next and last times", &List);
  for (CLI::App* sub :
       {add("show", "Show a schedule with its next times", &ShowOne), add("pause", "Let nothing come due", &Pause),
        add("resume", "Let it go on; what came due meanwhile is not made up for", &Resume),
        add("delete", "Delete a schedule; its jobs stay", &Delete)}) {
    sub->add_option("schedule", options->id, "The schedule's id")->required();
  }
  CLI::App* run = add("run", "Score every customer now, and follow it to its end", &RunNow);
  run->add_option("--model", options->models, "By this model; again for more [all with a champion]");
  run->add_option("--schedule", options->schedule, "By the models of this schedule");
  run->add_flag("--no-wait", options->no_wait, "Do not follow it");
  CLI::App* jobs = add("jobs", "List jobs, and times at which none began, newest first", &ListJobs);
  jobs->add_option("--schedule", options->schedule, "Only of this schedule");
  jobs->add_option("--limit", options->limit, "How many at most")->check(CLI::Range(1, 400))->capture_default_str();
  for (CLI::App* sub : {add("watch", "Follow a job until it has ended", &Watch),
                        add("cancel", "Stop a job; the scores that it has written stay", &Cancel)}) {
    sub->add_option("job", options->id, "The job's id")->required();
  }
}

}  // namespace clientele::cli
