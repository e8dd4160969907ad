// What the command asks of training's ScheduleService.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/training/v1/schedule_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class ScheduleClient {
 public:
  static absl::StatusOr<std::unique_ptr<ScheduleClient>> Connect(const ServiceOptions& options);
  ~ScheduleClient();

  absl::StatusOr<training::v1::RetrainSchedule> Create(const training::v1::CreateRetrainScheduleRequest& request);
  absl::StatusOr<training::v1::RetrainSchedule> Get(const training::v1::GetRetrainScheduleRequest& request);
  absl::StatusOr<training::v1::ListRetrainSchedulesResponse> List(
      const training::v1::ListRetrainSchedulesRequest& request);
  absl::StatusOr<training::v1::RetrainSchedule> Update(const training::v1::UpdateRetrainScheduleRequest& request);
  absl::Status Delete(const training::v1::DeleteRetrainScheduleRequest& request);
  absl::StatusOr<training::v1::ListScheduleRunsResponse> ListRuns(const training::v1::ListScheduleRunsRequest& request);

 private:
  struct Impl;
  explicit ScheduleClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace clientele::cli
