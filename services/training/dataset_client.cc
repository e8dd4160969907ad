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

DatasetClient::DatasetClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
    : stub_(ingestion::v1::FeatureService::NewStub(channel)), timeout_(timeout) {}

absl::StatusOr<dataset::Dataset> DatasetClient::Read(const TenantId& tenant, const common::v1::DatasetSpec& spec,
                                                     const StopToken& stop,
                                                     absl::FunctionRef<void(int64_t rows, double share)> on_rows) {
  ingestion::v1::ReadDatasetRequest request;
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
    if (response.has_header()) {
      auto created = dataset::DatasetBuilder::Create(response.header());
      status = created.status();
      if (created.ok()) builder = *std::move(created);
    } else if (!builder.has_value()) {
      status = absl::InternalError("the dataset does not begin with its header");
    } else if (response.has_chunk()) {
      status = builder->Add(response.chunk());
      rows += response.chunk().customer_ids_size();
      on_rows(rows, (response.chunk().shard() + 1.0) / kShardCount);
    }
  }
  if (!status.ok()) {
    context.TryCancel();
    (void)reader->Finish();
    return status;
  }
  CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  if (!builder.has_value()) return absl::InternalError("the dataset has no header");
  return std::move(*builder).Build();
}

}  // namespace clientele::training
