// Who and what is left out of features and datasets: the suppressed, who opted out, what retention took.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "tests/services/ingestion/features/feature_service_fixture.h"

namespace clientele::ingestion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testutil::At;
using testutil::StatusIs;

class LeftOutTest : public FeatureServiceTest {
 protected:
  // Of the dataset's one feature: rows, and who was left out.
  std::string Rows(const std::string& purpose) {
    v1::ReadDatasetRequest request;
    request.set_parent("tenants/acme");
    request.mutable_spec()->add_features("spend_total");
    request.mutable_spec()->set_purpose(purpose);
    const auto parts = Read(request);
    EXPECT_OK(parts);
    int rows = 0;
    int64_t opted_out = 0;
    for (const v1::ReadDatasetResponse& part : *parts) {
      rows += part.chunk().customer_ids_size();
      opted_out += part.omissions().opted_out_rows();
    }
    return absl::StrCat(rows, " rows, ", opted_out, " opted out");
  }
  void OptOut(const std::string& customer, const std::string& purpose) {
    storage::NewConsent said;
    said.customer_id = customer;
    said.consent.set_purpose(purpose);
    said.consent.set_state(v1::CONSENT_STATE_WITHDRAWN);
    ASSERT_OK(consents_->SetConsents(testutil::TestTenant(), {said}));
  }
};

TEST_F(LeftOutTest, ASuppressedCustomerHasNoFeaturesAndIsInNoDataset) {
  Add("ada", At("2024-05-02"), testutil::Purchase(10));
  Add("bob", At("2024-05-02"), testutil::Purchase(20));
  v1::ReadDatasetRequest request;
  request.set_parent("tenants/acme");
  request.mutable_spec()->add_features("spend_total");
  *request.mutable_spec()->mutable_as_of() = ToProto(At("2024-06-01"));
  const auto rows = [&](int64_t& epoch) {
    std::vector<std::string> ids;
    const auto parts = Read(request);
    EXPECT_OK(parts);
    epoch = parts->front().header().erasure_epoch();
    for (const auto& part : *parts) {
      ids.insert(ids.end(), part.chunk().customer_ids().begin(), part.chunk().customer_ids().end());
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  };
  int64_t epoch = -1;
  EXPECT_THAT(rows(epoch), ElementsAre("ada", "bob"));
  EXPECT_EQ(epoch, 0);

  storage::StoredErasure draft;
  draft.customer_id = "ada";
  draft.erasure.set_verb(v1::ERASURE_VERB_SUPPRESS_ONLY);
  ASSERT_OK_AND_ASSIGN(const auto begun, store_->BeginErasure(testutil::TestTenant(), draft));
  EXPECT_THAT(rows(epoch), ElementsAre("bob"));
  EXPECT_EQ(epoch, 0) << "it is not done yet";
  ASSERT_OK(
      store_->UpdateErasure(testutil::TestTenant(), begun.number(), [](auto& done) { done.records_gone = true; }));
  EXPECT_THAT(rows(epoch), ElementsAre("bob"));
  EXPECT_EQ(epoch, begun.number());

  EXPECT_THAT(Get({"bob", "ada"}, {"spend_total"}), StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK_AND_ASSIGN(const auto response, Get({"bob", "ada"}, {"spend_total"}, /*allow_missing=*/true));
  EXPECT_TRUE(response.rows(0).found());
  EXPECT_FALSE(response.rows(1).found());
  EXPECT_EQ(response.rows(1).values_size(), 0);
}

TEST_F(LeftOutTest, ADatasetSaysWhatRetentionTookAndIsRefusedBeforeIt) {
  Add("ada", At("2024-03-02"), testutil::Interaction("visit"));
  Add("ada", At("2024-05-02"), testutil::Interaction("visit"));
  Add("ada", At("2024-03-02"), testutil::Purchase(10));
  common::v1::RetentionCut cut;
  cut.set_kind(common::v1::RECORD_KIND_INTERACTION);
  *cut.mutable_cut_time() = ToProto(At("2024-04-01"));
  ASSERT_OK(store_->UpdateRetention(testutil::TestTenant(), [&](v1::StoredRetention& stored) {
    stored.add_runs()->set_state(v1::RetentionRun::STATE_RUNNING);
    *stored.mutable_runs(0)->add_cuts() = cut;
    return absl::OkStatus();
  }));
  while (*store_->ExpireRecords(testutil::TestTenant(), 100)) {
  }

  v1::ReadDatasetRequest request;
  request.set_parent("tenants/acme");
  request.mutable_spec()->add_features("interactions");
  *request.mutable_spec()->mutable_as_of() = ToProto(At("2024-04-01"));
  *request.mutable_spec()->mutable_known_at() = ToProto(clock_.Now());
  ASSERT_OK_AND_ASSIGN(const auto parts, Read(request));
  ASSERT_EQ(parts.front().header().retention_cuts_size(), 1);
  EXPECT_EQ(parts.front().header().retention_cuts(0).DebugString(), cut.DebugString());

  *request.mutable_spec()->mutable_as_of() = ToProto(At("2024-03-31"));
  const auto refused = Read(request);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused.status()), "RECORDS_EXPIRED");
  request.mutable_spec()->set_features(0, "spend_total");
  EXPECT_OK(Read(request)) << "purchases are all there";
  v1::BatchGetFeaturesRequest past;
  past.set_parent("tenants/acme");
  past.add_customer_ids("ada");
  past.add_features("interactions");
  *past.mutable_as_of() = ToProto(At("2024-03-31"));
  grpc::ClientContext context;
  v1::BatchGetFeaturesResponse response;
  EXPECT_EQ(ReasonOf(rpc::FromGrpc(stub_->BatchGetFeatures(&context, past, &response))), "RECORDS_EXPIRED");
}

TEST_F(LeftOutTest, WhoHasOptedOutIsNoRowUnlessTheTenantSaysSo) {
  for (const char* customer : {"ada", "bob", "cyd", "dan"}) Add(customer, At("2024-05-02"), testutil::Purchase(1));
  EXPECT_EQ(Rows("marketing"), "4 rows, 0 opted out");
  OptOut("ada", "marketing");
  OptOut("bob", "");
  OptOut("nobody", "");
  EXPECT_EQ(Rows("marketing"), "2 rows, 2 opted out");
  EXPECT_EQ(Rows("credit"), "3 rows, 1 opted out");
  EXPECT_EQ(Rows(""), "3 rows, 1 opted out");
  v1::UpdateSettingsRequest update;
  update.mutable_settings()->set_name("tenants/acme/settings");
  update.mutable_settings()->set_train_on_opted_out(true);
  ASSERT_OK(contexts_.Update(testutil::TestTenant(), update));
  EXPECT_EQ(Rows("marketing"), "4 rows, 0 opted out");
  update.mutable_settings()->set_train_on_opted_out(false);
  update.mutable_update_mask()->add_paths("train_on_opted_out");
  ASSERT_OK(contexts_.Update(testutil::TestTenant(), update));
  EXPECT_EQ(Rows("marketing"), "2 rows, 2 opted out");
  v1::ReadDatasetRequest request;
  request.set_parent("tenants/acme");
  request.mutable_spec()->add_features("spend_total");
  request.mutable_spec()->set_purpose("No Purpose");
  EXPECT_THAT(Read(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("spec.purpose")));
}

}  // namespace
}  // namespace clientele::ingestion
