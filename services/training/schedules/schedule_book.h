// The schedules of all tenants, as they are kept and told.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "clientele/training/v1/schedule_service.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/storage/schedule_store.h"

namespace clientele::training {

// Thread-safe. Errors beside those named are the store's.
class ScheduleBook {
 public:
  // Reads them all. `store` and `clock` outlive it.
  static absl::StatusOr<std::unique_ptr<ScheduleBook>> Open(storage::ScheduleStore& store, const Clock& clock);

  // INVALID_ARGUMENT about retrain_schedule.path; ALREADY_EXISTS with SCHEDULE_EXISTS. `validate_only`: as it would be.
  absl::StatusOr<v1::RetrainSchedule> Create(const RetrainScheduleName& name, v1::RetrainSchedule schedule,
                                             bool validate_only) ABSL_LOCKS_EXCLUDED(mutex_);
  // NOT_FOUND with SCHEDULE_NOT_FOUND.
  absl::StatusOr<v1::RetrainSchedule> Get(const RetrainScheduleName& name) const ABSL_LOCKS_EXCLUDED(mutex_);
  // The tenant's after `position` ("": the first), at most `most`, by id.
  std::vector<v1::RetrainSchedule> List(const TenantId& tenant, absl::string_view position, int most) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // As Create; NOT_FOUND; ABORTED with ETAG_MISMATCH where schedule.etag is given and not the one that is there.
  absl::StatusOr<v1::RetrainSchedule> Replace(const RetrainScheduleName& name, v1::RetrainSchedule schedule)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Delete(const RetrainScheduleName& name, absl::string_view etag) ABSL_LOCKS_EXCLUDED(mutex_);

  // Newest first, at most `most`. NOT_FOUND.
  absl::StatusOr<std::vector<v1::ScheduleRun>> ListRuns(const RetrainScheduleName& name, int most) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Says what came of one of its times. NOT_FOUND.
  absl::Status AddRun(const RetrainScheduleName& name, const v1::ScheduleRun& run) ABSL_LOCKS_EXCLUDED(mutex_);

  // Those of all tenants, as they are kept.
  std::vector<std::pair<RetrainScheduleName, v1::RetrainSchedule>> All() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes over what other programs on the store have changed.
  absl::Status Refresh() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for a change of any, at most `timeout`; returns at once when Wake has been called.
  void AwaitChange(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mutex_);
  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Key = std::pair<TenantId, std::string>;  // By the schedule's id.
  static Key KeyOf(const RetrainScheduleName& name) { return {name.tenant, name.schedule}; }

  ScheduleBook(storage::ScheduleStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  absl::Status Read() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const v1::RetrainSchedule* Find(const RetrainScheduleName& name) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // With the times that come next.
  v1::RetrainSchedule Told(const v1::RetrainSchedule& schedule) const;
  void Changed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  storage::ScheduleStore& store_;
  const Clock& clock_;
  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  std::map<Key, v1::RetrainSchedule> schedules_ ABSL_GUARDED_BY(mutex_);
  int64_t store_changes_ ABSL_GUARDED_BY(mutex_) = -1;  // Of the store, when it was read last.
  int64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t seen_ ABSL_GUARDED_BY(mutex_) = 0;  // By AwaitChange.
};

}  // namespace clientele::training
