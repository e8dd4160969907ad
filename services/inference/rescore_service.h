// RescoreService over gRPC.
#pragma once

#include "clientele/inference/v1/rescore_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/inference/rescoring/rescore_book.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it. A stream holds its thread while it is open.
class RescoreService final : public v1::RescoreService::CallbackService {
 public:
  RescoreService(RescoreBook& book, Executor& calls, Executor& streams)
      : book_(book), calls_(calls), streams_(streams) {}

  grpc::ServerUnaryReactor* CreateRescoreSchedule(grpc::CallbackServerContext* context,
                                                  const v1::CreateRescoreScheduleRequest* request,
                                                  v1::RescoreSchedule* response) override;
  grpc::ServerUnaryReactor* GetRescoreSchedule(grpc::CallbackServerContext* context,
                                               const v1::GetRescoreScheduleRequest* request,
                                               v1::RescoreSchedule* response) override;
  grpc::ServerUnaryReactor* ListRescoreSchedules(grpc::CallbackServerContext* context,
                                                 const v1::ListRescoreSchedulesRequest* request,
                                                 v1::ListRescoreSchedulesResponse* response) override;
  grpc::ServerUnaryReactor* UpdateRescoreSchedule(grpc::CallbackServerContext* context,
                                                  const v1::UpdateRescoreScheduleRequest* request,
                                                  v1::RescoreSchedule* response) override;
  grpc::ServerUnaryReactor* DeleteRescoreSchedule(grpc::CallbackServerContext* context,
                                                  const v1::DeleteRescoreScheduleRequest* request,
                                                  google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* CreateRescoreJob(grpc::CallbackServerContext* context,
                                             const v1::CreateRescoreJobRequest* request,
                                             v1::RescoreJob* response) override;
  grpc::ServerUnaryReactor* GetRescoreJob(grpc::CallbackServerContext* context, const v1::GetRescoreJobRequest* request,
                                          v1::RescoreJob* response) override;
  grpc::ServerUnaryReactor* ListRescoreJobs(grpc::CallbackServerContext* context,
                                            const v1::ListRescoreJobsRequest* request,
                                            v1::ListRescoreJobsResponse* response) override;
  grpc::ServerWriteReactor<v1::RescoreJob>* WatchRescoreJob(grpc::CallbackServerContext* context,
                                                            const v1::WatchRescoreJobRequest* request) override;
  grpc::ServerUnaryReactor* CancelRescoreJob(grpc::CallbackServerContext* context,
                                             const v1::CancelRescoreJobRequest* request,
                                             v1::RescoreJob* response) override;

 private:
  RescoreBook& book_;
  Executor& calls_;
  Executor& streams_;
};

}  // namespace clientele::inference
