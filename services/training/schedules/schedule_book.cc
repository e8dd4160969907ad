#include "services/training/schedules/schedule_book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/schedule/timetable.h"
#include "services/training/schedules/firing.h"

namespace clientele::training {
namespace {

using v1::RetrainSchedule;

constexpr char kField[] = "retrain_schedule";
constexpr int kToldTimes = 5;

absl::Status NotFound(const RetrainScheduleName& name) {
  return Error(absl::StatusCode::kNotFound, ErrorReason::kScheduleNotFound,
               absl::StrCat("there is no schedule \"", name.schedule, "\""));
}

// What a person has decided, and when.
std::string EtagOf(const RetrainSchedule& schedule) { return Sha256Hex(schedule.SerializeAsString()).substr(0, 16); }

void ClearOutputs(RetrainSchedule& schedule) {
  schedule.clear_etag();
  schedule.clear_create_time();
  schedule.clear_update_time();
  schedule.clear_next_run_times();
  schedule.clear_last_run();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ScheduleBook>> ScheduleBook::Open(storage::ScheduleStore& store, const Clock& clock) {
  std::unique_ptr<ScheduleBook> book(new ScheduleBook(store, clock));
  CLIENTELE_RETURN_IF_ERROR(book->Refresh());
  return book;
}

absl::Status ScheduleBook::Refresh() {
  absl::MutexLock lock(&mutex_);
  CLIENTELE_ASSIGN_OR_RETURN(const int64_t changes, store_.Changes());
  if (changes == store_changes_) return absl::OkStatus();
  CLIENTELE_RETURN_IF_ERROR(Read());
  if (std::exchange(store_changes_, changes) != -1) Changed();
  return absl::OkStatus();
}

absl::Status ScheduleBook::Read() {
  std::map<Key, RetrainSchedule> schedules;
  CLIENTELE_RETURN_IF_ERROR(
      store_.ForEach([&](const TenantId& tenant, absl::string_view id, const RetrainSchedule& schedule) {
        schedules[{tenant, std::string(id)}] = schedule;
      }));
  schedules_ = std::move(schedules);
  return absl::OkStatus();
}

absl::StatusOr<RetrainSchedule> ScheduleBook::Create(const RetrainScheduleName& name, RetrainSchedule schedule,
                                                     bool validate_only) {
  ClearOutputs(schedule);
  schedule.set_name(FormatRetrainSchedule(name.tenant, name.schedule));
  CLIENTELE_RETURN_IF_ERROR(ValidateSchedule(schedule, kField));
  *schedule.mutable_create_time() = ToProto(clock_.Now());
  *schedule.mutable_update_time() = schedule.create_time();
  schedule.set_etag(EtagOf(schedule));
  if (validate_only) return Told(schedule);
  absl::MutexLock lock(&mutex_);
  CLIENTELE_RETURN_IF_ERROR(store_.Create(name.tenant, name.schedule, schedule));
  schedules_[KeyOf(name)] = schedule;
  Changed();
  return Told(schedule);
}

absl::StatusOr<RetrainSchedule> ScheduleBook::Get(const RetrainScheduleName& name) const {
  absl::MutexLock lock(&mutex_);
  const RetrainSchedule* found = Find(name);
  if (found == nullptr) return NotFound(name);
  return Told(*found);
}

std::vector<RetrainSchedule> ScheduleBook::List(const TenantId& tenant, absl::string_view position, int most) const {
  absl::MutexLock lock(&mutex_);
  std::vector<RetrainSchedule> listed;
  for (auto it = schedules_.upper_bound({tenant, std::string(position)});
       it != schedules_.end() && it->first.first == tenant && static_cast<int>(listed.size()) < most; ++it) {
    listed.push_back(Told(it->second));
  }
  return listed;
}

absl::StatusOr<RetrainSchedule> ScheduleBook::Replace(const RetrainScheduleName& name, RetrainSchedule schedule) {
  const std::string etag = schedule.etag();
  ClearOutputs(schedule);
  schedule.set_name(FormatRetrainSchedule(name.tenant, name.schedule));
  CLIENTELE_RETURN_IF_ERROR(ValidateSchedule(schedule, kField));
  absl::MutexLock lock(&mutex_);
  const RetrainSchedule* before = Find(name);
  if (before == nullptr) return NotFound(name);
  *schedule.mutable_create_time() = before->create_time();
  // A clock that was put back must not bring back what is settled.
  *schedule.mutable_update_time() = ToProto(std::max(clock_.Now(), FromProto(before->update_time())));
  schedule.set_etag(EtagOf(schedule));
  CLIENTELE_RETURN_IF_ERROR(store_.Replace(name.tenant, name.schedule, etag.empty() ? before->etag() : etag, schedule));
  if (before->has_last_run()) *schedule.mutable_last_run() = before->last_run();
  schedules_[KeyOf(name)] = schedule;
  Changed();
  return Told(schedule);
}

absl::Status ScheduleBook::Delete(const RetrainScheduleName& name, absl::string_view etag) {
  absl::MutexLock lock(&mutex_);
  const RetrainSchedule* found = Find(name);
  if (found == nullptr) return NotFound(name);
  CLIENTELE_RETURN_IF_ERROR(
      store_.Delete(name.tenant, name.schedule, etag.empty() ? absl::string_view(found->etag()) : etag));
  schedules_.erase(KeyOf(name));
  Changed();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::ScheduleRun>> ScheduleBook::ListRuns(const RetrainScheduleName& name, int most) const {
  {
    absl::MutexLock lock(&mutex_);
    if (Find(name) == nullptr) return NotFound(name);
  }
  return store_.ListRuns(name.tenant, name.schedule, most);
}

absl::Status ScheduleBook::AddRun(const RetrainScheduleName& name, const v1::ScheduleRun& run) {
  absl::MutexLock lock(&mutex_);
  const auto found = schedules_.find(KeyOf(name));
  if (found == schedules_.end()) return NotFound(name);
  CLIENTELE_RETURN_IF_ERROR(store_.AddRun(name.tenant, name.schedule, run));
  *found->second.mutable_last_run() = run;
  return absl::OkStatus();
}

std::vector<std::pair<RetrainScheduleName, RetrainSchedule>> ScheduleBook::All() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::pair<RetrainScheduleName, RetrainSchedule>> all;
  for (const auto& [key, schedule] : schedules_) {
    all.push_back({RetrainScheduleName{key.first, key.second}, schedule});
  }
  return all;
}

void ScheduleBook::AwaitChange(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  if (seen_ == changes_) changed_.WaitWithTimeout(&mutex_, timeout);
  seen_ = changes_;
}

void ScheduleBook::Wake() {
  absl::MutexLock lock(&mutex_);
  Changed();
}

void ScheduleBook::Changed() {
  ++changes_;
  changed_.SignalAll();
}

const RetrainSchedule* ScheduleBook::Find(const RetrainScheduleName& name) const {
  const auto found = schedules_.find(KeyOf(name));
  return found == schedules_.end() ? nullptr : &found->second;
}

RetrainSchedule ScheduleBook::Told(const RetrainSchedule& schedule) const {
  RetrainSchedule told = schedule;
  // Of what was valid when it was taken in; a time zone may have left the machine since.
  const auto timetable = schedule::Timetable::Of(schedule::TimingOf(schedule), kField);
  if (!timetable.ok()) return told;
  for (const absl::Time time : timetable->Starts(clock_.Now(), kToldTimes)) {
    *told.add_next_run_times() = ToProto(time);
  }
  return told;
}

}  // namespace clientele::training
