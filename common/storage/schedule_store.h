// The seam between training and whatever keeps its schedules, and what came of their times. One folder a backend;
// tests/contract runs one suite on each.
#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/training/v1/schedule_service.pb.h"
#include "common/base/ids.h"

namespace clientele::storage {

inline constexpr int kKeptScheduleRuns = 400;  // Of each schedule.

// Thread-safe. Every change is durable when it returns. Errors beside those named: UNAVAILABLE or INTERNAL with reason
// STORAGE_FAILED.
class ScheduleStore {
 public:
  virtual ~ScheduleStore() = default;

  // ALREADY_EXISTS with SCHEDULE_EXISTS.
  virtual absl::Status Create(const TenantId& tenant, absl::string_view id,
                              const training::v1::RetrainSchedule& schedule) = 0;
  // Replaces it, but for its last_run. NOT_FOUND with SCHEDULE_NOT_FOUND; ABORTED with ETAG_MISMATCH: the one that is
  // there has not this etag.
  virtual absl::Status Replace(const TenantId& tenant, absl::string_view id, absl::string_view etag,
                               const training::v1::RetrainSchedule& schedule) = 0;
  // With its runs. Errors as Replace.
  virtual absl::Status Delete(const TenantId& tenant, absl::string_view id, absl::string_view etag) = 0;

  // Adds a run, which becomes last_run; the oldest beyond kKeptScheduleRuns go. Its scheduled_time must be later than
  // that of the last; one that is as late takes its place. NOT_FOUND.
  virtual absl::Status AddRun(const TenantId& tenant, absl::string_view id, const training::v1::ScheduleRun& run) = 0;
  // Newest first, at most `most`. None of a schedule that is not there.
  virtual absl::StatusOr<std::vector<training::v1::ScheduleRun>> ListRuns(const TenantId& tenant, absl::string_view id,
                                                                          int most) const = 0;

  // Rises with every change that another program may have made; where there is none, it is always the same. Cheap.
  virtual absl::StatusOr<int64_t> Changes() const = 0;

  // The schedules of all tenants, by tenant and id.
  virtual absl::Status ForEach(
      absl::FunctionRef<void(const TenantId&, absl::string_view id, const training::v1::RetrainSchedule&)> visit)
      const = 0;
};

}  // namespace clientele::storage
