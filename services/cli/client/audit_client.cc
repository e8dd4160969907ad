#include "services/cli/client/audit_client.h"

#include <utility>

#include "absl/memory/memory.h"
#include "clientele/admin/v1/audit_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using namespace admin::v1;  // NOLINT: the client is made of its messages.

struct AuditClient::Impl {
  Connection connection;
  std::unique_ptr<AuditService::Stub> stub = AuditService::NewStub(connection.channel);
};

absl::StatusOr<std::unique_ptr<AuditClient>> AuditClient::Connect(const ServiceOptions& options) {
  CLIENTELE_ASSIGN_OR_RETURN(Connection connection, Connection::Make(options));
  return absl::WrapUnique(new AuditClient(std::unique_ptr<Impl>(new Impl{std::move(connection)})));
}

AuditClient::AuditClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AuditClient::~AuditClient() = default;

absl::StatusOr<ListAuditEntriesResponse> AuditClient::List(const ListAuditEntriesRequest& request) {
  return impl_->connection.Call(impl_->stub, &AuditService::Stub::ListAuditEntries, request);
}

absl::Status AuditClient::Export(const ExportAuditEntriesRequest& request,
                                 const std::function<void(const AuditEntry&)>& visit) {
  grpc::ClientContext context;
  rpc::Prepare(context, impl_->connection.options.timeout);
  const auto stream = impl_->stub->ExportAuditEntries(&context, request);
  ExportAuditEntriesResponse part;
  while (stream->Read(&part)) {
    for (const AuditEntry& entry : part.audit_entries()) visit(entry);
  }
  return impl_->connection.Explain(stream->Finish());
}

}  // namespace clientele::cli
