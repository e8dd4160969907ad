// The seam to what keeps when customers are scored again, and the jobs that do it. One folder a backend; tests/contract
// runs one suite on each.
#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "common/base/ids.h"

namespace clientele::storage {

inline constexpr int kKeptRescoreJobs = 400;  // Of each tenant; those that have not ended, besides.

// Whether the job will change no more.
inline bool HasEnded(const inference::v1::RescoreJob& job) {
  return job.state() != inference::v1::RescoreJob::STATE_QUEUED &&
         job.state() != inference::v1::RescoreJob::STATE_RUNNING;
}

// Thread-safe, and the truth for all replicas: nothing of it is held in memory. Every change is durable when it
// returns. Errors beside those named: UNAVAILABLE or INTERNAL with STORAGE_FAILED.
class RescoreStore {
 public:
  virtual ~RescoreStore() = default;

  // ALREADY_EXISTS with SCHEDULE_EXISTS.
  virtual absl::Status CreateSchedule(const TenantId& tenant, absl::string_view id,
                                      const inference::v1::RescoreSchedule& schedule) = 0;
  // Replaces it, but for its last_run. NOT_FOUND with SCHEDULE_NOT_FOUND; ABORTED with ETAG_MISMATCH: the one that is
  // there has not this etag.
  virtual absl::Status ReplaceSchedule(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                                       const inference::v1::RescoreSchedule& schedule) = 0;
  virtual absl::Status DeleteSchedule(const TenantId& tenant, absl::string_view id, absl::string_view etag) = 0;
  // Sets its last_run, unless that is of the same or a later time. NOT_FOUND.
  virtual absl::Status SettleSchedule(const TenantId& tenant, absl::string_view id,
                                      const inference::v1::RescoreSchedule::Run& run) = 0;
  virtual absl::StatusOr<inference::v1::RescoreSchedule> GetSchedule(const TenantId& tenant,
                                                                     absl::string_view id) const = 0;
  // The schedules of all tenants, by tenant and id.
  virtual absl::Status ForEachSchedule(
      absl::FunctionRef<void(const TenantId&, absl::string_view id, const inference::v1::RescoreSchedule&)> visit)
      const = 0;

  // Where the id is not taken. What is there then: this one, or the one that had the id. The tenant's oldest jobs
  // beyond kKeptRescoreJobs go, as far as they have ended.
  virtual absl::StatusOr<inference::v1::RescoreJob> CreateJob(const TenantId& tenant, absl::string_view id,
                                                              const inference::v1::RescoreJob& job) = 0;
  // NOT_FOUND with RESCORE_JOB_NOT_FOUND; ABORTED with ETAG_MISMATCH.
  virtual absl::Status ReplaceJob(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                                  const inference::v1::RescoreJob& job) = 0;
  virtual absl::StatusOr<inference::v1::RescoreJob> GetJob(const TenantId& tenant, absl::string_view id) const = 0;
  // The tenant's, newest first by feature_time.
  virtual absl::StatusOr<std::vector<inference::v1::RescoreJob>> ListJobs(const TenantId& tenant) const = 0;
  // Those of all tenants that have not ended, by tenant and id.
  virtual absl::StatusOr<std::vector<inference::v1::RescoreJob>> OpenJobs() const = 0;
};

}  // namespace clientele::storage
