// What the command asks of inference's RescoreService.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class RescoreClient {
 public:
  static absl::StatusOr<std::unique_ptr<RescoreClient>> Connect(const ServiceOptions& options);
  ~RescoreClient();

  absl::StatusOr<inference::v1::RescoreSchedule> CreateSchedule(
      const inference::v1::CreateRescoreScheduleRequest& request);
  absl::StatusOr<inference::v1::RescoreSchedule> GetSchedule(const inference::v1::GetRescoreScheduleRequest& request);
  absl::StatusOr<inference::v1::ListRescoreSchedulesResponse> ListSchedules(
      const inference::v1::ListRescoreSchedulesRequest& request);
  absl::StatusOr<inference::v1::RescoreSchedule> UpdateSchedule(
      const inference::v1::UpdateRescoreScheduleRequest& request);
  absl::Status DeleteSchedule(const inference::v1::DeleteRescoreScheduleRequest& request);

  absl::StatusOr<inference::v1::RescoreJob> CreateJob(const inference::v1::CreateRescoreJobRequest& request);
  absl::StatusOr<inference::v1::ListRescoreJobsResponse> ListJobs(const inference::v1::ListRescoreJobsRequest& request);
  absl::StatusOr<inference::v1::RescoreJob> CancelJob(const inference::v1::CancelRescoreJobRequest& request);
  // Tells it as it goes on until it has ended, through restarts of the service of less than a minute.
  absl::StatusOr<inference::v1::RescoreJob> WatchJob(
      const std::string& name, const std::function<void(const inference::v1::RescoreJob&)>& visit);

 private:
  struct Impl;
  explicit RescoreClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

bool HasEnded(const inference::v1::RescoreJob& job);

}  // namespace clientele::cli
