#include "services/training/schedules/firing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/durations.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/dataset/label_window.h"
#include "common/schedule/timetable.h"
#include "services/training/schedules/triggers.h"
#include "services/training/spec.h"

namespace clientele::training {
namespace {

constexpr size_t kLongestDescription = 1'024;
constexpr int kMostThreads = 1'024;
constexpr absl::Duration kLongestLag = absl::Hours(24 * 3'650);
constexpr absl::Duration kLongestLead = absl::Hours(24 * 90);

// The request id is of the schedule and the job's id, so that a schedule that was made anew makes jobs of its own.
NewJob MakeJob(const v1::RetrainSchedule& schedule, std::string job_id, absl::Time time) {
  NewJob job;
  job.request_id = absl::StrCat(
      "schedule-",
      Sha256Hex(absl::StrCat(schedule.name(), "\n", schedule.create_time().SerializeAsString(), "\n", job_id))
          .substr(0, 40));
  job.job_id = std::move(job_id);
  *job.job.mutable_spec() = schedule.spec();
  common::v1::DatasetSpec& dataset = *job.job.mutable_spec()->mutable_dataset();
  *dataset.mutable_as_of() = ToProto(time - AsOfLag(schedule));
  if (schedule.known_at_scheduled_time()) *dataset.mutable_known_at() = ToProto(time);
  job.job.set_threads(schedule.threads());
  return job;
}

}  // namespace

absl::Duration AsOfLag(const v1::RetrainSchedule& schedule) {
  if (schedule.has_as_of_lag()) return FromProto(schedule.as_of_lag());
  const common::v1::DatasetSpec& spec = schedule.spec().dataset();
  int days = dataset::LabelWindowDays(spec.label());
  for (const auto& label : spec.auxiliary_labels()) days = std::max(days, dataset::LabelWindowDays(label));
  return absl::Hours(24) * days;
}

NewJob JobOf(const v1::RetrainSchedule& schedule, absl::string_view schedule_id, absl::Time scheduled) {
  return MakeJob(schedule, schedule::FiringId(schedule_id, scheduled), scheduled);
}

NewJob JobOfDueVersion(const v1::RetrainSchedule& schedule, absl::string_view schedule_id, int64_t version,
                       absl::Time since) {
  return MakeJob(schedule, absl::StrCat(schedule_id, "-due-v", version), since);
}

NewJob JobOfTrigger(const v1::RetrainSchedule& schedule, absl::string_view schedule_id, absl::string_view cause,
                    absl::Time now) {
  return MakeJob(schedule, absl::StrCat(schedule_id, "-", cause), absl::FromUnixSeconds(absl::ToUnixSeconds(now)));
}

absl::Status ValidateSchedule(const v1::RetrainSchedule& schedule, absl::string_view field) {
  const auto path = [&](absl::string_view part) { return absl::StrCat(field, ".", part); };
  if (!schedule.has_spec()) return InvalidField(path("spec"), "is required");
  const common::v1::DatasetSpec& dataset = schedule.spec().dataset();
  for (const auto& [is_set, name] : {std::pair(dataset.has_as_of(), "as_of"),
                                     {dataset.has_known_at(), "known_at"},
                                     {dataset.has_labels_known_at(), "labels_known_at"}}) {
    if (is_set) return InvalidField(path(absl::StrCat("spec.dataset.", name)), "is set; it moves with the schedule");
  }
  CLIENTELE_RETURN_IF_ERROR(schedule::Timetable::Of(schedule::TimingOf(schedule), field).status());
  const absl::Duration lag = AsOfLag(schedule);
  if (lag < absl::ZeroDuration() || lag > kLongestLag) {
    return InvalidField(path("as_of_lag"), absl::StrCat(absl::FormatDuration(lag), " is not 0 to 3,650 days"));
  }
  const absl::Duration lead = FromProto(schedule.erasure_lead());
  if (lead < absl::ZeroDuration() || lead > kLongestLead) {
    return InvalidField(path("erasure_lead"), absl::StrCat(absl::FormatDuration(lead), " is not 0 to 90 days"));
  }
  CLIENTELE_RETURN_IF_ERROR(ValidateTriggers(schedule, field));
  if (!v1::RetrainSchedule::Overlap_IsValid(schedule.overlap())) {
    return InvalidField(path("overlap"), "is not OVERLAP_FORBID or OVERLAP_REPLACE");
  }
  if (schedule.threads() < 0 || schedule.threads() > kMostThreads) {
    return InvalidField(path("threads"), absl::StrCat(schedule.threads(), " is not in 0 to ", kMostThreads));
  }
  if (schedule.description().size() > kLongestDescription) {
    return InvalidField(path("description"), absl::StrCat("is longer than ", kLongestDescription, " bytes"));
  }
  // As the job of any time would be.
  return ValidateSpec(JobOf(schedule, "a", absl::UnixEpoch()).job.spec(), path("spec"));
}

}  // namespace clientele::training
