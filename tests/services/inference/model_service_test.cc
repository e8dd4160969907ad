#include "services/inference/model_service.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <thread>

#include "common/base/error.h"
#include "common/model/onnx/export.h"
#include "tests/services/inference/service_fixture.h"

namespace clientele::inference {
namespace {

namespace fs = std::filesystem;
using Stub = v1::ModelService::Stub;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::ChurnModel;
using testutil::Serialize;
using testutil::StatusIs;

constexpr char kChampion[] = "tenants/acme/models/churn/aliases/champion";

class ModelServiceTest : public ServiceFixture {
 protected:
  int CountFiles() {
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory_.path() + "/artifacts")) {
      files += entry.is_regular_file();
    }
    return files;
  }
  absl::StatusOr<v1::ModelAlias> SetAlias(int version, const std::string& etag = "") {
    v1::SetModelAliasRequest request;
    request.set_name(kChampion);
    request.set_version(absl::StrCat("tenants/acme/models/churn/versions/", version));
    request.set_etag(etag);
    return Call(*models_, &Stub::SetModelAlias, request);
  }
  absl::StatusOr<v1::ModelAlias> Rollback(const std::string& etag = "") {
    v1::RollbackModelAliasRequest request;
    request.set_name(kChampion);
    request.set_etag(etag);
    return Call(*models_, &Stub::RollbackModelAlias, request);
  }
  absl::StatusOr<v1::ModelVersion> GetVersion(const std::string& name) {
    v1::GetModelVersionRequest request;
    request.set_name(name);
    return Call(*models_, &Stub::GetModelVersion, request);
  }
};

TEST_F(ModelServiceTest, PublishesAndTellsWhatItHas) {
  ASSERT_OK_AND_ASSIGN(const auto published, Publish("churn", ChurnModel()));
  EXPECT_EQ(published.name(), "tenants/acme/models/churn/versions/1");
  for (const char* name : {"tenants/acme/models/churn", "tenants/acme/models/churn/versions/1", kChampion}) {
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
  for (const char* name : {"tenants/acme/models/churn", "tenants/acme/models/churn/versions/1", kChampion}) {
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
  request.set_name(kChampion);
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
  request.set_name(kChampion);
  EXPECT_THAT(Call(*models_, &Stub::GetModelCard, request), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK(Publish("churn", ChurnModel()));
  for (const char* name : {kChampion, "tenants/acme/models/churn", "tenants/acme/models/churn/versions/1"}) {
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
  EXPECT_EQ(fails(kChampion).code(), absl::StatusCode::kNotFound);
  ASSERT_OK(Publish("churn", ChurnModel()));
  EXPECT_EQ(FieldOf(fails(kChampion, 99)), "format");
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path() + "/artifacts")) {
    if (entry.is_regular_file()) fs::resize_file(entry.path(), fs::file_size(entry.path()) - 1);
  }
  EXPECT_EQ(fails(kChampion).code(), absl::StatusCode::kDataLoss);
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

TEST_F(ModelServiceTest, AliasesMoveWithTheirEtagAndRollBack) {
  for (const double intercept : {-1, -2, -3}) ASSERT_OK(Publish("churn", ChurnModel(intercept)));
  ASSERT_OK_AND_ASSIGN(const auto first, Rollback());
  EXPECT_EQ(first.version(), "tenants/acme/models/churn/versions/2");
  EXPECT_EQ(first.previous_version(), "tenants/acme/models/churn/versions/1");
  EXPECT_EQ(first.revision(), 4);
  const auto stale = SetAlias(3, "0123456789abcdef");
  EXPECT_THAT(stale, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(stale.status()), "ETAG_MISMATCH");
  ASSERT_OK_AND_ASSIGN(const auto set, SetAlias(3, first.etag()));
  EXPECT_EQ(set.version(), "tenants/acme/models/churn/versions/3");
  EXPECT_NE(set.etag(), first.etag());
  EXPECT_THAT(Rollback(first.etag()), StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK(Rollback(set.etag()));
  ASSERT_OK(Rollback());
  const auto nowhere = Rollback();
  EXPECT_THAT(nowhere, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(nowhere.status()), "NO_PREVIOUS_VERSION");
  ASSERT_OK_AND_ASSIGN(const auto version, GetVersion("tenants/acme/models/churn"));
  EXPECT_EQ(version.name(), "tenants/acme/models/churn/versions/1");

  v1::SetModelAliasRequest request;
  request.set_name(kChampion);
  request.set_version("tenants/acme/models/value/versions/1");
  EXPECT_EQ(FieldOf(Call(*models_, &Stub::SetModelAlias, request).status()), "version");
  EXPECT_THAT(SetAlias(9), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ModelServiceTest, TellsWhoMovedAnAliasWhenAndWhy) {
  for (const double intercept : {-1, -2}) ASSERT_OK(Publish("churn", ChurnModel(intercept)));
  v1::RollbackModelAliasRequest back;
  back.set_name(kChampion);
  back.set_reason("calls went up");
  ASSERT_OK(Call(*models_, &Stub::RollbackModelAlias, back));
  back.set_revision(2);
  back.set_reason("they did not");
  ASSERT_OK(Call(*models_, &Stub::RollbackModelAlias, back));

  v1::ListModelAliasChangesRequest request;
  request.set_parent(kChampion);
  request.set_page_size(3);
  std::vector<std::string> changes;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(*models_, &Stub::ListModelAliasChanges, request));
    for (const auto& change : page.model_alias_changes()) {
      changes.push_back(absl::StrCat(change.revision(), " ", v1::ModelAliasChange::Kind_Name(change.kind()), " to ",
                                     change.to_version().substr(35), ": ", change.reason()));
      EXPECT_FALSE(change.actor().empty());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(changes, ::testing::ElementsAre("4 KIND_RESTORE to 2: they did not", "3 KIND_ROLLBACK to 1: calls went up",
                                              "2 KIND_SET to 2: ", "1 KIND_SET to 1: "));

  v1::GetModelAliasRequest get;
  get.set_name(kChampion);
  ASSERT_OK_AND_ASSIGN(const auto alias, Call(*models_, &Stub::GetModelAlias, get));
  EXPECT_EQ(alias.revision(), 4);
  get.mutable_as_of()->set_seconds(0);
  EXPECT_THAT(Call(*models_, &Stub::GetModelAlias, get), StatusIs(absl::StatusCode::kNotFound));
  back.set_reason(std::string(1025, 'x'));
  EXPECT_EQ(FieldOf(Call(*models_, &Stub::RollbackModelAlias, back).status()), "reason");
  request.set_parent("tenants/acme/models/churn/aliases/nobody");
  EXPECT_THAT(Call(*models_, &Stub::ListModelAliasChanges, request), StatusIs(absl::StatusCode::kNotFound));
}

// What a watcher is told, one line a response.
std::string Line(const v1::WatchModelsResponse& response) {
  if (response.has_model()) return absl::StrCat("model ", response.model().name());
  if (response.caught_up()) return "caught up";
  std::string line = "change";
  if (response.change().has_published_version()) {
    absl::StrAppend(&line, " publishes ", response.change().published_version().name().substr(35));
  }
  for (const auto& move : response.change().alias_changes()) {
    absl::StrAppend(&line, " ", move.alias().substr(34), " to ", move.to_version().substr(35));
  }
  return line;
}

TEST_F(ModelServiceTest, AWatcherIsToldAllThatIsThereAndThenEveryChange) {
  ASSERT_OK(Publish("churn", ChurnModel(-1)));
  grpc::ClientContext context;
  v1::WatchModelsRequest request;
  request.set_parent("tenants/acme");
  const auto stream = models_->WatchModels(&context, request);
  v1::WatchModelsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(Line(response), "model tenants/acme/models/churn");
  EXPECT_TRUE(response.resume_token().empty());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(Line(response), "caught up");
  const std::string token = response.resume_token();
  ASSERT_OK(Publish("churn", ChurnModel(-2)));
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(Line(response), "change publishes 2 champion to 2");
  ASSERT_OK(Rollback());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(Line(response), "change champion to 1");
  context.TryCancel();
  EXPECT_FALSE(stream->Read(&response));

  // Another one, after a restart, from where the first had caught up.
  StopInference();
  StartInference();
  grpc::ClientContext again;
  request.set_resume_token(token);
  const auto resumed = models_->WatchModels(&again, request);
  std::vector<std::string> lines;
  for (int i = 0; i < 2 && resumed->Read(&response); ++i) lines.push_back(Line(response));
  EXPECT_THAT(lines, ::testing::ElementsAre("change publishes 2 champion to 2", "change champion to 1"));
  again.TryCancel();
}

TEST_F(ModelServiceTest, TrafficIsToldSetAndWatched) {
  for (const double intercept : {-1, -2}) ASSERT_OK(Publish("churn", ChurnModel(intercept)));
  v1::GetModelTrafficRequest get;
  get.set_name("tenants/acme/models/churn/traffic");
  ASSERT_OK_AND_ASSIGN(const auto none, Call(*models_, &Stub::GetModelTraffic, get));
  EXPECT_EQ(none.arms_size(), 0);
  v1::UpdateModelTrafficRequest update;
  *update.mutable_model_traffic() = none;
  update.mutable_model_traffic()->set_reason("a canary of 5 %");
  auto& arm = *update.mutable_model_traffic()->add_arms();
  arm.set_arm("canary");
  arm.set_target("tenants/acme/models/churn/versions/1");
  arm.set_weight(5);
  ASSERT_OK_AND_ASSIGN(const auto set, Call(*models_, &Stub::UpdateModelTraffic, update));
  EXPECT_EQ(set.revision(), 1);
  EXPECT_EQ(set.reason(), "a canary of 5 %");
  EXPECT_FALSE(set.actor().empty());
  EXPECT_THAT(Call(*models_, &Stub::UpdateModelTraffic, update), StatusIs(absl::StatusCode::kAborted));
  StopInference();
  StartInference();
  ASSERT_OK_AND_ASSIGN(const auto kept, Call(*models_, &Stub::GetModelTraffic, get));
  EXPECT_EQ(kept.SerializeAsString(), set.SerializeAsString());
  get.set_name("tenants/acme/models/churn");
  EXPECT_EQ(FieldOf(Call(*models_, &Stub::GetModelTraffic, get).status()), "name");
}

TEST_F(ModelServiceTest, AModelIsUpdatedAndAVersionDeleted) {
  for (const double intercept : {-1, -2}) ASSERT_OK(Publish("churn", ChurnModel(intercept)));
  v1::UpdateModelRequest update;
  update.mutable_model()->set_name("tenants/acme/models/churn");
  update.mutable_model()->mutable_version_policy()->set_latest(1);
  ASSERT_OK_AND_ASSIGN(const v1::Model updated, Call(*models_, &v1::ModelService::Stub::UpdateModel, update));
  EXPECT_EQ(updated.version_policy().latest(), 1);
  update.mutable_model()->set_etag("0123456789abcdef");
  EXPECT_THAT(Call(*models_, &v1::ModelService::Stub::UpdateModel, update), StatusIs(absl::StatusCode::kAborted));

  v1::DeleteModelVersionRequest remove;
  remove.set_name("tenants/acme/models/churn/versions/2");
  const auto refused = Call(*models_, &v1::ModelService::Stub::DeleteModelVersion, remove);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused.status()), "VERSION_IN_USE");
  remove.set_name("tenants/acme/models/churn/versions/1");
  remove.set_reason(std::string(1025, 'x'));
  EXPECT_THAT(Call(*models_, &v1::ModelService::Stub::DeleteModelVersion, remove),
              StatusIs(absl::StatusCode::kInvalidArgument));
  remove.set_reason("old");
  ASSERT_OK_AND_ASSIGN(const v1::ModelVersion deleted, Call(*models_, &v1::ModelService::Stub::DeleteModelVersion, remove));
  EXPECT_EQ(deleted.state(), v1::ModelVersion::STATE_DELETED);
  EXPECT_THAT(metrics_->Text(), HasSubstr("clientele_inference_model_versions{state=\"deleted\"} 1"));
  EXPECT_THAT(metrics_->Text(), HasSubstr("clientele_inference_model_versions{state=\"available\"} 1"));
}

TEST_F(ModelServiceTest, AWatchersTokenIsOfItsTenant) {
  grpc::ClientContext context;
  v1::WatchModelsRequest request;
  request.set_parent("tenants/acme");
  request.set_resume_token("nonsense");
  const auto stream = models_->WatchModels(&context, request);
  v1::WatchModelsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ModelServiceTest, PagesListNewestFirstAndTokensBelongToTheirRequest) {
  for (int i = 1; i <= 5; ++i) ASSERT_OK(Publish("churn", ChurnModel(-i)));
  v1::ListModelVersionsRequest request;
  request.set_parent("tenants/acme/models/churn");
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(*models_, &Stub::ListModelVersions, request));
    for (const auto& version : page.model_versions()) names.push_back(version.name().substr(35));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("5", "4", "3", "2", "1"));

  v1::ListModelsRequest models;
  models.set_parent("tenants/acme");
  models.set_page_size(1);
  ASSERT_OK(Publish("value", testutil::ValueModel()));
  ASSERT_OK_AND_ASSIGN(const auto page, Call(*models_, &Stub::ListModels, models));
  ASSERT_EQ(page.models_size(), 1);
  EXPECT_EQ(page.models(0).name(), "tenants/acme/models/churn");
  request.set_page_token(page.next_page_token());
  const auto foreign = Call(*models_, &Stub::ListModelVersions, request);
  EXPECT_EQ(ReasonOf(foreign.status()), "INVALID_PAGE_TOKEN");
  models.set_page_token(page.next_page_token());
  ASSERT_OK_AND_ASSIGN(const auto rest, Call(*models_, &Stub::ListModels, models));
  ASSERT_EQ(rest.models_size(), 1);
  EXPECT_EQ(rest.models(0).name(), "tenants/acme/models/value");
  EXPECT_TRUE(rest.next_page_token().empty());
}

TEST_F(ModelServiceTest, WhatIsNotThereIsNotFound) {
  for (const char* name : {"tenants/acme/models/none", "tenants/acme/models/none/versions/1"}) {
    const auto found = GetVersion(name);
    EXPECT_THAT(found, StatusIs(absl::StatusCode::kNotFound));
    EXPECT_EQ(ReasonOf(found.status()), "MODEL_NOT_FOUND");
  }
  EXPECT_THAT(SetAlias(1), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(FieldOf(GetVersion("churn").status()), "name");
}

TEST_F(ModelServiceTest, ARestartKeepsEverything) {
  ASSERT_OK(Publish("churn", ChurnModel(-1)));
  ASSERT_OK(Publish("churn", ChurnModel(-2)));
  ASSERT_OK_AND_ASSIGN(const auto before, GetVersion("tenants/acme/models/churn"));
  StopInference();
  StartInference();
  ASSERT_OK_AND_ASSIGN(const auto after, GetVersion("tenants/acme/models/churn"));
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
  ASSERT_OK_AND_ASSIGN(const auto alias, Rollback());
  EXPECT_EQ(alias.version(), "tenants/acme/models/churn/versions/1");
}

}  // namespace
}  // namespace clientele::inference
