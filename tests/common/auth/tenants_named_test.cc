#include "common/auth/tenants_named.h"

#include <gmock/gmock.h>

#include "clientele/inference/v1/model_service.pb.h"
#include "clientele/inference/v1/scoring_service.pb.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "clientele/ingestion/v1/settings_service.pb.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "inference/open_inference_service.pb.h"

namespace clientele::auth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TenantsNamedTest, AreInTheRequestOrInTheResourceItCarries) {
  inference::v1::ScoreRequest score;
  EXPECT_THAT(TenantsNamed(score), IsEmpty());
  score.set_name("tenants/acme/models/churn");
  EXPECT_THAT(TenantsNamed(score), ElementsAre("acme"));
  ingestion::v1::UpdateSettingsRequest settings;
  settings.mutable_settings()->set_name("tenants/acme/settings");
  EXPECT_THAT(TenantsNamed(settings), ElementsAre("acme"));
  inference::v1::PublishModelVersionRequest publish;
  publish.mutable_header()->set_parent("tenants/acme/models/churn");
  EXPECT_THAT(TenantsNamed(publish), ElementsAre("acme"));
  publish.set_chunk("tenants/other");
  EXPECT_THAT(TenantsNamed(publish), IsEmpty());
}

TEST(TenantsNamedTest, TwoTenantsAreBothTold) {
  inference::v1::SetModelAliasRequest request;
  request.set_name("tenants/acme/models/churn/aliases/champion");
  request.set_version("tenants/other/models/churn/versions/1");
  EXPECT_THAT(TenantsNamed(request), ElementsAre("acme", "other"));
}

TEST(ResourcesNamedTest, AreTheNamesAsTheyStand) {
  inference::v1::SetModelAliasRequest request;
  request.set_name("tenants/acme/models/churn/aliases/champion");
  request.set_version("tenants/acme/models/churn/versions/1");
  EXPECT_THAT(ResourcesNamed(request),
              ElementsAre("tenants/acme/models/churn/aliases/champion", "tenants/acme/models/churn/versions/1"));
  EXPECT_EQ(TenantOf(request.name()), "acme");
  EXPECT_EQ(TenantOf("models/churn"), "");
  EXPECT_THAT(ResourcesNamed(ingestion::v1::UpdateSettingsRequest()), IsEmpty());
}

TEST(TenantsNamedTest, AreReadFromBytesThatAreNotParsed) {
  ingestion::v1::IngestRecordsRequest request;
  request.set_parent("tenants/acme");
  request.set_sequence(7);
  request.add_records()->mutable_feedback()->set_text("tenants/other");
  std::string bytes = request.SerializeAsString();
  const auto named = [](const std::string& wire, int block_size = 5) {
    google::protobuf::io::ArrayInputStream stream(wire.data(), static_cast<int>(wire.size()), block_size);
    return TenantsNamed(stream);
  };
  for (int block_size = 1; block_size < 20; ++block_size) {
    EXPECT_THAT(named(bytes, block_size), ElementsAre("acme")) << "what records hold is data";
  }
  // The parent twice: a parser would take the last.
  ingestion::v1::IngestRecordsRequest second;
  second.set_parent("tenants/other");
  EXPECT_THAT(named(bytes + second.SerializeAsString()), ElementsAre("acme", "other"));
  EXPECT_THAT(named(""), IsEmpty());
  EXPECT_THAT(named("\x0a\x7f tenants/acme"), IsEmpty()) << "cut short";
  EXPECT_THAT(named("\xff\xff\xff"), IsEmpty());
}

TEST(TenantsNamedTest, InTheOpenProtocolItStandsBeforeTheSlash) {
  ::inference::ModelInferRequest request;
  request.set_model_name("acme/churn");
  EXPECT_THAT(TenantsNamed(request), ElementsAre("acme"));
  ::inference::ModelReadyRequest ready;
  ready.set_name("acme/churn@challenger");
  EXPECT_THAT(TenantsNamed(ready), ElementsAre("acme"));
}

}  // namespace
}  // namespace clientele::auth
