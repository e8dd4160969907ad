// ScheduleService over gRPC.
#pragma once

#include "clientele/training/v1/schedule_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/training/schedules/schedule_book.h"

namespace clientele::training {

// Thread-safe. All it is given must outlive it.
class ScheduleService final : public v1::ScheduleService::CallbackService {
 public:
  ScheduleService(ScheduleBook& book, Executor& calls) : book_(book), calls_(calls) {}

  grpc::ServerUnaryReactor* CreateRetrainSchedule(grpc::CallbackServerContext* context,
                                                  const v1::CreateRetrainScheduleRequest* request,
                                                  v1::RetrainSchedule* response) override;
  grpc::ServerUnaryReactor* GetRetrainSchedule(grpc::CallbackServerContext* context,
                                               const v1::GetRetrainScheduleRequest* request,
                                               v1::RetrainSchedule* response) override;
  grpc::ServerUnaryReactor* ListRetrainSchedules(grpc::CallbackServerContext* context,
                                                 const v1::ListRetrainSchedulesRequest* request,
                                                 v1::ListRetrainSchedulesResponse* response) override;
  grpc::ServerUnaryReactor* UpdateRetrainSchedule(grpc::CallbackServerContext* context,
                                                  const v1::UpdateRetrainScheduleRequest* request,
                                                  v1::RetrainSchedule* response) override;
  grpc::ServerUnaryReactor* DeleteRetrainSchedule(grpc::CallbackServerContext* context,
                                                  const v1::DeleteRetrainScheduleRequest* request,
                                                  google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* ListScheduleRuns(grpc::CallbackServerContext* context,
                                             const v1::ListScheduleRunsRequest* request,
                                             v1::ListScheduleRunsResponse* response) override;

 private:
  ScheduleBook& book_;
  Executor& calls_;
};

}  // namespace clientele::training
