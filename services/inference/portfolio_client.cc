#include "services/inference/portfolio_client.h"

#include <grpcpp/client_context.h>

#include "common/base/resource_name.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/inference/ingestion_status.h"

namespace clientele::inference {

PortfolioClient::PortfolioClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
    : stub_(ingestion::v1::FeatureService::NewStub(channel)), timeout_(timeout) {}

absl::Status PortfolioClient::Read(const TenantId& tenant, const common::v1::DatasetSpec& spec, ShardRange shards,
                                   const rpc::Call& call,
                                   absl::FunctionRef<absl::Status(const ingestion::v1::ReadDatasetResponse&)> visit) {
  ingestion::v1::ReadDatasetRequest request;
  request.set_parent(FormatTenant(tenant));
  *request.mutable_spec() = spec;
  request.set_first_shard(shards.first);
  request.set_shard_count(shards.count);
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_, &call);
  const auto reader = stub_->ReadDataset(&context, request);
  ingestion::v1::ReadDatasetResponse part;
  absl::Status status;
  while (status.ok() && reader->Read(&part)) status = visit(part);
  if (!status.ok()) context.TryCancel();
  const absl::Status end = rpc::FromGrpc(reader->Finish());
  return status.ok() ? FromIngestion(end, "the customers' features", call) : status;
}

}  // namespace clientele::inference
