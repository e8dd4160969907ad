// ModelService: versions in and out.
#include <gmock/gmock.h>

#include <filesystem>

#include "common/base/error.h"
#include "common/model/onnx/export.h"
#include "tests/services/inference/model_service_fixture.h"

namespace clientele::inference {
namespace {

namespace fs = std::filesystem;
using Stub = v1::ModelService::Stub;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::ChurnModel;
using testutil::Serialize;
using testutil::StatusIs;

TEST_F(ModelServiceTest, PublishesAndTellsWhatItHas) {
  ASSERT_OK_AND_ASSIGN(const auto published, Publish("churn", ChurnModel()));
  EXPECT_EQ(published.name(), "tenants/acme/models/churn/versions/1");
  for (const char* name : {"tenants/acme/models/churn", "tenants/acme/models/churn/versions/1", kChampionName}) {
    ASSERT_OK_AND_ASSIGN(const auto found, GetVersion(name));
    EXPECT_EQ(found.SerializeAsString(), published.SerializeAsString()) << name;
  }
  v1::GetModelRequest request;
  request.set_name("tenants/acme/models/churn");
  ASSERT_OK_AND_ASSIGN(const auto model, Call(*models_, &Stub::GetModel, request));
  EXPECT_EQ(model.display_name(), "A model");
  EXPECT_EQ(model.algorithm(), v1::ALGORITHM_LOGISTIC_REGRESSION);
  EXPECT_EQ(model.version_count(), 1);
  ASSERT_EQ(model.aliases_size(), 1);
  EXPECT_EQ(model.aliases(0).version(), published.name());
  EXPECT_EQ(model.aliases(0).revision(), 1);
  EXPECT_THAT(metrics_->Text(), HasSubstr("clientele_inference_model_versions{state=\"available\"} 1"));
}

TEST_F(ModelServiceTest, ALargeArtifactComesInPieces) {
  auto artifact = ChurnModel();
  artifact.mutable_spec()->set_display_name(std::string(5 << 20, 'x'));
  const std::string bytes = Serialize(artifact);
  ASSERT_OK_AND_ASSIGN(const auto version, Publish(HeaderFor("churn", bytes), bytes, 1 << 20));
  EXPECT_EQ(version.size_bytes(), static_cast<int64_t>(bytes.size()));
  const auto too_large = Publish(HeaderFor("churn", bytes), bytes, (1 << 20) + 1);
  EXPECT_EQ(FieldOf(too_large.status()), "chunk");
}

TEST_F(ModelServiceTest, ExportsTheBytesThatWerePublished) {
  model::v1::ModelArtifact artifact = ChurnModel();
  artifact.mutable_spec()->set_display_name(std::string(3 << 20, 'x'));  // Larger than a chunk, smaller than a message.
  const std::string bytes = Serialize(artifact);
  ASSERT_OK(Publish(HeaderFor("churn", bytes), bytes, 1 << 20));
  for (const char* name : {"tenants/acme/models/churn", "tenants/acme/models/churn/versions/1", kChampionName}) {
    v1::ExportModelVersionRequest request;
    request.set_name(name);
    const auto context = Context();
    const auto reader = models_->ExportModelVersion(context.get(), request);
    v1::ExportModelVersionResponse message;
    ASSERT_TRUE(reader->Read(&message));
    EXPECT_EQ(message.header().name(), "tenants/acme/models/churn/versions/1");
    EXPECT_EQ(message.header().sha256(), Sha256Hex(bytes));
    EXPECT_EQ(message.header().size_bytes(), static_cast<int64_t>(bytes.size()));
    std::string exported;
    while (reader->Read(&message)) {
      EXPECT_LE(message.chunk().size(), size_t{1} << 20);
      exported += message.chunk();
    }
    EXPECT_TRUE(reader->Finish().ok());
    EXPECT_TRUE(exported == bytes);
  }
}

TEST_F(ModelServiceTest, ExportsAVersionAsOnnx) {
  ASSERT_OK(Publish("churn", ChurnModel()));
  v1::ExportModelVersionRequest request;
  request.set_name(kChampionName);
  request.set_format(v1::ExportModelVersionRequest::FORMAT_ONNX);
  const auto context = Context();
  const auto reader = models_->ExportModelVersion(context.get(), request);
  v1::ExportModelVersionResponse message;
  ASSERT_TRUE(reader->Read(&message));
  const auto header = message.header();
  std::string exported;
  while (reader->Read(&message)) exported += message.chunk();
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(header.name(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(header.size_bytes(), static_cast<int64_t>(exported.size()));
  EXPECT_EQ(header.sha256(), Sha256Hex(exported));
  ASSERT_OK_AND_ASSIGN(const auto predictor, model::Predictor::Create(ChurnModel()));
  ASSERT_OK_AND_ASSIGN(const std::string expected, model::ExportOnnx(*predictor));
  EXPECT_TRUE(exported == expected);
}

TEST_F(ModelServiceTest, AVersionHasACard) {
  v1::GetModelCardRequest request;
  request.set_name(kChampionName);
  EXPECT_THAT(Call(*models_, &Stub::GetModelCard, request), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK(Publish("churn", ChurnModel()));
  for (const char* name : {kChampionName, "tenants/acme/models/churn", "tenants/acme/models/churn/versions/1"}) {
    request.set_name(name);
    ASSERT_OK_AND_ASSIGN(const auto card, Call(*models_, &Stub::GetModelCard, request));
    EXPECT_EQ(card.model_version(), "tenants/acme/models/churn/versions/1");
    EXPECT_THAT(card.aliases(), ElementsAre("champion"));
    EXPECT_EQ(card.metrics(0).metric(), "auc");
    EXPECT_EQ(card.features_size(), 3);
    EXPECT_GT(card.limits_size(), 0);  // It says of no row that it has learnt from.
  }
}

TEST_F(ModelServiceTest, AnExportOfWhatIsNotThereOrDamagedSaysSo) {
  const auto fails = [&](const std::string& name, int format = 0) {
    v1::ExportModelVersionRequest request;
    request.set_name(name);
    request.set_format(static_cast<v1::ExportModelVersionRequest::Format>(format));
    const auto context = Context();
    const auto reader = models_->ExportModelVersion(context.get(), request);
    v1::ExportModelVersionResponse message;
    while (reader->Read(&message)) {
    }
    return rpc::FromGrpc(reader->Finish());
  };
  EXPECT_EQ(fails("tenants/acme").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(fails(kChampionName).code(), absl::StatusCode::kNotFound);
  ASSERT_OK(Publish("churn", ChurnModel()));
  EXPECT_EQ(FieldOf(fails(kChampionName, 99)), "format");
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path() + "/artifacts")) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), fs::file_size(entry.path()) - 1);
  }
  EXPECT_EQ(fails(kChampionName).code(), absl::StatusCode::kDataLoss);
}

TEST_F(ModelServiceTest, BadHeadersNameTheirField) {
  const std::string bytes = Serialize(ChurnModel());
  const auto field_of = [&](auto change) {
    v1::PublishModelVersionRequest header = HeaderFor("churn", bytes);
    change(*header.mutable_header());
    const auto refused = Publish(header, bytes);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    return FieldOf(refused.status());
  };
  using Header = v1::PublishModelVersionRequest::Header;
  EXPECT_EQ(field_of([](Header& header) { header.set_parent("tenants/acme"); }), "header.parent");
  EXPECT_EQ(field_of([](Header& header) { header.set_parent("tenants/acme/models/Churn"); }), "header.parent");
  EXPECT_EQ(field_of([](Header& header) { header.set_sha256("abc"); }), "header.sha256");
  EXPECT_EQ(field_of([](Header& header) { header.set_size_bytes((int64_t{1} << 30) + 1); }), "header.size_bytes");
  EXPECT_EQ(field_of([](Header& header) { header.add_aliases("Champion"); }), "header.aliases[1]");
  EXPECT_EQ(field_of([](Header& header) { header.set_training_job("tenants/bolt/trainingJobs/j"); }),
            "header.training_job");
  v1::PublishModelVersionRequest chunk;
  chunk.set_chunk("bytes");
  EXPECT_EQ(FieldOf(Publish(chunk, "").status()), "header");
  EXPECT_EQ(CountFiles(), 0);
}

TEST_F(ModelServiceTest, ABadDigestCarriesItsReason) {
  const std::string bytes = Serialize(ChurnModel());
  v1::PublishModelVersionRequest header = HeaderFor("churn", bytes);
  header.mutable_header()->set_sha256(std::string(64, 'a'));
  const auto refused = Publish(header, bytes);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(Sha256Hex(bytes))));
  EXPECT_EQ(ReasonOf(refused.status()), "ARTIFACT_INVALID");
}

TEST_F(ModelServiceTest, ABrokenStreamLeavesNothing) {
  const std::string bytes = Serialize(ChurnModel());
  v1::ModelVersion version;
  auto context = Context();
  auto writer = models_->PublishModelVersion(context.get(), &version);
  ASSERT_TRUE(writer->Write(HeaderFor("churn", bytes)));
  v1::PublishModelVersionRequest chunk;
  chunk.set_chunk(bytes.substr(0, 100));
  ASSERT_TRUE(writer->Write(chunk));
  while (CountFiles() == 0) std::this_thread::yield();  // The server has begun.
  context->TryCancel();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_->Shutdown();  // Waits for the handler.
  executor_->Stop();
  EXPECT_EQ(CountFiles(), 0);
  EXPECT_TRUE(registry_->Get()->tenants.empty());
}

}  // namespace
}  // namespace clientele::inference
