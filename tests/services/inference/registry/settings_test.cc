#include "services/inference/registry/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using testutil::StatusIs;

const ModelName kChurn{*TenantId::Parse("acme"), "churn"};
const absl::Time kNow = absl::FromUnixSeconds(1000);

Model WithVersions(int64_t count, int64_t deleted = 0) {
  Model model;
  model.last_version = count;
  for (int64_t number = 1; number <= count; ++number) {
    if (number == deleted) continue;
    auto version = std::make_shared<Version>();
    version->number = number;
    version->metadata.set_state(v1::ModelVersion::STATE_AVAILABLE);
    model.versions[number] = std::move(version);
  }
  return model;
}

std::string NameOf(int64_t version) { return FormatVersion(kChurn.tenant, kChurn.model, version); }

TEST(PlanSettingsTest, ChangesWhatTheMaskNamesAlone) {
  Model model = WithVersions(5);
  v1::UpdateModelRequest request;
  request.mutable_model()->set_display_name("Who leaves");
  request.mutable_model()->mutable_version_policy()->set_latest(2);
  request.mutable_update_mask()->add_paths("display_name");
  ASSERT_OK_AND_ASSIGN(const ModelSettings named, PlanSettings(model, kChurn, request, kNow));
  EXPECT_EQ(named.display_name, "Who leaves");
  EXPECT_EQ(named.revision, 1);
  model.settings = std::make_shared<const ModelSettings>(named);
  EXPECT_THAT(VersionsOfPolicy(model), ElementsAre(3, 4, 5)) << "the latest three, as nobody said otherwise";

  request.clear_update_mask();
  request.mutable_model()->clear_display_name();
  ASSERT_OK_AND_ASSIGN(const ModelSettings both, PlanSettings(model, kChurn, request, kNow));
  EXPECT_EQ(both.display_name, "Who leaves");
  EXPECT_EQ(both.revision, 2);
  model.settings = std::make_shared<const ModelSettings>(both);
  EXPECT_THAT(VersionsOfPolicy(model), ElementsAre(4, 5));
}

TEST(PlanSettingsTest, APurposeIsSetWithoutTrainingAnewAndElseIsThatOfTheNewestVersion) {
  Model model = WithVersions(2);
  EXPECT_EQ(PurposeOf(model), "");
  auto newest = std::make_shared<Version>(*model.versions[2]);
  newest->metadata.mutable_spec()->mutable_dataset()->set_purpose("retention");
  model.versions[2] = newest;
  EXPECT_EQ(PurposeOf(model), "retention");
  v1::UpdateModelRequest request;
  request.mutable_model()->set_purpose("marketing");
  ASSERT_OK_AND_ASSIGN(const ModelSettings set, PlanSettings(model, kChurn, request, kNow));
  ASSERT_OK_AND_ASSIGN(const ModelSettings kept, Decode(Encode(set)));
  model.settings = std::make_shared<const ModelSettings>(kept);
  EXPECT_EQ(PurposeOf(model), "marketing");
  EXPECT_EQ(DescribeModel(kChurn.tenant, "churn", model).purpose(), "marketing");
  request.mutable_model()->clear_purpose();
  request.mutable_update_mask()->add_paths("purpose");
  ASSERT_OK_AND_ASSIGN(const ModelSettings cleared, PlanSettings(model, kChurn, request, kNow));
  EXPECT_EQ(cleared.purpose, "");
  request.mutable_model()->set_purpose("Not a purpose");
  const auto refused = PlanSettings(model, kChurn, request, kNow);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(FieldOf(refused.status()), "model.purpose");
}

TEST(PlanSettingsTest, ANameThatIsMaskedAndEmptyIsTakenBack) {
  Model model = WithVersions(1);
  model.settings = std::make_shared<const ModelSettings>(ModelSettings{1, "Old", {}, kNow});
  v1::UpdateModelRequest request;
  request.mutable_update_mask()->add_paths("display_name");
  request.mutable_update_mask()->add_paths("version_policy");
  ASSERT_OK_AND_ASSIGN(const ModelSettings settings, PlanSettings(model, kChurn, request, kNow));
  EXPECT_EQ(settings.display_name, "");
  model.settings = std::make_shared<const ModelSettings>(settings);
  EXPECT_EQ(PolicyOf(model).latest(), 3);
}

TEST(PlanSettingsTest, APolicySaysAllOrWhich) {
  Model model = WithVersions(4, /*deleted=*/2);
  v1::UpdateModelRequest request;
  request.mutable_model()->mutable_version_policy()->set_all(true);
  const auto set = [&] {
    const auto settings = PlanSettings(model, kChurn, request, kNow);
    EXPECT_OK(settings);
    if (settings.ok()) model.settings = std::make_shared<const ModelSettings>(*settings);
  };
  set();
  EXPECT_THAT(VersionsOfPolicy(model), ElementsAre(1, 3, 4));
  auto& specific = *request.mutable_model()->mutable_version_policy()->mutable_specific();
  specific.add_versions(NameOf(1));
  specific.add_versions(NameOf(3));
  set();
  EXPECT_THAT(VersionsOfPolicy(model), ElementsAre(1, 3));
}

TEST(PlanSettingsTest, NamesTheFieldThatIsWrong) {
  const Model model = WithVersions(2, /*deleted=*/2);
  const auto refused = [&](const v1::UpdateModelRequest& request) {
    const absl::Status status = PlanSettings(model, kChurn, request, kNow).status();
    return absl::StrCat(absl::StatusCodeToString(status.code()), " ",
                        status.message().substr(0, status.message().find(':')));
  };
  v1::UpdateModelRequest request;
  auto& policy = *request.mutable_model()->mutable_version_policy();
  for (const int latest : {0, -1, 1001}) {
    policy.set_latest(latest);
    EXPECT_EQ(refused(request), "INVALID_ARGUMENT model.version_policy.latest") << latest;
  }
  policy.set_all(false);
  EXPECT_EQ(refused(request), "INVALID_ARGUMENT model.version_policy.all");
  policy.mutable_specific()->add_versions("tenants/bolt/models/churn/versions/1");
  EXPECT_EQ(refused(request), "INVALID_ARGUMENT model.version_policy.specific.versions[0]");
  for (const int64_t absent : {2, 3}) {
    policy.mutable_specific()->set_versions(0, NameOf(absent));
    EXPECT_EQ(refused(request), "NOT_FOUND model.version_policy.specific.versions[0]") << absent;
  }
  request.mutable_update_mask()->add_paths("algorithm");
  EXPECT_EQ(refused(request), "INVALID_ARGUMENT update_mask");
  request.mutable_update_mask()->set_paths(0, "display_name");
  request.mutable_model()->set_display_name(std::string(257, 'x'));
  EXPECT_EQ(refused(request), "INVALID_ARGUMENT model.display_name");
}

TEST(PlanSettingsTest, AnOldEtagIsAborted) {
  Model model = WithVersions(1);
  v1::UpdateModelRequest request;
  request.mutable_model()->set_etag(SettingsEtag(model));
  request.mutable_model()->set_display_name("one");
  ASSERT_OK_AND_ASSIGN(const ModelSettings settings, PlanSettings(model, kChurn, request, kNow));
  model.settings = std::make_shared<const ModelSettings>(settings);
  const auto late = PlanSettings(model, kChurn, request, kNow);
  EXPECT_THAT(late, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(late.status()), "ETAG_MISMATCH");
}

TEST(PlanSettingsTest, AClockThatIsPutBackDoesNotMakeItOlder) {
  Model model = WithVersions(1);
  model.settings = std::make_shared<const ModelSettings>(ModelSettings{1, "", {}, kNow});
  ASSERT_OK_AND_ASSIGN(const ModelSettings settings, PlanSettings(model, kChurn, {}, kNow - absl::Hours(1)));
  EXPECT_EQ(settings.update_time, kNow);
}

TEST(EncodeSettingsTest, IsReadAgain) {
  ModelSettings settings{7, "Who leaves", {}, kNow};
  settings.policy.set_latest(9);
  ASSERT_OK_AND_ASSIGN(const ModelSettings read, Decode(Encode(settings)));
  EXPECT_EQ(read.revision, 7);
  EXPECT_EQ(read.display_name, "Who leaves");
  EXPECT_EQ(read.policy.latest(), 9);
  EXPECT_EQ(read.update_time, kNow);
  EXPECT_THAT(Decode({1, "\xff"}), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace clientele::inference
