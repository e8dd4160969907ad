// What the command asks of training.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clientele/training/v1/training_service.pb.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

// Thread-safe. Every call: the server's error, or UNAVAILABLE with what to do where nobody answers.
class TrainingClient {
 public:
  static absl::StatusOr<std::unique_ptr<TrainingClient>> Connect(const ServiceOptions& options);
  ~TrainingClient();

  absl::StatusOr<training::v1::TrainingJob> CreateJob(const training::v1::CreateTrainingJobRequest& request);
  absl::StatusOr<training::v1::TrainingJob> GetJob(const training::v1::GetTrainingJobRequest& request);
  absl::StatusOr<training::v1::ListTrainingJobsResponse> ListJobs(const training::v1::ListTrainingJobsRequest& request);
  absl::StatusOr<training::v1::TrainingJob> CancelJob(const training::v1::CancelTrainingJobRequest& request);
  absl::StatusOr<training::v1::CheckDataReadinessResponse> CheckReadiness(
      const training::v1::CheckDataReadinessRequest& request);

  // Calls `visit` with the job now and at every change until it has ended; returns it as it ended. Watches on where the
  // stream breaks and the job has not ended, for as long as training answers within a minute.
  absl::StatusOr<training::v1::TrainingJob> WatchJob(
      const std::string& name, const std::function<void(const training::v1::TrainingJob&)>& visit);

 private:
  struct Impl;
  explicit TrainingClient(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

// Whether it has succeeded, failed or been cancelled.
bool HasEnded(const training::v1::TrainingJob& job);

}  // namespace clientele::cli
