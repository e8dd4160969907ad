#include "common/auth/roles.h"

#include <gmock/gmock.h>

#include "clientele/admin/v1/admin_service.pb.h"
#include "clientele/admin/v1/backup_service.pb.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "google/protobuf/descriptor.h"
#include "inference/open_inference_service.pb.h"
#include "tests/testing/status_matchers.h"

namespace clientele::auth {
namespace {

using ::testing::HasSubstr;
using testutil::IsOk;
using testutil::StatusIs;

Roles Of(Role role) {
  Roles roles;
  roles.Add(role);
  return roles;
}

TEST(RolesTest, AreReadAndWrittenByName) {
  const auto roles = ParseRoles({"scorer", "tenant_admin"});
  ASSERT_THAT(roles, IsOk());
  EXPECT_EQ(RoleNames(*roles), (std::vector<std::string>{"scorer", "tenant_admin"}));
  for (const std::string name : {"", "king", "SCORER", "ROLE_SCORER", "unspecified"}) {
    EXPECT_THAT(ParseRoles({name}), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ingester"))) << name;
  }
}

TEST(RolesTest, OneRoleInCommonIsEnoughAndAnAdministratorMayAll) {
  const Roles allowed = ParseRoles({"analyst", "trainer"}).value();
  EXPECT_TRUE(Permits(allowed, Of(common::v1::ROLE_TRAINER)));
  EXPECT_TRUE(Permits(allowed, Of(common::v1::ROLE_TENANT_ADMIN)));
  EXPECT_FALSE(Permits(allowed, Of(common::v1::ROLE_SCORER)));
  EXPECT_FALSE(Permits(allowed, {}));
  EXPECT_FALSE(Permits({}, Roles::All())) << "a method that opens to nobody stays shut";
}

// Every method there is says who may call it.
TEST(RolesTest, EveryMethodDeclaresItsRoles) {
  int methods = 0;
  for (const google::protobuf::FileDescriptor* file :
       {inference::v1::Model::descriptor()->file(), inference::v1::DriftReport::descriptor()->file(),
        inference::v1::Score::descriptor()->file(), inference::v1::ValueSettings::descriptor()->file(),
        ingestion::v1::Customer::descriptor()->file(), ingestion::v1::Feature::descriptor()->file(),
        ingestion::v1::IngestRecordsRequest::descriptor()->file(), ingestion::v1::Settings::descriptor()->file(),
        ingestion::v1::Erasure::descriptor()->file(),
        training::v1::TrainingJob::descriptor()->file(), admin::v1::ApiKey::descriptor()->file(),
        admin::v1::Backup::descriptor()->file(),
        ::inference::ModelInferRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m, ++methods) {
        const std::string method = file->service(s)->full_name() + "/" + file->service(s)->method(m)->name();
        EXPECT_FALSE(AllowedRoles(method).empty()) << method;
      }
    }
  }
  EXPECT_GT(methods, 50);
}

TEST(RolesTest, AreThoseOfTheMethod) {
  EXPECT_EQ(AllowedRoles("clientele.ingestion.v1.IngestionService/IngestRecords"), Of(common::v1::ROLE_INGESTER));
  EXPECT_EQ(AllowedRoles("/clientele.ingestion.v1.SettingsService/UpdateSettings"), Of(common::v1::ROLE_TENANT_ADMIN));
  EXPECT_TRUE(AllowedRoles("/clientele.ingestion.v1.SettingsService/Nothing").empty());
  EXPECT_TRUE(AllowedRoles("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo").empty());
}

}  // namespace
}  // namespace clientele::auth
