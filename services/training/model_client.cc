#include "services/training/model_client.h"

#include <grpcpp/client_context.h>

#include <string>

#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "services/training/peer_calls.h"

namespace clientele::training {
namespace {

using inference::v1::ModelVersion;
using inference::v1::PublishModelVersionRequest;

constexpr size_t kChunkBytes = 1 << 20;

}  // namespace

ModelClient::ModelClient(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout)
    : stub_(inference::v1::ModelService::NewStub(channel)), timeout_(timeout) {}

absl::StatusOr<std::optional<ModelVersion>> ModelClient::Champion(const TenantId& tenant, absl::string_view model,
                                                                  const StopToken& stop) {
  inference::v1::GetModelVersionRequest request;
  request.set_name(FormatModel(tenant, model));
  ModelVersion version;
  const absl::Status status =
      CallWithRetries(ErrorReason::kInferenceUnavailable, "asking inference for the champion", stop, [&] {
        grpc::ClientContext context;
        const rpc::Call call = CallUntil(stop);
        rpc::Prepare(context, timeout_, &call);
        return rpc::FromGrpc(stub_->GetModelVersion(&context, request, &version));
      });
  if (absl::IsNotFound(status)) return std::nullopt;
  CLIENTELE_RETURN_IF_ERROR(status);
  return version;
}

absl::StatusOr<std::string> ModelClient::Artifact(absl::string_view version, const StopToken& stop) {
  inference::v1::ExportModelVersionRequest request;
  request.set_name(std::string(version));
  absl::StatusOr<std::string> bytes;
  CLIENTELE_RETURN_IF_ERROR(
      CallWithRetries(ErrorReason::kInferenceUnavailable, "reading the champion from inference", stop, [&] {
        bytes = ExportOnce(request, stop);
        return bytes.status();
      }));
  return bytes;
}

absl::StatusOr<std::string> ModelClient::ExportOnce(const inference::v1::ExportModelVersionRequest& request,
                                                    const StopToken& stop) {
  grpc::ClientContext context;
  const rpc::Call call = CallUntil(stop);
  rpc::Prepare(context, timeout_, &call);
  const auto reader = stub_->ExportModelVersion(&context, request);
  inference::v1::ExportModelVersionResponse message;
  std::string bytes, sha256;
  while (reader->Read(&message)) {
    if (!stop.Check().ok()) context.TryCancel();
    if (message.has_header()) sha256 = message.header().sha256();
    bytes.append(message.chunk());
  }
  CLIENTELE_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  if (Sha256Hex(bytes) != sha256) return absl::DataLossError("the artifact came with another SHA-256 than it was told");
  return bytes;
}

absl::StatusOr<ModelVersion> ModelClient::Publish(const PublishModelVersionRequest::Header& header,
                                                  absl::string_view artifact, const StopToken& stop) {
  ModelVersion version;
  CLIENTELE_RETURN_IF_ERROR(
      CallWithRetries(ErrorReason::kInferenceUnavailable, "publishing the model to inference", stop,
                      [&] { return PublishOnce(header, artifact, stop, version); }));
  return version;
}

absl::Status ModelClient::PublishOnce(const PublishModelVersionRequest::Header& header, absl::string_view artifact,
                                      const StopToken& stop, ModelVersion& version) {
  grpc::ClientContext context;
  const rpc::Call call = CallUntil(stop);
  rpc::Prepare(context, timeout_, &call);
  const auto writer = stub_->PublishModelVersion(&context, &version);
  PublishModelVersionRequest request;
  *request.mutable_header() = header;
  bool open = writer->Write(request);
  while (open && !artifact.empty()) {
    if (!stop.Check().ok()) context.TryCancel();
    const absl::string_view chunk = artifact.substr(0, kChunkBytes);
    request.set_chunk(std::string(chunk));
    open = writer->Write(request);
    artifact.remove_prefix(chunk.size());
  }
  if (open) writer->WritesDone();
  return rpc::FromGrpc(writer->Finish());  // Says why, where a write was refused.
}

}  // namespace clientele::training
