#include "services/cli/client/schedule_client.h"

#include <utility>

#include "absl/memory/memory.h"
#include "clientele/training/v1/schedule_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace training::v1;  // NOLINT: the client is made of its messages.

struct ScheduleClient::Impl {
  Connection connection;
  std::unique_ptr<ScheduleService::Stub> stub = ScheduleService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<ScheduleClient>> ScheduleClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new ScheduleClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

ScheduleClient::ScheduleClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ScheduleClient::~ScheduleClient() = default;

absl::StatusOr<RetrainSchedule> ScheduleClient::Create(const CreateRetrainScheduleRequest& request) {
  return impl_->connection.Call(impl_->stub, &ScheduleService::Stub::CreateRetrainSchedule, request);
}

absl::StatusOr<RetrainSchedule> ScheduleClient::Get(const GetRetrainScheduleRequest& request) {
  return impl_->connection.Call(impl_->stub, &ScheduleService::Stub::GetRetrainSchedule, request);
}

absl::StatusOr<ListRetrainSchedulesResponse> ScheduleClient::List(const ListRetrainSchedulesRequest& request) {
  return impl_->connection.Call(impl_->stub, &ScheduleService::Stub::ListRetrainSchedules, request);
}

absl::StatusOr<RetrainSchedule> ScheduleClient::Update(const UpdateRetrainScheduleRequest& request) {
  return impl_->connection.Call(impl_->stub, &ScheduleService::Stub::UpdateRetrainSchedule, request);
}

absl::Status ScheduleClient::Delete(const DeleteRetrainScheduleRequest& request) {
  return impl_->connection.Call(impl_->stub, &ScheduleService::Stub::DeleteRetrainSchedule, request).status();
}

absl::StatusOr<ListScheduleRunsResponse> ScheduleClient::ListRuns(const ListScheduleRunsRequest& request) {
  return impl_->connection.Call(impl_->stub, &ScheduleService::Stub::ListScheduleRuns, request);
}

}  // namespace clientele::cli
