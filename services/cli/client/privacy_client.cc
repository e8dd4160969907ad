#include "services/cli/client/privacy_client.h"

#include <utility>

#include "absl/memory/memory.h"
#include "clientele/ingestion/v1/privacy_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace ingestion::v1;  // NOLINT: the client is made of its messages.

struct PrivacyClient::Impl {
  Connection connection;
  std::unique_ptr<PrivacyService::Stub> stub = PrivacyService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<PrivacyClient>> PrivacyClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new PrivacyClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

PrivacyClient::PrivacyClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivacyClient::~PrivacyClient() = default;

absl::StatusOr<Erasure> PrivacyClient::Erase(const EraseCustomerRequest& request) {
  return impl_->connection.Call(impl_->stub, &PrivacyService::Stub::EraseCustomer, request);
}

absl::StatusOr<Erasure> PrivacyClient::GetErasure(const GetErasureRequest& request) {
  return impl_->connection.Call(impl_->stub, &PrivacyService::Stub::GetErasure, request);
}

absl::StatusOr<ListErasuresResponse> PrivacyClient::ListErasures(const ListErasuresRequest& request) {
  return impl_->connection.Call(impl_->stub, &PrivacyService::Stub::ListErasures, request);
}

absl::StatusOr<ErasureReceipt> PrivacyClient::GetReceipt(const GetErasureReceiptRequest& request) {
  return impl_->connection.Call(impl_->stub, &PrivacyService::Stub::GetErasureReceipt, request);
}

absl::Status PrivacyClient::Export(const ExportCustomerDataRequest& request,
                                   const std::function<void(const ExportCustomerDataResponse&)>& visit) {
  grpc::ClientContext context;
  rpc::Prepare(context, impl_->connection.options.timeout);
  const auto stream = impl_->stub->ExportCustomerData(&context, request);
  ExportCustomerDataResponse part;
  while (stream->Read(&part)) visit(part);
  return impl_->connection.Explain(stream->Finish());
}

}  // namespace clientele::cli
