#include "services/inference/scoring_service.h"

#include <string>
#include <utility>
#include <vector>

#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"

namespace clientele::inference {

grpc::ServerUnaryReactor* ScoringService::Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                                v1::ScoreResponse* response) {
  auto score = [this, request, response](const rpc::Call& call) { return ScoreWithTrend(call, *request, *response); };
  if (ScoringEngine::MayBlock(*request)) return rpc::Unary(context, calls_, std::move(score));
  return rpc::UnaryInline(context, std::move(score));
}

grpc::ServerUnaryReactor* ScoringService::BatchScore(grpc::CallbackServerContext* context,
                                                     const v1::BatchScoreRequest* request,
                                                     v1::BatchScoreResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, engine_.BatchScore(call, *request));
    return absl::OkStatus();
  });
}

grpc::ServerBidiReactor<v1::BatchScoreRequest, v1::BatchScoreResponse>* ScoringService::StreamScore(
    grpc::CallbackServerContext* context) {
  using Reader = rpc::StreamReader<v1::BatchScoreRequest>;
  using Writer = rpc::StreamWriter<v1::BatchScoreResponse>;
  return rpc::BidiStream<v1::BatchScoreRequest, v1::BatchScoreResponse>(
      context, streams_, [this](const rpc::Call& call, Reader& reader, Writer& writer) -> absl::Status {
        std::string name;  // Of the message before: later ones may leave it out.
        v1::BatchScoreRequest request;
        while (reader.Read(&request)) {
          if (request.name().empty()) request.set_name(name);
          name = request.name();
          CLIENTELE_ASSIGN_OR_RETURN(v1::BatchScoreResponse response, engine_.BatchScore(call, request));
          if (!writer.Write(std::move(response))) break;
        }
        return call.stop.Check();
      });
}

grpc::ServerUnaryReactor* ScoringService::ScoreCustomer(grpc::CallbackServerContext* context,
                                                        const v1::ScoreCustomerRequest* request,
                                                        v1::ScoreCustomerResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    return ScoreCustomerWithTrends(call, *request, *response);
  });
}

grpc::ServerUnaryReactor* ScoringService::ExplainScoreChange(grpc::CallbackServerContext* context,
                                                             const v1::ExplainScoreChangeRequest* request,
                                                             v1::ExplainScoreChangeResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, changes_.Explain(call, *request));
    return absl::OkStatus();
  });
}

absl::Status ScoringService::ScoreWithTrend(const rpc::Call& call, const v1::ScoreRequest& request,
                                            v1::ScoreResponse& response) const {
  CLIENTELE_RETURN_IF_ERROR(Trends::Check(request));
  CLIENTELE_ASSIGN_OR_RETURN(response, engine_.Score(call, request));
  if (request.trend_days() == 0) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request.name()));
  return trends_.Add(call, reference.tenant, request.subject().customer_id(), request.trend_days(), {&response});
}

absl::Status ScoringService::ScoreCustomerWithTrends(const rpc::Call& call, const v1::ScoreCustomerRequest& request,
                                                     v1::ScoreCustomerResponse& response) const {
  CLIENTELE_RETURN_IF_ERROR(Trends::CheckDays(request.trend_days()));
  CLIENTELE_ASSIGN_OR_RETURN(response, engine_.ScoreCustomer(call, request));
  if (request.trend_days() == 0) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const CustomerName name, ParseCustomerName("name", request.name()));
  const std::vector<v1::ScoreResponse*> scores(response.mutable_scores()->pointer_begin(),
                                               response.mutable_scores()->pointer_end());
  return trends_.Add(call, name.tenant, name.customer_id, request.trend_days(), scores);
}

}  // namespace clientele::inference
