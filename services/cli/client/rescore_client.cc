#include "services/cli/client/rescore_client.h"

#include <utility>

#include "absl/memory/memory.h"
#include "clientele/inference/v1/rescore_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"
#include "services/cli/client/patient_watch.h"

namespace clientele::cli {

using namespace inference::v1;  // NOLINT: the client is made of its messages.

struct RescoreClient::Impl {
  Connection connection;
  std::unique_ptr<RescoreService::Stub> stub = RescoreService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<RescoreClient>> RescoreClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new RescoreClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

RescoreClient::RescoreClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RescoreClient::~RescoreClient() = default;

absl::StatusOr<RescoreSchedule> RescoreClient::CreateSchedule(const CreateRescoreScheduleRequest& request) {
  return impl_->connection.Call(impl_->stub, &RescoreService::Stub::CreateRescoreSchedule, request);
}

absl::StatusOr<RescoreSchedule> RescoreClient::GetSchedule(const GetRescoreScheduleRequest& request) {
  return impl_->connection.Call(impl_->stub, &RescoreService::Stub::GetRescoreSchedule, request);
}

absl::StatusOr<ListRescoreSchedulesResponse> RescoreClient::ListSchedules(const ListRescoreSchedulesRequest& request) {
  return impl_->connection.Call(impl_->stub, &RescoreService::Stub::ListRescoreSchedules, request);
}

absl::StatusOr<RescoreSchedule> RescoreClient::UpdateSchedule(const UpdateRescoreScheduleRequest& request) {
  return impl_->connection.Call(impl_->stub, &RescoreService::Stub::UpdateRescoreSchedule, request);
}

absl::Status RescoreClient::DeleteSchedule(const DeleteRescoreScheduleRequest& request) {
  return impl_->connection.Call(impl_->stub, &RescoreService::Stub::DeleteRescoreSchedule, request).status();
}

absl::StatusOr<RescoreJob> RescoreClient::CreateJob(const CreateRescoreJobRequest& request) {
  return impl_->connection.Call(impl_->stub, &RescoreService::Stub::CreateRescoreJob, request);
}

absl::StatusOr<ListRescoreJobsResponse> RescoreClient::ListJobs(const ListRescoreJobsRequest& request) {
  return impl_->connection.Call(impl_->stub, &RescoreService::Stub::ListRescoreJobs, request);
}

absl::StatusOr<RescoreJob> RescoreClient::CancelJob(const CancelRescoreJobRequest& request) {
  return impl_->connection.Call(impl_->stub, &RescoreService::Stub::CancelRescoreJob, request);
}

absl::StatusOr<RescoreJob> RescoreClient::WatchJob(const std::string& name,
                                                   const std::function<void(const RescoreJob&)>& visit) {
  WatchRescoreJobRequest request;
  request.set_name(name);
  RescoreJob last;
  const auto open = [&](grpc::ClientContext& context) { return impl_->stub->WatchRescoreJob(&context, request); };
  CLIENTELE_RETURN_IF_ERROR(WatchPatiently<RescoreJob>(impl_->connection, open, [&](const RescoreJob& job) {
    visit(job);
    last = job;
    return !HasEnded(job);
  }));
  return last;
}

bool HasEnded(const RescoreJob& job) {
  return job.state() != RescoreJob::STATE_QUEUED && job.state() != RescoreJob::STATE_RUNNING;
}

}  // namespace clientele::cli
