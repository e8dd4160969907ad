// What training keeps: jobs, and when models are trained again.
#include <string>

#include "clientele/training/v1/training_service.pb.h"
#include "common/base/timestamps.h"
#include "common/storage/move/layout.h"

namespace clientele::storage {
namespace {

constexpr Field kTenant = {Form::kText, "tenant"};
constexpr Field kMessage = {Form::kRest, "message"};

void DeriveJob(const Row& row, postgresql::CopyRows& rows) {
  using training::v1::TrainingJob;
  TrainingJob job;
  job.ParseFromString(std::string(row[2]));
  rows.AddTime(absl::ToUnixMicros(FromProto(job.create_time())));
  rows.AddInt2(job.state());
  rows.AddRaw(postgresql::Readable(job.spec().model()));
  rows.AddBool(job.state() == TrainingJob::STATE_QUEUED || job.state() == TrainingJob::STATE_RUNNING);
}

}  // namespace

Layouts TrainingLayouts() {
  return {.tables = {{.name = "training_jobs",
                      .store = "jobs",
                      .family = "jobs",
                      .key = {kTenant, {Form::kText, "job_id"}},
                      .value = {kMessage},
                      .also = "create_time, state, model, is_open",
                      .derive = &DeriveJob},
                     {.name = "training_job_requests",
                      .store = "jobs",
                      .family = "requests",
                      .key = {kTenant, {Form::kText, "request_id"}},
                      .value = {{Form::kText, "digest"}, {Form::kRest, "job_id"}}},
                     {.name = "retrain_schedules",
                      .store = "schedules",
                      .database = "schedules",
                      .family = "schedules",
                      .key = {kTenant, {Form::kText, "id"}},
                      .value = {kMessage}},
                     {.name = "schedule_runs",
                      .store = "schedules",
                      .database = "schedules",
                      .family = "runs",
                      .key = {kTenant, {Form::kText, "id"}, {Form::kInverseSecond, "scheduled_time"}},
                      .value = {kMessage}}},
          .indices = {{.name = "jobs by time", .family = "order"}, {.name = "open jobs", .family = "open"}}};
}

}  // namespace clientele::storage
