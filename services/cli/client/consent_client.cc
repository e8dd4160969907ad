#include "services/cli/client/consent_client.h"

#include <utility>

#include "absl/memory/memory.h"
#include "clientele/ingestion/v1/consent_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace ingestion::v1;  // NOLINT: the client is made of its messages.

struct ConsentClient::Impl {
  Connection connection;
  std::unique_ptr<ConsentService::Stub> stub = ConsentService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<ConsentClient>> ConsentClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new ConsentClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

ConsentClient::ConsentClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ConsentClient::~ConsentClient() = default;

absl::StatusOr<ScoringConsent> ConsentClient::Set(const SetScoringConsentRequest& request) {
  return impl_->connection.Call(impl_->stub, &ConsentService::Stub::SetScoringConsent, request);
}

absl::StatusOr<BatchSetScoringConsentsResponse> ConsentClient::SetMany(const BatchSetScoringConsentsRequest& request) {
  return impl_->connection.Call(impl_->stub, &ConsentService::Stub::BatchSetScoringConsents, request);
}

absl::StatusOr<ScoringConsents> ConsentClient::Get(const GetScoringConsentsRequest& request) {
  return impl_->connection.Call(impl_->stub, &ConsentService::Stub::GetScoringConsents, request);
}

absl::StatusOr<ListScoringConsentChangesResponse> ConsentClient::ListChanges(
    const ListScoringConsentChangesRequest& request) {
  return impl_->connection.Call(impl_->stub, &ConsentService::Stub::ListScoringConsentChanges, request);
}

}  // namespace clientele::cli
