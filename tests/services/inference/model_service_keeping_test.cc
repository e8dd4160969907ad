// ModelService: what is kept, listed and deleted.
#include <gmock/gmock.h>

#include "common/base/error.h"
#include "tests/services/inference/model_service_fixture.h"

namespace clientele::inference {
namespace {

using Stub = v1::ModelService::Stub;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::ChurnModel;
using testutil::StatusIs;

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
  ASSERT_OK_AND_ASSIGN(const v1::ModelVersion deleted,
                       Call(*models_, &v1::ModelService::Stub::DeleteModelVersion, remove));
  EXPECT_EQ(deleted.state(), v1::ModelVersion::STATE_DELETED);
  EXPECT_THAT(metrics_->Text(), HasSubstr("clientele_inference_model_versions{state=\"deleted\"} 1"));
  EXPECT_THAT(metrics_->Text(), HasSubstr("clientele_inference_model_versions{state=\"available\"} 1"));
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
