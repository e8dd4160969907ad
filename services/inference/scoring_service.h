// ScoringService over gRPC.
#pragma once

#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/rpc/arena_requests.h"
#include "services/inference/scoring/score_change.h"
#include "services/inference/scoring/scoring_engine.h"
#include "services/inference/scoring/trends.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it. Unary calls run on `calls`, streams on `streams`, a thread each; Score
// with given features runs where gRPC calls it.
class ScoringService final : public v1::ScoringService::CallbackService {
 public:
  ScoringService(const ScoringEngine& engine, const Trends& trends, const ScoreChangeExplainer& changes,
                 Executor& calls, Executor& streams)
      : engine_(engine), trends_(trends), changes_(changes), calls_(calls), streams_(streams) {
    SetMessageAllocatorFor_Score(&score_messages_);
    SetMessageAllocatorFor_BatchScore(&batch_messages_);
  }

  grpc::ServerUnaryReactor* Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                  v1::ScoreResponse* response) override;
  grpc::ServerUnaryReactor* BatchScore(grpc::CallbackServerContext* context, const v1::BatchScoreRequest* request,
                                       v1::BatchScoreResponse* response) override;
  grpc::ServerBidiReactor<v1::BatchScoreRequest, v1::BatchScoreResponse>* StreamScore(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ScoreCustomer(grpc::CallbackServerContext* context, const v1::ScoreCustomerRequest* request,
                                          v1::ScoreCustomerResponse* response) override;
  grpc::ServerUnaryReactor* ExplainScoreChange(grpc::CallbackServerContext* context,
                                               const v1::ExplainScoreChangeRequest* request,
                                               v1::ExplainScoreChangeResponse* response) override;

 private:
  absl::Status ScoreWithTrend(const rpc::Call& call, const v1::ScoreRequest& request,
                              v1::ScoreResponse& response) const;
  absl::Status ScoreCustomerWithTrends(const rpc::Call& call, const v1::ScoreCustomerRequest& request,
                                       v1::ScoreCustomerResponse& response) const;

  const ScoringEngine& engine_;
  const Trends& trends_;
  const ScoreChangeExplainer& changes_;
  Executor& calls_;
  Executor& streams_;
  // A request holds two messages and a text for each feature.
  rpc::ArenaRequests<v1::ScoreRequest, v1::ScoreResponse> score_messages_;
  rpc::ArenaRequests<v1::BatchScoreRequest, v1::BatchScoreResponse> batch_messages_;
};

}  // namespace clientele::inference
