#include "services/training/dataset_client.h"

#include <grpcpp/client_context.h>

#include <optional>
#include <utility>

#include "common/base/error.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/training/peer_calls.h"

namespace clientele::training {
namespace {

// One message of the stream.
absl::Status Take(ingestion::v1::ReadDatasetResponse& part, std::optional<dataset::DatasetBuilder>& builder) {
  if (part.has_header()) {
    CLIENTELE_ASSIGN_OR_RETURN(builder, dataset::DatasetBuilder::Create(part.header()));
    return absl::OkStatus();
  }
  if (!builder.has_value()) return absl::InternalError("the dataset does not begin with its header");
  if (part.has_chunk()) return builder->Add(part.chunk());
  if (part.has_omissions()) return builder->Add(part.omissions());
  if (part.has_purchase_series()) return builder->Add(std::move(*part.mutable_purchase_series()));
  return absl::OkStatus();
}

}  // namespace

DatasetClient::DatasetClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
    : stub_(ingestion::v1::FeatureService::NewStub(channel)), timeout_(timeout) {}

absl::StatusOr<dataset::Dataset> DatasetClient::Read(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                                     const StopToken& stop,
                                                     absl::FunctionRef<void(int64_t rows, double share)> on_rows) {
  return ReadShards(tenant, spec, 0, kShardCount, stop, on_rows);
}

absl::StatusOr<dataset::Dataset> DatasetClient::ReadShards(
    const TenantId& tenant, const common::v1::DatasetSpec& spec, int first, int count, const StopToken& stop,
    absl::FunctionRef<void(int64_t rows, double share)> on_rows) {
  ingestion::v1::ReadDatasetRequest request;
  request.set_first_shard(first);
  request.set_shard_count(count);
  request.set_parent(FormatTenant(tenant));
  *request.mutable_spec() = spec;
  absl::StatusOr<dataset::Dataset> dataset;
  CLIENTELE_RETURN_IF_ERROR(
      CallWithRetries(ErrorReason::kIngestionUnavailable, "reading the dataset from ingestion", stop, [&] {
        dataset = ReadOnce(request, stop, on_rows);
        return dataset.status();
      }));
  return dataset;
}

absl::StatusOr<dataset::Dataset> DatasetClient::ReadOnce(const ingestion::v1::ReadDatasetRequest& request,
                                                         const StopToken& stop,
                                                         absl::FunctionRef<void(int64_t rows, double share)> on_rows) {
  grpc::ClientContext context;
  const rpc::Call call = CallUntil(stop);
  rpc::Prepare(context, timeout_, &call);
  const auto reader = stub_->ReadDataset(&context, request);
  std::optional<dataset::DatasetBuilder> builder;
  int64_t rows = 0;
  absl::Status status;
  ingestion::v1::ReadDatasetResponse response;  // One for all: parsing into it again is what makes this fast.
  while (status.ok() && reader->Read(&response)) {
    status = stop.Check();
    if (!status.ok()) break;
    status = Take(response, builder);
    if (!response.has_chunk() || !status.ok()) continue;
    rows += response.chunk().customer_ids_size();
    on_rows(rows, (response.chunk().shard() + 1.0 - request.first_shard()) / request.shard_count());
  }
  if (!status.ok()) {
    context.TryCancel();
    (void)reader->Finish();
    return status;
  }
  CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  if (!builder.has_value()) return absl::InternalError("the dataset has no header");
  dataset::Dataset dataset = std::move(*builder).Build();
  if (request.spec().purchase_series_days() != 0 && !dataset.purchase_series.has_value()) {
    return absl::InternalError("the dataset ends without its purchase series");
  }
  return dataset;
}

}  // namespace clientele::training
