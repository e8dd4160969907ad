#include "services/inference/rescoring/rescore_book.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/schedule/timetable.h"

namespace clientele::inference {
namespace {

using v1::RescoreJob;
using v1::RescoreSchedule;

constexpr char kField[] = "rescore_schedule";
constexpr int kToldTimes = 5, kMostModels = 100, kMostAttempts = 20;
constexpr size_t kLongestDescription = 1'024;

std::string EtagOf(const google::protobuf::MessageLite& message) {
  return Sha256Hex(message.SerializeAsString()).substr(0, 16);
}

void ClearOutputs(RescoreSchedule& schedule) {
  schedule.clear_etag();
  schedule.clear_create_time();
  schedule.clear_update_time();
  schedule.clear_next_run_times();
  schedule.clear_last_run();
}

// To the microsecond, as stores keep it.
absl::Time Micros(absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); }

std::string MadeUpId(absl::Time now) {
  return absl::StrCat("now-", absl::FormatTime("%Y%m%d-%H%M%S", now, absl::UTCTimeZone()), "-",
                      absl::StrFormat("%06d", absl::ToUnixMicros(now) % 1'000'000));
}

}  // namespace

RescoreJob Sealed(RescoreJob job) {
  job.set_etag(EtagOf(job));  // Of the etag before, too: no job has the same one twice.
  return job;
}

absl::Status RescoreBook::CheckModels(absl::string_view field, const TenantId& tenant,
                                      const google::protobuf::RepeatedPtrField<std::string>& models) const {
  if (models.size() > kMostModels) {
    return InvalidField(field, absl::StrCat(models.size(), " of them; at most ", kMostModels));
  }
  const auto catalogue = registry_.Get();
  for (int i = 0; i < models.size(); ++i) {
    const std::string path = absl::StrCat(field, "[", i, "]");
    CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseModelName(path, models[i]));
    if (name.tenant != tenant) return InvalidField(path, "is another tenant's");
    CLIENTELE_RETURN_IF_ERROR(FindModel(*catalogue, tenant, name.model).status());
  }
  return absl::OkStatus();
}

absl::Status RescoreBook::Validate(const TenantId& tenant, const RescoreSchedule& schedule) const {
  CLIENTELE_RETURN_IF_ERROR(CheckModels(absl::StrCat(kField, ".models"), tenant, schedule.models()));
  CLIENTELE_RETURN_IF_ERROR(schedule::Timetable::Of(schedule::TimingOf(schedule), kField).status());
  if (!RescoreSchedule::Overlap_IsValid(schedule.overlap())) {
    return InvalidField(absl::StrCat(kField, ".overlap"), "is not OVERLAP_FORBID or OVERLAP_REPLACE");
  }
  if (schedule.description().size() > kLongestDescription) {
    return InvalidField(absl::StrCat(kField, ".description"),
                        absl::StrCat("is longer than ", kLongestDescription, " bytes"));
  }
  return absl::OkStatus();
}

RescoreSchedule RescoreBook::Told(RescoreSchedule schedule) const {
  // Of what was valid when it was taken in; a time zone may have left the machine since.
  const auto timetable = schedule::Timetable::Of(schedule::TimingOf(schedule), kField);
  if (!timetable.ok()) return schedule;
  for (const absl::Time time : timetable->Starts(clock_.Now(), kToldTimes)) {
    *schedule.add_next_run_times() = ToProto(time);
  }
  return schedule;
}

absl::StatusOr<RescoreSchedule> RescoreBook::CreateSchedule(const RescoreScheduleName& name, RescoreSchedule schedule,
                                                            bool validate_only) {
  ClearOutputs(schedule);
  schedule.set_name(FormatRescoreSchedule(name.tenant, name.schedule));
  CLIENTELE_RETURN_IF_ERROR(Validate(name.tenant, schedule));
  *schedule.mutable_create_time() = ToProto(clock_.Now());
  *schedule.mutable_update_time() = schedule.create_time();
  schedule.set_etag(EtagOf(schedule));
  if (!validate_only) CLIENTELE_RETURN_IF_ERROR(store_.CreateSchedule(name.tenant, name.schedule, schedule));
  return Told(std::move(schedule));
}

absl::StatusOr<RescoreSchedule> RescoreBook::GetSchedule(const RescoreScheduleName& name) const {
  CLIENTELE_ASSIGN_OR_RETURN(RescoreSchedule schedule, store_.GetSchedule(name.tenant, name.schedule));
  return Told(std::move(schedule));
}

absl::StatusOr<std::vector<RescoreSchedule>> RescoreBook::ListSchedules(const TenantId& tenant,
                                                                        absl::string_view position, int most) const {
  std::vector<RescoreSchedule> listed;
  CLIENTELE_RETURN_IF_ERROR(
      store_.ForEachSchedule([&](const TenantId& of, absl::string_view id, const RescoreSchedule& schedule) {
        if (of == tenant && id > position && static_cast<int>(listed.size()) < most) listed.push_back(Told(schedule));
      }));
  return listed;
}

absl::StatusOr<RescoreSchedule> RescoreBook::ReplaceSchedule(const RescoreScheduleName& name,
                                                             RescoreSchedule schedule) {
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule before, store_.GetSchedule(name.tenant, name.schedule));
  const std::string etag = schedule.etag().empty() ? before.etag() : schedule.etag();
  ClearOutputs(schedule);
  schedule.set_name(before.name());
  CLIENTELE_RETURN_IF_ERROR(Validate(name.tenant, schedule));
  *schedule.mutable_create_time() = before.create_time();
  *schedule.mutable_update_time() = ToProto(clock_.Now());
  schedule.set_etag(EtagOf(schedule));
  CLIENTELE_RETURN_IF_ERROR(store_.ReplaceSchedule(name.tenant, name.schedule, etag, schedule));
  return GetSchedule(name);
}

absl::Status RescoreBook::DeleteSchedule(const RescoreScheduleName& name, const std::string& etag) {
  CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule before, store_.GetSchedule(name.tenant, name.schedule));
  return store_.DeleteSchedule(name.tenant, name.schedule, etag.empty() ? before.etag() : etag);
}

absl::StatusOr<RescoreJob> RescoreBook::CreateJob(const TenantId& tenant, std::string id, const RescoreJob& wanted) {
  const absl::Time now = Micros(clock_.Now());
  if (id.empty()) id = MadeUpId(now);
  if (!IsResourceId(id)) {
    return InvalidField("rescore_job_id", absl::StrCat("\"", id, "\" is not [a-z][a-z0-9-]{0,62}"));
  }
  CLIENTELE_RETURN_IF_ERROR(CheckModels("rescore_job.models", tenant, wanted.models()));
  RescoreJob job;
  job.set_name(FormatRescoreJob(tenant, id));
  *job.mutable_models() = wanted.models();
  job.set_rescore_schedule(wanted.rescore_schedule());
  if (!wanted.rescore_schedule().empty()) {
    if (!wanted.models().empty()) return InvalidField("rescore_job.models", "is set, and the schedule has its own");
    CLIENTELE_ASSIGN_OR_RETURN(const auto name,
                               ParseRescoreScheduleName("rescore_job.rescore_schedule", wanted.rescore_schedule()));
    if (name.tenant != tenant) return InvalidField("rescore_job.rescore_schedule", "is another tenant's");
    CLIENTELE_ASSIGN_OR_RETURN(const RescoreSchedule schedule, store_.GetSchedule(tenant, name.schedule));
    *job.mutable_models() = schedule.models();
  }
  job.set_state(RescoreJob::STATE_QUEUED);
  *job.mutable_feature_time() = ToProto(now);
  return store_.CreateJob(tenant, id, Sealed(std::move(job)));
}

absl::StatusOr<std::vector<RescoreJob>> RescoreBook::ListJobs(const TenantId& tenant, absl::string_view schedule,
                                                              int most) const {
  CLIENTELE_ASSIGN_OR_RETURN(std::vector<RescoreJob> jobs, store_.ListJobs(tenant));
  std::erase_if(jobs, [&](const RescoreJob& job) { return !schedule.empty() && job.rescore_schedule() != schedule; });
  if (static_cast<int>(jobs.size()) > most) jobs.resize(most);
  return jobs;
}

absl::StatusOr<RescoreJob> RescoreBook::CancelJob(const RescoreJobName& name) {
  absl::Status status;
  // Whoever works on it changes it every second.
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    CLIENTELE_ASSIGN_OR_RETURN(RescoreJob job, GetJob(name));
    if (storage::HasEnded(job)) return job;
    const std::string etag = job.etag();
    job.set_state(RescoreJob::STATE_CANCELLED);
    *job.mutable_end_time() = ToProto(Micros(clock_.Now()));
    job = Sealed(std::move(job));
    status = store_.ReplaceJob(name.tenant, name.job, etag, job);
    if (status.ok()) return job;
    if (!absl::IsAborted(status)) break;
  }
  return status;
}

}  // namespace clientele::inference
