// The seam between training and whatever keeps its jobs. One folder a backend; tests/contract runs one suite on each.
#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/base/ids.h"

namespace clientele::storage {

// What a request id stands for.
struct JobRequest {
  std::string job_id;
  std::string digest;  // Of the request that came with it.
};

// Thread-safe. A job is addressed by its tenant and id, which are those of its name. Errors beside those named:
// UNAVAILABLE or INTERNAL with reason STORAGE_FAILED.
class JobStore {
 public:
  virtual ~JobStore() = default;

  // Stores a new job, and under `request_id` unless that is empty, in one durable step. ALREADY_EXISTS with
  // TRAINING_JOB_EXISTS where the id is taken, with REQUEST_ID_REUSED where the request id is; then nothing is stored.
  virtual absl::Status Create(const TenantId& tenant, absl::string_view job_id, const training::v1::TrainingJob& job,
                              absl::string_view request_id, absl::string_view request_digest) = 0;

  // Replaces a job, durably. Its create_time stays. NOT_FOUND.
  virtual absl::Status Put(const TenantId& tenant, absl::string_view job_id,
                           const training::v1::TrainingJob& job) = 0;

  // NOT_FOUND with TRAINING_JOB_NOT_FOUND.
  virtual absl::StatusOr<training::v1::TrainingJob> Get(const TenantId& tenant, absl::string_view job_id) const = 0;

  // Nothing where the request id is unknown.
  virtual absl::StatusOr<std::optional<JobRequest>> FindRequest(const TenantId& tenant,
                                                                absl::string_view request_id) const = 0;

  // Newest first, from just after `position`, an opaque token of an earlier call ("" begins at the newest). Each visit
  // gets its job's position, and returns false to stop.
  virtual absl::Status List(
      const TenantId& tenant, absl::string_view position,
      absl::FunctionRef<bool(const training::v1::TrainingJob&, absl::string_view position)> visit) const = 0;

  // Asks whoever runs the job, which may be another program, to cancel it. Durable until the job has ended; nothing
  // where it has. NOT_FOUND.
  virtual absl::Status RequestCancel(const TenantId& tenant, absl::string_view job_id) = 0;
  // The open jobs for which that was asked.
  virtual absl::Status ListCancelRequests(
      absl::FunctionRef<void(const TenantId&, absl::string_view job_id)> visit) const = 0;

  // Rises with every change that another program may have made; where there is none, it is always the same. Cheap.
  virtual absl::StatusOr<int64_t> Changes() const = 0;

  // The jobs of all tenants that are queued or running, oldest first.
  virtual absl::Status ListOpen(absl::FunctionRef<void(const TenantId&, absl::string_view job_id,
                                                       const training::v1::TrainingJob&)> visit) const = 0;
};

}  // namespace clientele::storage
