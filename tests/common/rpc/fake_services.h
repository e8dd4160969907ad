// Services whose handlers a test writes, of every shape there is, and a server with a client for them.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <utility>

#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "clientele/ingestion/v1/ingestion_service.grpc.pb.h"
#include "clientele/ingestion/v1/settings_service.grpc.pb.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/streams.h"
#include "common/rpc/unary.h"

namespace clientele::rpc {

namespace v1 = clientele::ingestion::v1;
using inference::v1::ModelService;
using inference::v1::ModelVersion;
using inference::v1::PublishModelVersionRequest;

class FakeSettings final : public v1::SettingsService::CallbackService {
 public:
  using Get = std::function<absl::Status(const Call&, const v1::GetSettingsRequest&, v1::Settings&)>;
  FakeSettings(Executor& executor, Get get) : executor_(executor), get_(std::move(get)) {}

  grpc::ServerUnaryReactor* GetSettings(grpc::CallbackServerContext* context, const v1::GetSettingsRequest* request,
                                        v1::Settings* response) override {
    return Unary(context, executor_, [=, this](const Call& call) { return get_(call, *request, *response); });
  }

 private:
  Executor& executor_;
  Get get_;
};

class FakeIngestion final : public v1::IngestionService::CallbackService {
 public:
  using Request = v1::IngestRecordsRequest;
  using Response = v1::IngestRecordsResponse;
  FakeIngestion(Executor& executor, BidiStreamHandler<Request, Response> ingest)
      : executor_(executor), ingest_(std::move(ingest)) {}

  grpc::ServerBidiReactor<Request, Response>* IngestRecords(grpc::CallbackServerContext* context) override {
    return BidiStream<Request, Response>(context, executor_, ingest_);
  }

 private:
  Executor& executor_;
  BidiStreamHandler<Request, Response> ingest_;
};

class FakeFeatures final : public v1::FeatureService::CallbackService {
 public:
  FakeFeatures(Executor& executor, ServerStreamHandler<v1::ReadDatasetResponse> read)
      : executor_(executor), read_(std::move(read)) {}

  grpc::ServerWriteReactor<v1::ReadDatasetResponse>* ReadDataset(grpc::CallbackServerContext* context,
                                                                 const v1::ReadDatasetRequest*) override {
    return ServerStream<v1::ReadDatasetResponse>(context, executor_, read_);
  }

 private:
  Executor& executor_;
  ServerStreamHandler<v1::ReadDatasetResponse> read_;
};

class FakeModels final : public ModelService::CallbackService {
 public:
  using Publish = std::function<absl::Status(const Call&, StreamReader<PublishModelVersionRequest>&, ModelVersion&)>;
  FakeModels(Executor& executor, Publish publish) : executor_(executor), publish_(std::move(publish)) {}

  grpc::ServerReadReactor<PublishModelVersionRequest>* PublishModelVersion(grpc::CallbackServerContext* context,
                                                                           ModelVersion* response) override {
    return ClientStream<PublishModelVersionRequest>(
        context, executor_, response,
        [=, this](const Call& call, StreamReader<PublishModelVersionRequest>& reader) {
          return publish_(call, reader, *response);
        });
  }

 private:
  Executor& executor_;
  Publish publish_;
};

// A channel to a server of this process.
inline std::shared_ptr<grpc::Channel> ChannelTo(const Server& server) {
  ChannelOptions options;
  options.address = "127.0.0.1:" + std::to_string(server.port());
  return MakeChannel(options).value();
}

}  // namespace clientele::rpc
