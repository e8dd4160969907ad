#include "common/auth/roles.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "clientele/admin/v1/admin_service.pb.h"
#include "clientele/admin/v1/audit_service.pb.h"
#include "clientele/admin/v1/backup_service.pb.h"
#include "clientele/admin/v1/encryption_service.pb.h"
#include "clientele/admin/v1/tenant_service.pb.h"
#include "clientele/inference/v1/current_score_service.pb.h"
#include "clientele/inference/v1/due_version_service.pb.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/monitoring_service.pb.h"
#include "clientele/inference/v1/override_service.pb.h"
#include "clientele/inference/v1/quality_service.pb.h"
#include "clientele/inference/v1/rescore_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/inference/v1/value_service.pb.h"
#include "clientele/ingestion/v1/consent_service.pb.h"
#include "clientele/ingestion/v1/customer_service.pb.h"
#include "clientele/ingestion/v1/feature_service.pb.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "clientele/ingestion/v1/privacy_service.pb.h"
#include "clientele/ingestion/v1/retention_service.pb.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "clientele/training/v1/schedule_service.pb.h"
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

// "package.Service/Method" of every one there is.
std::vector<std::string> AllMethods() {
  std::vector<std::string> methods;
  for (const google::protobuf::FileDescriptor* file : {inference::v1::Model::descriptor()->file(),
                                                       inference::v1::DriftReport::descriptor()->file(),
                                                       inference::v1::Score::descriptor()->file(),
                                                       inference::v1::ValueSettings::descriptor()->file(),
                                                       ingestion::v1::Customer::descriptor()->file(),
                                                       ingestion::v1::Feature::descriptor()->file(),
                                                       ingestion::v1::IngestRecordsRequest::descriptor()->file(),
                                                       ingestion::v1::Settings::descriptor()->file(),
                                                       ingestion::v1::Erasure::descriptor()->file(),
                                                       ingestion::v1::ScoringConsent::descriptor()->file(),
                                                       inference::v1::ScoreOverride::descriptor()->file(),
                                                       inference::v1::CurrentScore::descriptor()->file(),
                                                       inference::v1::RescoreJob::descriptor()->file(),
                                                       ingestion::v1::PreviewRetentionRequest::descriptor()->file(),
                                                       admin::v1::Tenant::descriptor()->file(),
                                                       training::v1::TrainingJob::descriptor()->file(),
                                                       training::v1::RetrainSchedule::descriptor()->file(),
                                                       inference::v1::DueVersion::descriptor()->file(),
                                                       inference::v1::QualityHistory::descriptor()->file(),
                                                       admin::v1::ApiKey::descriptor()->file(),
                                                       admin::v1::AuditEntry::descriptor()->file(),
                                                       admin::v1::Backup::descriptor()->file(),
                                                       admin::v1::Encryption::descriptor()->file(),
                                                       ::inference::ModelInferRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->full_name() + "/" + file->service(s)->method(m)->name());
      }
    }
  }
  return methods;
}

TEST(RolesTest, EveryMethodDeclaresItsRoles) {
  const std::vector<std::string> methods = AllMethods();
  for (const std::string& method : methods) EXPECT_FALSE(AllowedRoles(method).empty()) << method;
  EXPECT_GT(methods.size(), 50);
}

// A method whose name says that it reads changes nothing; every other one is audited, or stands here with why not.
TEST(RolesTest, EveryMethodThatChangesSomethingIsAudited) {
  const std::vector<std::string> reads = {"Get",     "List",   "Watch",      "BatchGet",    "Read",
                                          "Check",   "Score",  "BatchScore", "StreamScore", "Explain",
                                          "Compute", "Server", "Model",      "Preview"};
  const std::set<std::string> exempt = {
      "clientele.ingestion.v1.IngestionService/IngestRecords",      // Records, by the million: each has its source.
      "clientele.ingestion.v1.IngestionService/IngestRecordBatch",  // So has each of these.
      "clientele.ingestion.v1.PrivacyService/ReportErasures",       // Said by a program, of an erasure that is audited.
      "clientele.inference.v1.ModelService/ExportModelVersion",     // Changes nothing, and a model is not personal.
      "clientele.admin.v1.AuditService/ExportAuditEntries",         // Changes nothing, and holds nothing personal.
  };
  std::vector<std::string> services;
  for (const std::string& method : AllMethods()) services.push_back(method.substr(0, method.find('/')));
  const std::set<std::string, std::less<>> audited = AuditedMethods(services);
  for (const std::string& method : AllMethods()) {
    const std::string name = method.substr(method.find('/') + 1);
    const bool is_read =
        std::any_of(reads.begin(), reads.end(), [&](const std::string& verb) { return name.rfind(verb, 0) == 0; });
    EXPECT_TRUE(is_read || audited.contains(method) != exempt.contains(method)) << method;
    EXPECT_FALSE(is_read && exempt.contains(method)) << method << " needs no exemption";
  }
  EXPECT_TRUE(audited.contains("clientele.inference.v1.ModelService/SetModelAlias"));
  EXPECT_TRUE(audited.contains("clientele.ingestion.v1.PrivacyService/ExportCustomerData"));
}

TEST(RolesTest, AreThoseOfTheMethod) {
  EXPECT_EQ(AllowedRoles("clientele.ingestion.v1.IngestionService/IngestRecords"), Of(common::v1::ROLE_INGESTER));
  EXPECT_EQ(AllowedRoles("/clientele.ingestion.v1.SettingsService/UpdateSettings"), Of(common::v1::ROLE_TENANT_ADMIN));
  EXPECT_TRUE(AllowedRoles("/clientele.ingestion.v1.SettingsService/Nothing").empty());
  EXPECT_TRUE(AllowedRoles("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo").empty());
}

}  // namespace
}  // namespace clientele::auth
