// CurrentScoreService over gRPC.
#pragma once

#include "clientele/inference/v1/current_score_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/inference/rescoring/current_scores.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it. A stream holds its thread while it is open.
class CurrentScoreService final : public v1::CurrentScoreService::CallbackService {
 public:
  CurrentScoreService(const CurrentScores& scores, Executor& calls, Executor& streams)
      : scores_(scores), calls_(calls), streams_(streams) {}

  grpc::ServerUnaryReactor* GetCurrentScore(grpc::CallbackServerContext* context,
                                            const v1::GetCurrentScoreRequest* request,
                                            v1::CurrentScore* response) override;
  grpc::ServerUnaryReactor* ListCurrentScores(grpc::CallbackServerContext* context,
                                              const v1::ListCurrentScoresRequest* request,
                                              v1::ListCurrentScoresResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchScoresResponse>* WatchScores(grpc::CallbackServerContext* context,
                                                                 const v1::WatchScoresRequest* request) override;

 private:
  absl::Status List(const v1::ListCurrentScoresRequest& request, v1::ListCurrentScoresResponse& response) const;

  const CurrentScores& scores_;
  Executor& calls_;
  Executor& streams_;
};

}  // namespace clientele::inference
