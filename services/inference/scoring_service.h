// ScoringService over gRPC.
#pragma once

#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "common/base/executor.h"
#include "services/inference/scoring/scoring_engine.h"

namespace clientele::inference {

// Thread-safe. All it is given must outlive it. Unary calls run on `calls`, streams on `streams`, a thread each; Score
// with given features runs where gRPC calls it.
class ScoringService final : public v1::ScoringService::CallbackService {
 public:
  ScoringService(const ScoringEngine& engine, Executor& calls, Executor& streams)
      : engine_(engine), calls_(calls), streams_(streams) {}

  grpc::ServerUnaryReactor* Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                  v1::ScoreResponse* response) override;
  grpc::ServerUnaryReactor* BatchScore(grpc::CallbackServerContext* context, const v1::BatchScoreRequest* request,
                                       v1::BatchScoreResponse* response) override;
  grpc::ServerBidiReactor<v1::BatchScoreRequest, v1::BatchScoreResponse>* StreamScore(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ScoreCustomer(grpc::CallbackServerContext* context, const v1::ScoreCustomerRequest* request,
                                          v1::ScoreCustomerResponse* response) override;

 private:
  const ScoringEngine& engine_;
  Executor& calls_;
  Executor& streams_;
};

}  // namespace clientele::inference
