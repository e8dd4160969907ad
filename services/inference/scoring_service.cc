#include "services/inference/scoring_service.h"

#include <string>
#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"

namespace clientele::inference {

grpc::ServerUnaryReactor* ScoringService::Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                                v1::ScoreResponse* response) {
  auto score = [this, request, response](const rpc::Call& call) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(*response, engine_.Score(call, *request));
    return absl::OkStatus();
  };
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
    CLIENTELE_ASSIGN_OR_RETURN(*response, engine_.ScoreCustomer(call, *request));
    return absl::OkStatus();
  });
}

}  // namespace clientele::inference
