// TrainingService over gRPC.
#pragma once

#include "clientele/training/v1/training_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "services/training/jobs/job_manager.h"
#include "services/training/worker/peers.h"

namespace clientele::training {

// Thread-safe. All it is given must outlive it. A watcher holds a thread of `watchers` while its job lasts, a readiness
// check holds a dataset in memory while a thread of `readiness` works on it: their sizes are the limits of both.
class TrainingService final : public v1::TrainingService::CallbackService {
 public:
  struct Executors {
    Executor& calls;
    Executor& watchers;
    Executor& readiness;
  };
  TrainingService(JobManager& jobs, DatasetSource& data, const Clock& clock, Executors executors);

  grpc::ServerUnaryReactor* CreateTrainingJob(grpc::CallbackServerContext* context,
                                              const v1::CreateTrainingJobRequest* request,
                                              v1::TrainingJob* response) override;
  grpc::ServerUnaryReactor* GetTrainingJob(grpc::CallbackServerContext* context,
                                           const v1::GetTrainingJobRequest* request,
                                           v1::TrainingJob* response) override;
  grpc::ServerUnaryReactor* ListTrainingJobs(grpc::CallbackServerContext* context,
                                             const v1::ListTrainingJobsRequest* request,
                                             v1::ListTrainingJobsResponse* response) override;
  grpc::ServerUnaryReactor* CancelTrainingJob(grpc::CallbackServerContext* context,
                                              const v1::CancelTrainingJobRequest* request,
                                              v1::TrainingJob* response) override;
  grpc::ServerWriteReactor<v1::TrainingJob>* WatchTrainingJob(grpc::CallbackServerContext* context,
                                                              const v1::WatchTrainingJobRequest* request) override;
  grpc::ServerUnaryReactor* CheckDataReadiness(grpc::CallbackServerContext* context,
                                               const v1::CheckDataReadinessRequest* request,
                                               v1::CheckDataReadinessResponse* response) override;

 private:
  JobManager& jobs_;
  DatasetSource& data_;
  const Clock& clock_;
  const Executors executors_;
};

}  // namespace clientele::training
