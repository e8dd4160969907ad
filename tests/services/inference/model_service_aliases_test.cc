// ModelService: aliases, traffic, and who watches them.
#include <gmock/gmock.h>

#include "common/base/error.h"
#include "tests/services/inference/model_service_fixture.h"

namespace clientele::inference {
namespace {

using Stub = v1::ModelService::Stub;
using ::testing::ElementsAre;
using testutil::ChurnModel;
using testutil::StatusIs;

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
  request.set_name(kChampionName);
  request.set_version("tenants/acme/models/value/versions/1");
  EXPECT_EQ(FieldOf(Call(*models_, &Stub::SetModelAlias, request).status()), "version");
  EXPECT_THAT(SetAlias(9), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ModelServiceTest, TellsWhoMovedAnAliasWhenAndWhy) {
  for (const double intercept : {-1, -2}) ASSERT_OK(Publish("churn", ChurnModel(intercept)));
  v1::RollbackModelAliasRequest back;
  back.set_name(kChampionName);
  back.set_reason("calls went up");
  ASSERT_OK(Call(*models_, &Stub::RollbackModelAlias, back));
  back.set_revision(2);
  back.set_reason("they did not");
  ASSERT_OK(Call(*models_, &Stub::RollbackModelAlias, back));

  v1::ListModelAliasChangesRequest request;
  request.set_parent(kChampionName);
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
  EXPECT_THAT(changes,
              ::testing::ElementsAre("4 KIND_RESTORE to 2: they did not", "3 KIND_ROLLBACK to 1: calls went up",
                                     "2 KIND_SET to 2: ", "1 KIND_SET to 1: "));

  v1::GetModelAliasRequest get;
  get.set_name(kChampionName);
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

}  // namespace
}  // namespace clientele::inference
