// The clients of ingestion and inference, against servers in this process that answer as a test wants.
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clientele/inference/v1/model_service.grpc.pb.h"
#include "clientele/ingestion/v1/feature_service.grpc.pb.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/training/dataset_client.h"
#include "services/training/model_client.h"
#include "services/training/peer_options.h"

namespace clientele::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ingestion::v1::ReadDatasetRequest;
using ingestion::v1::ReadDatasetResponse;
using inference::v1::ModelVersion;
using inference::v1::PublishModelVersionRequest;

class FakeIngestion final : public ingestion::v1::FeatureService::Service {
 public:
  using Writer = grpc::ServerWriter<ReadDatasetResponse>;
  grpc::Status ReadDataset(grpc::ServerContext*, const ReadDatasetRequest* request, Writer* writer) override {
    last_request = *request;
    return answer(++calls, writer);
  }
  std::function<grpc::Status(int call, Writer*)> answer;
  ReadDatasetRequest last_request;
  std::atomic<int> calls = 0;
};

class FakeInference final : public inference::v1::ModelService::Service {
 public:
  grpc::Status GetModelVersion(grpc::ServerContext*, const inference::v1::GetModelVersionRequest* request,
                               ModelVersion* version) override {
    if (!champion.has_value()) {
      return rpc::ToGrpc(Error(absl::StatusCode::kNotFound, ErrorReason::kModelNotFound, request->name()));
    }
    *version = *champion;
    return grpc::Status::OK;
  }
  grpc::Status PublishModelVersion(grpc::ServerContext*, grpc::ServerReader<PublishModelVersionRequest>* reader,
                                   ModelVersion* version) override {
    PublishModelVersionRequest request;
    std::string bytes;
    headers.emplace_back();
    while (reader->Read(&request)) {
      if (request.has_header()) headers.back() = request.header();
      largest_chunk = std::max(largest_chunk, request.chunk().size());
      bytes += request.chunk();
    }
    if (failures > 0) {
      --failures;
      return {grpc::StatusCode::UNAVAILABLE, "draining"};
    }
    if (Sha256Hex(bytes) != headers.back().sha256()) {
      return rpc::ToGrpc(Error(absl::StatusCode::kInvalidArgument, ErrorReason::kArtifactInvalid, "digest"));
    }
    version->set_name(headers.back().parent() + "/versions/1");
    return grpc::Status::OK;
  }
  grpc::Status ExportModelVersion(grpc::ServerContext*, const inference::v1::ExportModelVersionRequest* request,
                                  grpc::ServerWriter<inference::v1::ExportModelVersionResponse>* writer) override {
    if (failures > 0) {
      --failures;
      return {grpc::StatusCode::UNAVAILABLE, "draining"};
    }
    inference::v1::ExportModelVersionResponse message;
    message.mutable_header()->set_name(request->name());
    message.mutable_header()->set_sha256(Sha256Hex(artifact));
    writer->Write(message);
    for (size_t begin = 0; begin < artifact.size() - lost_bytes; begin += 1000) {
      message.set_chunk(artifact.substr(begin, std::min<size_t>(1000, artifact.size() - lost_bytes - begin)));
      writer->Write(message);
    }
    return grpc::Status::OK;
  }
  std::optional<ModelVersion> champion;
  std::string artifact;
  size_t lost_bytes = 0;  // Of the artifact, at its end.
  std::vector<PublishModelVersionRequest::Header> headers;  // One a call.
  size_t largest_chunk = 0;
  std::atomic<int> failures = 0;  // So many calls fail first.
};

class PeerClientsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&ingestion_);
    builder.RegisterService(&inference_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    rpc::ChannelOptions options;
    options.address = absl::StrCat("127.0.0.1:", port);
    channel_ = *rpc::MakeChannel(options);
  }
  void TearDown() override { server_->Shutdown(); }

  static ReadDatasetResponse Header() {
    ReadDatasetResponse response;
    auto* column = response.mutable_header()->add_columns();
    column->mutable_feature()->set_name("recency_days");
    column->set_type(common::v1::FEATURE_TYPE_NUMBER);
    return response;
  }
  static ReadDatasetResponse Chunk(int shard, const std::vector<std::string>& customers) {
    ReadDatasetResponse response;
    response.mutable_chunk()->set_shard(shard);
    for (const std::string& customer : customers) {
      response.mutable_chunk()->add_customer_ids(customer);
      response.mutable_chunk()->add_numbers(1.5f);
    }
    return response;
  }
  absl::StatusOr<dataset::Dataset> Read(const StopToken& stop = StopToken(), int purchase_series_days = 0) {
    common::v1::DatasetSpec spec;
    spec.add_features("recency_days");
    spec.set_purchase_series_days(purchase_series_days);
    rows_.clear();
    return DatasetClient(channel_, absl::Seconds(20))
        .Read(Tenant(), spec, stop, [&](int64_t rows, double share) {
          rows_.push_back(rows);
          share_ = share;
        });
  }
  static TenantId Tenant() { return *TenantId::Parse("acme"); }

  FakeIngestion ingestion_;
  FakeInference inference_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::vector<int64_t> rows_;
  double share_ = 0;
};

TEST_F(PeerClientsTest, ReadsADatasetAndTellsHowFarItIs) {
  ingestion_.answer = [](int, FakeIngestion::Writer* writer) {
    writer->Write(Header());
    writer->Write(Chunk(3, {"a", "b"}));
    writer->Write(Chunk(255, {"c"}));
    return grpc::Status::OK;
  };
  const auto dataset = Read();
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(ingestion_.last_request.parent(), "tenants/acme");
  EXPECT_THAT(ingestion_.last_request.spec().features(), ElementsAre("recency_days"));
  EXPECT_EQ(dataset->rows(), 3);
  EXPECT_THAT(dataset->shards[3].customer_ids, ElementsAre("a", "b"));
  EXPECT_THAT(rows_, ElementsAre(2, 3));
  EXPECT_EQ(share_, 1);
}

TEST_F(PeerClientsTest, BeginsAgainWhereADatasetBreaksOff) {
  ingestion_.answer = [](int call, FakeIngestion::Writer* writer) {
    writer->Write(Header());
    writer->Write(Chunk(0, {"a"}));
    if (call == 1) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "restarting");
    writer->Write(Chunk(1, {"b"}));
    return grpc::Status::OK;
  };
  const auto dataset = Read();
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->rows(), 2);
  EXPECT_EQ(ingestion_.calls, 2);
}

TEST_F(PeerClientsTest, SaysThatIngestionIsAway) {
  server_->Shutdown();
  const auto dataset = Read();
  EXPECT_EQ(dataset.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(dataset.status()), "INGESTION_UNAVAILABLE");
}

TEST_F(PeerClientsTest, PassesOnWhatIngestionRefuses) {
  ingestion_.answer = [](int, FakeIngestion::Writer*) {
    return rpc::ToGrpc(
        Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature, "no feature recency_days"));
  };
  const auto dataset = Read();
  EXPECT_EQ(dataset.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(dataset.status()), "UNKNOWN_FEATURE");
  EXPECT_EQ(ingestion_.calls, 1);
}

TEST_F(PeerClientsTest, RefusesAStreamThatIsNoDataset) {
  ingestion_.answer = [](int call, FakeIngestion::Writer* writer) {
    if (call == 1) writer->Write(Chunk(0, {"a"}));  // No header.
    if (call == 3) {
      writer->Write(Header());
      ReadDatasetResponse chunk = Chunk(0, {"a"});
      chunk.mutable_chunk()->add_numbers(2);  // One too many.
      writer->Write(chunk);
    }
    return grpc::Status::OK;
  };
  EXPECT_FALSE(Read().ok());
  EXPECT_FALSE(Read().ok());  // Nothing at all.
  EXPECT_FALSE(Read().ok());
}

TEST_F(PeerClientsTest, TakesThePurchaseSeriesThatItAskedFor) {
  ingestion_.answer = [](int call, FakeIngestion::Writer* writer) {
    writer->Write(Header());
    writer->Write(Chunk(0, {"a"}));
    if (call == 2) return grpc::Status::OK;  // Without it.
    ReadDatasetResponse last;
    last.mutable_purchase_series()->set_bin_days(7);
    last.mutable_purchase_series()->set_start_day("2024-05-17");
    last.mutable_purchase_series()->add_first_purchases(1);
    last.mutable_purchase_series()->add_repeat_purchases(0);
    last.mutable_purchase_series()->add_spend(2.5);
    writer->Write(last);
    return grpc::Status::OK;
  };
  const auto dataset = Read(StopToken(), 7);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  ASSERT_TRUE(dataset->purchase_series.has_value());
  EXPECT_THAT(dataset->purchase_series->spend(), ElementsAre(2.5));
  EXPECT_EQ(ingestion_.last_request.spec().purchase_series_days(), 7);
  EXPECT_THAT(Read(StopToken(), 7).status().message(), HasSubstr("without its purchase series"));
}

TEST_F(PeerClientsTest, StopsReadingWhenItIsTold) {
  const auto flag = std::make_shared<std::atomic<bool>>(false);
  ingestion_.answer = [&](int, FakeIngestion::Writer* writer) {
    writer->Write(Header());
    flag->store(true);
    while (writer->Write(Chunk(0, {}))) {
    }
    return grpc::Status::OK;
  };
  EXPECT_EQ(Read(StopToken(absl::InfiniteFuture(), flag)).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(PeerClientsTest, PublishesInChunks) {
  const std::string artifact(2'500'000, 'x');
  PublishModelVersionRequest::Header header;
  header.set_parent("tenants/acme/models/churn");
  header.set_sha256(Sha256Hex(artifact));
  header.set_request_id("r");
  header.add_aliases("champion");
  const auto version = ModelClient(channel_, absl::Seconds(20)).Publish(header, artifact, StopToken());
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_EQ(version->name(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(inference_.headers[0].SerializeAsString(), header.SerializeAsString());
  EXPECT_LE(inference_.largest_chunk, size_t{1} << 20);
}

TEST_F(PeerClientsTest, PublishesAgainUnderTheSameRequestId) {
  inference_.failures = 1;
  PublishModelVersionRequest::Header header;
  header.set_sha256(Sha256Hex("bytes"));
  header.set_request_id("once");
  ASSERT_TRUE(ModelClient(channel_, absl::Seconds(20)).Publish(header, "bytes", StopToken()).ok());
  ASSERT_EQ(inference_.headers.size(), 2u);
  EXPECT_EQ(inference_.headers[1].request_id(), "once");
}

TEST_F(PeerClientsTest, TellsWhyAVersionWasRefused) {
  PublishModelVersionRequest::Header header;
  header.set_sha256("another");
  const auto version = ModelClient(channel_, absl::Seconds(20)).Publish(header, "bytes", StopToken());
  EXPECT_EQ(ReasonOf(version.status()), "ARTIFACT_INVALID");
  server_->Shutdown();
  EXPECT_EQ(ReasonOf(ModelClient(channel_, absl::Seconds(20)).Publish(header, "bytes", StopToken()).status()),
            "INFERENCE_UNAVAILABLE");
}

TEST_F(PeerClientsTest, ReadsAnArtifactWholeOrNotAtAll) {
  ModelClient client(channel_, absl::Seconds(20));
  inference_.artifact = std::string(4'500, 'a') + "end";
  inference_.failures = 1;
  const auto bytes = client.Artifact("tenants/acme/models/churn/versions/1", StopToken());
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, inference_.artifact);
  inference_.lost_bytes = 1;
  EXPECT_EQ(client.Artifact("tenants/acme/models/churn/versions/1", StopToken()).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(PeerClientsTest, AModelMayHaveNoChampion) {
  ModelClient client(channel_, absl::Seconds(20));
  const auto none = client.Champion(Tenant(), "churn", StopToken());
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_FALSE(none->has_value());
  inference_.champion.emplace().mutable_evaluation()->set_train_rows(7);
  const auto champion = client.Champion(Tenant(), "churn", StopToken());
  ASSERT_TRUE(champion.ok() && champion->has_value());
  EXPECT_EQ((*champion)->evaluation().train_rows(), 7);
}

TEST(PeerOptionsTest, CarriesEveryOptionToTheWorker) {
  const rpc::ChannelOptions options{.name = "ingestion",
                                    .address = "host:1",
                                    .tls = true,
                                    .tls_ca_file = "ca",
                                    .tls_certificate_file = "certificate",
                                    .tls_key_file = "key",
                                    .tls_server_name = "server",
                                    .token_file = "token",
                                    .max_receive_message_bytes = 1,
                                    .max_send_message_bytes = 2};
  const rpc::ChannelOptions back = FromPeer(ToPeer(options));
  EXPECT_EQ(back.name, options.name);
  EXPECT_EQ(back.address, options.address);
  EXPECT_EQ(back.tls, options.tls);
  EXPECT_EQ(back.tls_ca_file, options.tls_ca_file);
  EXPECT_EQ(back.tls_certificate_file, options.tls_certificate_file);
  EXPECT_EQ(back.tls_key_file, options.tls_key_file);
  EXPECT_EQ(back.tls_server_name, options.tls_server_name);
  EXPECT_EQ(back.token_file, options.token_file);
  EXPECT_EQ(back.max_receive_message_bytes, options.max_receive_message_bytes);
  EXPECT_EQ(back.max_send_message_bytes, options.max_send_message_bytes);
}

}  // namespace
}  // namespace clientele::training
