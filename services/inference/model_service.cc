#include "services/inference/model_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/model/onnx/export.h"
#include "common/rpc/actor.h"
#include "common/rpc/page_token.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"
#include "services/inference/card/card.h"
#include "services/inference/registry/listing.h"
#include "services/inference/registry/watch.h"

namespace clientele::inference {
namespace {

using PublishReader = rpc::StreamReader<v1::PublishModelVersionRequest>;
using ExportWriter = rpc::StreamWriter<v1::ExportModelVersionResponse>;

constexpr size_t kChunkBytes = 1 << 20;
constexpr size_t kMostReasonBytes = 1024;

absl::StatusOr<v1::ModelVersion> Receive(Registry& registry, const rpc::Call& call, PublishReader& reader,
                                         const std::string& actor) {
  v1::PublishModelVersionRequest message;
  if (!reader.Read(&message)) {
    CLIENTELE_RETURN_IF_ERROR(call.stop.Check());
    return InvalidField("header", "the stream ended before its first message");
  }
  if (!message.has_header()) return InvalidField("header", "the first message must be the header");
  CLIENTELE_ASSIGN_OR_RETURN(const PublishOrder order, ParsePublishOrder(message.header()));
  CLIENTELE_ASSIGN_OR_RETURN(const auto upload, registry.BeginUpload(order));
  while (reader.Read(&message)) {
    if (message.part_case() != v1::PublishModelVersionRequest::kChunk) {
      return InvalidField("chunk", "every message after the first must be a chunk");
    }
    CLIENTELE_RETURN_IF_ERROR(upload->Append(order, message.chunk()));
  }
  CLIENTELE_RETURN_IF_ERROR(call.stop.Check());  // Read ends the same way when the caller has gone.
  return registry.Publish(order, *upload, order.training_job.empty() ? actor : order.training_job);
}

// `bytes` are the version in one form or another.
absl::Status Send(const Version& version, absl::string_view sha256, absl::string_view bytes, ExportWriter& writer) {
  const absl::Status gone = absl::CancelledError("the receiver has gone");
  v1::ExportModelVersionResponse message;
  message.mutable_header()->set_name(version.metadata.name());
  message.mutable_header()->set_sha256(std::string(sha256));
  message.mutable_header()->set_size_bytes(static_cast<int64_t>(bytes.size()));
  if (!writer.Write(std::move(message))) return gone;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kChunkBytes, bytes.size()))) {
    v1::ExportModelVersionResponse chunk;
    chunk.set_chunk(std::string(bytes.substr(0, kChunkBytes)));
    if (!writer.Write(std::move(chunk))) return gone;
  }
  return absl::OkStatus();
}

absl::Status SendInFormat(v1::ExportModelVersionRequest::Format format, const Registry::Artifact& artifact,
                          ExportWriter& writer) {
  switch (format) {
    case v1::ExportModelVersionRequest::FORMAT_UNSPECIFIED:
    case v1::ExportModelVersionRequest::FORMAT_ARTIFACT:
      return Send(*artifact.version, artifact.version->metadata.sha256(), artifact.bytes->view(), writer);
    case v1::ExportModelVersionRequest::FORMAT_ONNX: {
      CLIENTELE_ASSIGN_OR_RETURN(const auto predictor, clientele::model::Predictor::Load(artifact.bytes->view()));
      CLIENTELE_ASSIGN_OR_RETURN(const std::string bytes, clientele::model::ExportOnnx(*predictor));
      return Send(*artifact.version, Sha256Hex(bytes), bytes, writer);
    }
    default: return InvalidField("format", absl::StrCat(static_cast<int>(format), " is no format"));
  }
}

// The position that a page token of a list by number holds; 0: from the first page on.
absl::StatusOr<int64_t> NumberPosition(const std::string& page_token, const std::string& parent) {
  CLIENTELE_ASSIGN_OR_RETURN(const std::string position, rpc::DecodePageToken(page_token, parent));
  int64_t number = 0;
  if (position.empty() || absl::SimpleAtoi(position, &number)) return number;
  return Error(absl::StatusCode::kInvalidArgument, ErrorReason::kInvalidPageToken, "page_token is damaged");
}

// tenants/{tenant}/models/{model}/traffic
absl::StatusOr<ModelName> ParseTrafficName(absl::string_view field, absl::string_view name) {
  if (absl::ConsumeSuffix(&name, "/traffic")) return ParseModelName(field, name);
  return InvalidField(field, absl::StrCat("\"", name, "\" is not a name; allowed: tenants/*/models/*/traffic"));
}

absl::Status CheckReason(absl::string_view reason, absl::string_view field = "reason") {
  if (reason.size() <= kMostReasonBytes) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("has ", reason.size(), " bytes, more than ", kMostReasonBytes));
}

}  // namespace

grpc::ServerReadReactor<v1::PublishModelVersionRequest>* ModelService::PublishModelVersion(
    grpc::CallbackServerContext* context, v1::ModelVersion* response) {
  return rpc::ClientStream<v1::PublishModelVersionRequest>(
      context, streams_, response,
      [this, response, peer = context->peer()](const rpc::Call& call, PublishReader& reader) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(*response, Receive(registry_, call, reader, rpc::ActorOf(call, peer)));
        call.audit_note.Add("model_version", response->name());
        return absl::OkStatus();
      });
}

grpc::ServerWriteReactor<v1::ExportModelVersionResponse>* ModelService::ExportModelVersion(
    grpc::CallbackServerContext* context, const v1::ExportModelVersionRequest* request) {
  return rpc::ServerStream<v1::ExportModelVersionResponse>(
      context, streams_, [this, request](const rpc::Call&, ExportWriter& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request->name()));
        CLIENTELE_ASSIGN_OR_RETURN(const Registry::Artifact artifact, registry_.ReadArtifact(reference));
        return SendInFormat(request->format(), artifact, writer);
      });
}

grpc::ServerUnaryReactor* ModelService::GetModel(grpc::CallbackServerContext* context,
                                                 const v1::GetModelRequest* request, v1::Model* response) {
  return rpc::UnaryInline(context, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseModelName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*registry_.Get(), name.tenant, name.model));
    *response = DescribeModel(name.tenant, name.model, *model);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::ListModels(grpc::CallbackServerContext* context,
                                                   const v1::ListModelsRequest* request,
                                                   v1::ListModelsResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size(), 100, 1000));
    CLIENTELE_ASSIGN_OR_RETURN(const std::string position,
                               rpc::DecodePageToken(request->page_token(), request->parent()));
    ModelPage page = ListModelsAfter(*registry_.Get(), tenant, position, size);
    for (v1::Model& model : page.models) *response->add_models() = std::move(model);
    if (!page.next.empty()) response->set_next_page_token(rpc::EncodePageToken(page.next, request->parent()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::UpdateModel(grpc::CallbackServerContext* context,
                                                    const v1::UpdateModelRequest* request, v1::Model* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseModelName("model.name", request->model().name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, registry_.Update(name, *request));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::DeleteModelVersion(grpc::CallbackServerContext* context,
                                                           const v1::DeleteModelVersionRequest* request,
                                                           v1::ModelVersion* response) {
  return rpc::Unary(
      context, calls_, [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const VersionName name, ParseVersionName("name", request->name()));
        CLIENTELE_RETURN_IF_ERROR(CheckReason(request->reason()));
        CLIENTELE_ASSIGN_OR_RETURN(*response, registry_.Delete(name, request->reason(), rpc::ActorOf(call, peer)));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ModelService::GetModelVersion(grpc::CallbackServerContext* context,
                                                        const v1::GetModelVersionRequest* request,
                                                        v1::ModelVersion* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(const Resolution found, Resolve(*registry_.Get(), reference));
    CLIENTELE_ASSIGN_OR_RETURN(*response,
                               registry_.Describe({reference.tenant, reference.model, found.version->number}));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::ListModelVersions(grpc::CallbackServerContext* context,
                                                          const v1::ListModelVersionsRequest* request,
                                                          v1::ListModelVersionsResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseModelName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size(), 100, 1000));
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t before, NumberPosition(request->page_token(), request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*registry_.Get(), name.tenant, name.model));
    const auto describe = [&](int64_t number) { return registry_.Describe({name.tenant, name.model, number}); };
    CLIENTELE_ASSIGN_OR_RETURN(VersionPage page, ListVersionsBefore(*model, before, size, describe));
    for (v1::ModelVersion& version : page.versions) *response->add_model_versions() = std::move(version);
    if (page.next != 0) {
      response->set_next_page_token(rpc::EncodePageToken(absl::StrCat(page.next), request->parent()));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::GetModelCard(grpc::CallbackServerContext* context,
                                                     const v1::GetModelCardRequest* request,
                                                     clientele::model::v1::ModelCard* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelReference reference, ParseModelReference("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(const Registry::Artifact stored, registry_.ReadArtifact(reference));
    clientele::model::v1::ModelArtifact artifact;
    const absl::string_view bytes = stored.bytes->view();
    if (!artifact.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return absl::DataLossError("the artifact cannot be read");
    }
    CLIENTELE_ASSIGN_OR_RETURN(const auto model, FindModel(*registry_.Get(), reference.tenant, reference.model));
    const v1::ModelVersion version = DescribeVersion(*model, *stored.version);
    CLIENTELE_ASSIGN_OR_RETURN(*response, MakeModelCard(artifact, version, registry_.clock().Now()));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::SetModelAlias(grpc::CallbackServerContext* context,
                                                      const v1::SetModelAliasRequest* request,
                                                      v1::ModelAlias* response) {
  return rpc::Unary(
      context, calls_, [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const AliasName name, ParseAliasName("name", request->name()));
        CLIENTELE_ASSIGN_OR_RETURN(const VersionName version, ParseVersionName("version", request->version()));
        if (version.tenant != name.tenant || version.model != name.model) {
          return InvalidField("version",
                              absl::StrCat("\"", request->version(), "\" is of another model than the alias"));
        }
        CLIENTELE_RETURN_IF_ERROR(CheckReason(request->reason()));
        CLIENTELE_ASSIGN_OR_RETURN(
            *response, registry_.SetAlias(name, version.version,
                                          {request->etag(), rpc::ActorOf(call, peer), request->reason()}, call.stop));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ModelService::RollbackModelAlias(grpc::CallbackServerContext* context,
                                                           const v1::RollbackModelAliasRequest* request,
                                                           v1::ModelAlias* response) {
  return rpc::Unary(
      context, calls_, [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const AliasName name, ParseAliasName("name", request->name()));
        CLIENTELE_RETURN_IF_ERROR(CheckReason(request->reason()));
        CLIENTELE_ASSIGN_OR_RETURN(
            *response,
            registry_.RollbackAlias(name, request->revision(),
                                    {request->etag(), rpc::ActorOf(call, peer), request->reason()}, call.stop));
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* ModelService::GetModelAlias(grpc::CallbackServerContext* context,
                                                      const v1::GetModelAliasRequest* request,
                                                      v1::ModelAlias* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const AliasName name, ParseAliasName("name", request->name()));
    std::optional<absl::Time> as_of;
    if (request->has_as_of()) as_of = FromProto(request->as_of());
    CLIENTELE_ASSIGN_OR_RETURN(*response, registry_.GetAlias(name, as_of));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::ListModelAliasChanges(grpc::CallbackServerContext* context,
                                                              const v1::ListModelAliasChangesRequest* request,
                                                              v1::ListModelAliasChangesResponse* response) {
  return rpc::Unary(context, calls_, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const AliasName name, ParseAliasName("parent", request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const int size, rpc::PageSize(request->page_size(), 100, 1000));
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t before, NumberPosition(request->page_token(), request->parent()));
    CLIENTELE_ASSIGN_OR_RETURN(const auto journal, registry_.ReadAliasJournal(name));
    AliasChangePage page = ListChangesBefore(name, journal, before, size);
    for (v1::ModelAliasChange& change : page.changes) *response->add_model_alias_changes() = std::move(change);
    if (page.next != 0) {
      response->set_next_page_token(rpc::EncodePageToken(absl::StrCat(page.next), request->parent()));
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::GetModelTraffic(grpc::CallbackServerContext* context,
                                                        const v1::GetModelTrafficRequest* request,
                                                        v1::ModelTraffic* response) {
  return rpc::UnaryInline(context, [this, request, response](const rpc::Call&) -> absl::Status {
    CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseTrafficName("name", request->name()));
    CLIENTELE_ASSIGN_OR_RETURN(*response, registry_.GetTraffic(name));
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* ModelService::UpdateModelTraffic(grpc::CallbackServerContext* context,
                                                           const v1::UpdateModelTrafficRequest* request,
                                                           v1::ModelTraffic* response) {
  return rpc::Unary(
      context, calls_, [this, request, response, peer = context->peer()](const rpc::Call& call) -> absl::Status {
        const v1::ModelTraffic& wanted = request->model_traffic();
        CLIENTELE_ASSIGN_OR_RETURN(const ModelName name, ParseTrafficName("model_traffic.name", wanted.name()));
        CLIENTELE_RETURN_IF_ERROR(CheckReason(wanted.reason(), "model_traffic.reason"));
        CLIENTELE_ASSIGN_OR_RETURN(*response,
                                   registry_.UpdateTraffic(name, wanted, rpc::ActorOf(call, peer), call.stop));
        return absl::OkStatus();
      });
}

grpc::ServerWriteReactor<v1::WatchModelsResponse>* ModelService::WatchModels(grpc::CallbackServerContext* context,
                                                                             const v1::WatchModelsRequest* request) {
  return rpc::ServerStream<v1::WatchModelsResponse>(
      context, streams_,
      [this, request](const rpc::Call& call, rpc::StreamWriter<v1::WatchModelsResponse>& writer) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, ParseTenantName("parent", request->parent()));
        WatchPosition position;
        if (!request->resume_token().empty()) {
          CLIENTELE_ASSIGN_OR_RETURN(position.sequence, NumberPosition(request->resume_token(), request->parent()));
        }
        return inference::WatchModels(registry_, tenant, position, call.stop, call.drain,
                                      [&](v1::WatchModelsResponse response, WatchPosition after) {
                                        if (after.sequence >= 0) {
                                          response.set_resume_token(
                                              rpc::EncodePageToken(absl::StrCat(after.sequence), request->parent()));
                                        }
                                        return writer.Write(std::move(response));
                                      });
      });
}

}  // namespace clientele::inference
