// Rescoring's schedules and jobs as people make, see and end them. Nothing is held in memory: every replica sees what
// another has done.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "common/base/clock.h"
#include "common/base/resource_name.h"
#include "common/storage/rescore_store.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

// The job with another etag than it had. Whoever changes one seals it.
v1::RescoreJob Sealed(v1::RescoreJob job);

// Thread-safe. Errors beside those named are the store's.
class RescoreBook {
 public:
  // All must outlive it.
  RescoreBook(storage::RescoreStore& store, const Registry& registry, const Clock& clock)
      : store_(store), registry_(registry), clock_(clock) {}

  // INVALID_ARGUMENT about rescore_schedule.path; NOT_FOUND with MODEL_NOT_FOUND; ALREADY_EXISTS with SCHEDULE_EXISTS.
  // `validate_only`: as it would be.
  absl::StatusOr<v1::RescoreSchedule> CreateSchedule(const RescoreScheduleName& name, v1::RescoreSchedule schedule,
                                                     bool validate_only);
  // NOT_FOUND with SCHEDULE_NOT_FOUND.
  absl::StatusOr<v1::RescoreSchedule> GetSchedule(const RescoreScheduleName& name) const;
  // The tenant's after the id `position` ("": the first), at most `most`, by id.
  absl::StatusOr<std::vector<v1::RescoreSchedule>> ListSchedules(const TenantId& tenant, absl::string_view position,
                                                                 int most) const;
  // As CreateSchedule; NOT_FOUND; ABORTED with ETAG_MISMATCH where schedule.etag is given and not the one that is
  // there.
  absl::StatusOr<v1::RescoreSchedule> ReplaceSchedule(const RescoreScheduleName& name, v1::RescoreSchedule schedule);
  absl::Status DeleteSchedule(const RescoreScheduleName& name, const std::string& etag);

  // A job for now; with an id that is taken, the job that has it. `id` empty: one is made up. INVALID_ARGUMENT,
  // NOT_FOUND with MODEL_NOT_FOUND or SCHEDULE_NOT_FOUND.
  absl::StatusOr<v1::RescoreJob> CreateJob(const TenantId& tenant, std::string id, const v1::RescoreJob& wanted);
  // NOT_FOUND with RESCORE_JOB_NOT_FOUND.
  absl::StatusOr<v1::RescoreJob> GetJob(const RescoreJobName& name) const {
    return store_.GetJob(name.tenant, name.job);
  }
  // Newest first, at most `most`; `schedule`: only of this one (a name), empty: of all.
  absl::StatusOr<std::vector<v1::RescoreJob>> ListJobs(const TenantId& tenant, absl::string_view schedule,
                                                       int most) const;
  // As it is then; one that has ended stays as it is.
  absl::StatusOr<v1::RescoreJob> CancelJob(const RescoreJobName& name);

 private:
  absl::Status CheckModels(absl::string_view field, const TenantId& tenant,
                           const google::protobuf::RepeatedPtrField<std::string>& models) const;
  absl::Status Validate(const TenantId& tenant, const v1::RescoreSchedule& schedule) const;
  // With the times that come next.
  v1::RescoreSchedule Told(v1::RescoreSchedule schedule) const;

  storage::RescoreStore& store_;
  const Registry& registry_;
  const Clock& clock_;
};

}  // namespace clientele::inference
