#include "services/cli/client/current_score_client.h"

#include <utility>

#include "absl/memory/memory.h"
#include "clientele/inference/v1/current_score_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"
#include "services/cli/client/patient_watch.h"

namespace clientele::cli {

using namespace inference::v1;  // NOLINT: the client is made of its messages.

struct CurrentScoreClient::Impl {
  Connection connection;
  std::unique_ptr<CurrentScoreService::Stub> stub = CurrentScoreService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<CurrentScoreClient>> CurrentScoreClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new CurrentScoreClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

CurrentScoreClient::CurrentScoreClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CurrentScoreClient::~CurrentScoreClient() = default;

absl::StatusOr<CurrentScore> CurrentScoreClient::Get(const GetCurrentScoreRequest& request) {
  return impl_->connection.Call(impl_->stub, &CurrentScoreService::Stub::GetCurrentScore, request);
}

absl::StatusOr<ListCurrentScoresResponse> CurrentScoreClient::List(const ListCurrentScoresRequest& request) {
  return impl_->connection.Call(impl_->stub, &CurrentScoreService::Stub::ListCurrentScores, request);
}

absl::Status CurrentScoreClient::Watch(WatchScoresRequest request,
                                       const std::function<bool(const WatchScoresResponse&)>& visit) {
  const auto open = [&](grpc::ClientContext& context) { return impl_->stub->WatchScores(&context, request); };
  return WatchPatiently<WatchScoresResponse>(impl_->connection, open, [&](const WatchScoresResponse& response) {
    request.set_resume_token(response.resume_token());
    return visit(response);
  });
}

}  // namespace clientele::cli
