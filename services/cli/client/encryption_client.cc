#include "services/cli/client/encryption_client.h"

#include "clientele/admin/v1/encryption_service.grpc.pb.h"
#include "common/base/status_macros.h"
#include "services/cli/client/connection.h"

namespace clientele::cli {

using admin::v1::EncryptionService;

absl::StatusOr<admin::v1::Encryption> GetEncryption(const ServiceOptions& options,
                                                    const admin::v1::GetEncryptionRequest& request) {
  CLIENTELE_ASSIGN_OR_RETURN(const Connection connection, Connection::Make(options));
  return connection.Call(EncryptionService::NewStub(connection.channel), &EncryptionService::Stub::GetEncryption,
                         request);
}

absl::StatusOr<admin::v1::Encryption> RotateKeys(const ServiceOptions& options,
                                                 const admin::v1::RotateKeysRequest& request) {
  CLIENTELE_ASSIGN_OR_RETURN(const Connection connection, Connection::Make(options));
  return connection.Call(EncryptionService::NewStub(connection.channel), &EncryptionService::Stub::RotateKeys, request);
}

absl::StatusOr<admin::v1::SealRecordsResponse> SealRecords(
    const ServiceOptions& options, const admin::v1::SealRecordsRequest& request,
    absl::FunctionRef<void(const admin::v1::SealRecordsResponse&)> visit) {
  CLIENTELE_ASSIGN_OR_RETURN(const Connection connection, Connection::Make(options));
  grpc::ClientContext context;
  rpc::Prepare(context, options.timeout);
  const auto stub = EncryptionService::NewStub(connection.channel);
  const auto stream = stub->SealRecords(&context, request);
  admin::v1::SealRecordsResponse response;
  while (stream->Read(&response)) visit(response);
  CLIENTELE_RETURN_IF_ERROR(connection.Explain(stream->Finish()));
  return response;
}

}  // namespace clientele::cli
