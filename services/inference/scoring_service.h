// ScoringService over gRPC.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <optional>
#include <string>

#include "clientele/inference/v1/scoring_service.grpc.pb.h"
#include "common/base/executor.h"
#include "common/rpc/answer_stream.h"
#include "common/rpc/raw_methods.h"
#include "common/rpc/unary.h"
#include "services/inference/scoring/score_change.h"
#include "services/inference/scoring/scoring_engine.h"
#include "services/inference/scoring/trends.h"

namespace clientele::inference {

// Rows are read off the wire as they are scored: see score_requests.h.
using ScoringServiceBase =
    v1::ScoringService::WithRawCallbackMethod_Score<v1::ScoringService::WithRawCallbackMethod_BatchScore<
        v1::ScoringService::WithRawCallbackMethod_StreamScore<v1::ScoringService::WithCallbackMethod_ScoreCustomer<
            v1::ScoringService::WithCallbackMethod_ExplainScoreChange<v1::ScoringService::Service>>>>>;

// Thread-safe. All it is given must outlive it. Unary calls run on `calls`; Score runs where gRPC calls it, and where
// its features arrive: no thread waits with it, nor with a stream, which has one of `places`.
class ScoringService final : public ScoringServiceBase, public rpc::RawMethods {
 public:
  ScoringService(const ScoringEngine& engine, const Trends& trends, const ScoreChangeExplainer& changes,
                 Executor& calls, rpc::StreamPlaces& places)
      : engine_(engine), trends_(trends), changes_(changes), calls_(calls), places_(places) {}

  std::vector<absl::string_view> raw_methods() const override {
    return {"clientele.inference.v1.ScoringService/Score", "clientele.inference.v1.ScoringService/BatchScore",
            "clientele.inference.v1.ScoringService/StreamScore"};
  }

  grpc::ServerUnaryReactor* Score(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                  grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* BatchScore(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamScore(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ScoreCustomer(grpc::CallbackServerContext* context, const v1::ScoreCustomerRequest* request,
                                          v1::ScoreCustomerResponse* response) override;
  grpc::ServerUnaryReactor* ExplainScoreChange(grpc::CallbackServerContext* context,
                                               const v1::ExplainScoreChangeRequest* request,
                                               v1::ExplainScoreChangeResponse* response) override;

 private:
  struct OneScore;
  class BatchAnswerer;
  // Nothing: the features are not there.
  std::optional<absl::Status> AtOnce(OneScore& scored, grpc::ByteBuffer& response) const;
  void ScoreLater(const rpc::Call& call, const grpc::ByteBuffer& request, grpc::ByteBuffer* response,
                  const rpc::EndCall& end);
  // Ends the call with the score and its trend.
  void AddTrend(const std::shared_ptr<OneScore>& scored, grpc::ByteBuffer* response, const rpc::EndCall& end);
  absl::Status ScoreCustomerWithTrends(const rpc::Call& call, const v1::ScoreCustomerRequest& request,
                                       v1::ScoreCustomerResponse& response) const;

  const ScoringEngine& engine_;
  const Trends& trends_;
  const ScoreChangeExplainer& changes_;
  Executor& calls_;
  rpc::StreamPlaces& places_;
};

}  // namespace clientele::inference
