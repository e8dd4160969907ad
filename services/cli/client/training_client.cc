#include "services/cli/client/training_client.h"

#include "absl/memory/memory.h"
#include "clientele/training/v1/training_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"
#include "services/cli/client/patient_watch.h"

namespace clientele::cli {

using namespace training::v1;  // NOLINT: the client is made of its messages.

struct TrainingClient::Impl {
  Connection connection;
  std::unique_ptr<TrainingService::Stub> stub = TrainingService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<TrainingClient>> TrainingClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new TrainingClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

TrainingClient::TrainingClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TrainingClient::~TrainingClient() = default;

absl::StatusOr<TrainingJob> TrainingClient::CreateJob(const CreateTrainingJobRequest& request) {
  return impl_->connection.Call(impl_->stub, &TrainingService::Stub::CreateTrainingJob, request);
}

absl::StatusOr<TrainingJob> TrainingClient::GetJob(const GetTrainingJobRequest& request) {
  return impl_->connection.Call(impl_->stub, &TrainingService::Stub::GetTrainingJob, request);
}

absl::StatusOr<ListTrainingJobsResponse> TrainingClient::ListJobs(const ListTrainingJobsRequest& request) {
  return impl_->connection.Call(impl_->stub, &TrainingService::Stub::ListTrainingJobs, request);
}

absl::StatusOr<TrainingJob> TrainingClient::CancelJob(const CancelTrainingJobRequest& request) {
  return impl_->connection.Call(impl_->stub, &TrainingService::Stub::CancelTrainingJob, request);
}

absl::StatusOr<CheckDataReadinessResponse> TrainingClient::CheckReadiness(const CheckDataReadinessRequest& request) {
  return impl_->connection.Call(impl_->stub, &TrainingService::Stub::CheckDataReadiness, request);
}

absl::StatusOr<TrainingJob> TrainingClient::WatchJob(const std::string& name,
                                                     const std::function<void(const TrainingJob&)>& visit) {
  WatchTrainingJobRequest request;
  request.set_name(name);
  TrainingJob last;
  const auto open = [&](grpc::ClientContext& context) { return impl_->stub->WatchTrainingJob(&context, request); };
  CLIENTELE_RETURN_IF_ERROR(WatchPatiently<TrainingJob>(impl_->connection, open, [&](const TrainingJob& job) {
    visit(job);
    last = job;
    return !HasEnded(job);
  }));
  return last;
}

bool HasEnded(const TrainingJob& job) {
  return job.state() == TrainingJob::STATE_SUCCEEDED || job.state() == TrainingJob::STATE_FAILED ||
         job.state() == TrainingJob::STATE_CANCELLED;
}

}  // namespace clientele::cli
