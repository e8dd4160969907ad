// The feature service: features, labels and datasets on demand.
#include "services/ingestion/feature_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "services/ingestion/features/builtin_features.h"
#include "tests/services/ingestion/features/feature_service_fixture.h"

namespace clientele::ingestion {
namespace {

using ::testing::HasSubstr;
using testutil::At;
using testutil::StatusIs;

TEST_F(FeatureServiceTest, GivesFeaturesOfCustomersNow) {
  Add("ada", At("2024-05-02"), testutil::Purchase(10));
  Add("ada", At("2024-05-22"), testutil::Purchase(20));
  Add("ada", At("2024-05-01"), testutil::Profile("plan", testutil::Text("gold")));
  ASSERT_OK_AND_ASSIGN(const auto response, Get({"ada"}, {"spend_total", "recency_days", "spend_deviation",
                                                          "feedback_score_mean", "attribute.plan"}));
  ASSERT_EQ(response.rows_size(), 1);
  const v1::FeatureVector& row = response.rows(0);
  EXPECT_TRUE(row.found());
  EXPECT_EQ(row.values(0).number(), 30);
  EXPECT_EQ(row.values(1).number(), 10);
  EXPECT_EQ(row.values(3).kind_case(), common::v1::Value::KIND_NOT_SET);
  EXPECT_EQ(row.values(4).text(), "gold");
  EXPECT_EQ(FromProto(row.last_event_time()), At("2024-05-22"));
  EXPECT_EQ(FromProto(response.as_of()), At("2024-06-01"));
}

TEST_F(FeatureServiceTest, GivesFeaturesAsIfNothingHadHappenedSinceAnInstant) {
  Add("ada", At("2024-05-02"), testutil::Purchase(10));
  Add("ada", At("2024-05-22"), testutil::Purchase(20));
  v1::BatchGetFeaturesRequest request;
  request.set_parent("tenants/acme");
  request.add_customer_ids("ada");
  for (const char* name : {"spend_total", "recency_days"}) request.add_features(name);
  *request.mutable_events_until() = ToProto(At("2024-05-12"));
  v1::BatchGetFeaturesResponse response;
  grpc::ClientContext context;
  ASSERT_OK(rpc::FromGrpc(stub_->BatchGetFeatures(&context, request, &response)));
  EXPECT_EQ(response.rows(0).values(0).number(), 10);
  EXPECT_EQ(response.rows(0).values(1).number(), 30);
  EXPECT_EQ(FromProto(response.as_of()), At("2024-06-01"));
  request.mutable_events_until()->set_nanos(-1);
  grpc::ClientContext again;
  EXPECT_EQ(FieldOf(rpc::FromGrpc(stub_->BatchGetFeatures(&again, request, &response))), "events_until");
}

TEST_F(FeatureServiceTest, WithoutNamesAllBuiltInFeaturesCome) {
  Add("ada", At("2024-05-02"), testutil::Purchase(10));
  ASSERT_OK_AND_ASSIGN(const auto response, Get({"ada"}, {}));
  EXPECT_EQ(response.features_size(), static_cast<int>(features::BuiltinFeatures().size()));
  EXPECT_EQ(response.rows(0).values_size(), response.features_size());
}

TEST_F(FeatureServiceTest, SaysWhoIsMissingUnlessThatIsAllowed) {
  Add("ada", At("2024-05-02"), testutil::Purchase(10));
  const auto refused = Get({"ada", "bob"}, {"purchases"});
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kNotFound, HasSubstr("bob")));
  EXPECT_EQ(ReasonOf(refused.status()), "CUSTOMER_NOT_FOUND");
  ASSERT_OK_AND_ASSIGN(const auto response, Get({"bob", "ada"}, {"purchases"}, /*allow_missing=*/true));
  EXPECT_FALSE(response.rows(0).found());
  EXPECT_EQ(response.rows(0).values_size(), 0);
  EXPECT_TRUE(response.rows(1).found());
}

TEST_F(FeatureServiceTest, AnUnknownFeatureListsTheKnownOnes) {
  const auto response = Get({"ada"}, {"recency"});
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("recency_days")));
  EXPECT_EQ(ReasonOf(response.status()), "UNKNOWN_FEATURE");
}

TEST_F(FeatureServiceTest, ATenantsOwnFeatureRunsLikeABuiltInOneAndKeepsItsMeaning) {
  Add("ada", At("2024-05-02"), testutil::Purchase(10));
  Add("ada", At("2024-05-03"), testutil::Purchase(20));
  ASSERT_OK_AND_ASSIGN(const v1::Feature created, Create(BasketSize()));
  EXPECT_EQ(created.name(), "tenants/acme/features/spend_per_purchase");
  EXPECT_EQ(created.type(), common::v1::FEATURE_TYPE_NUMBER);
  ASSERT_OK_AND_ASSIGN(const auto response, Get({"ada"}, {"spend_per_purchase"}));
  EXPECT_EQ(response.rows(0).values(0).number(), 15);

  EXPECT_OK(Create(BasketSize()));  // The same again.
  common::v1::FeatureDefinition other = BasketSize();
  other.mutable_derived()->set_scale(2);
  EXPECT_THAT(Create(other), StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("new name")));
  other.set_name("purchases");
  EXPECT_THAT(Create(other), StatusIs(absl::StatusCode::kAlreadyExists));
  other.set_name("unknown_parts");
  other.mutable_derived()->set_left("nothing");
  EXPECT_THAT(Create(other),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("feature.definition.derived.left")));
}

TEST_F(FeatureServiceTest, ListsEveryFeatureOnceOverItsPages) {
  Add("ada", At("2024-05-01"), testutil::Profile("plan", testutil::Text("gold")));
  ASSERT_OK(Create(BasketSize()));
  std::set<std::string> names;
  v1::ListFeaturesRequest request;
  request.set_parent("tenants/acme");
  request.set_page_size(25);
  do {
    grpc::ClientContext context;
    v1::ListFeaturesResponse response;
    ASSERT_OK(rpc::FromGrpc(stub_->ListFeatures(&context, request, &response)));
    ASSERT_LE(response.features_size(), 25);
    for (const v1::Feature& feature : response.features()) EXPECT_TRUE(names.insert(feature.name()).second);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), features::BuiltinFeatures().size() + 2);
  EXPECT_TRUE(names.contains("tenants/acme/features/attribute.plan"));
}

TEST_F(FeatureServiceTest, StreamsADatasetThatEqualsTheFeaturesOnDemand) {
  for (int i = 0; i < 100; ++i) {
    for (int j = 0; j <= i % 7; ++j)
      Add(absl::StrCat("c", i), At("2024-05-02") + absl::Hours(j), testutil::Purchase(j));
  }
  v1::ReadDatasetRequest request;
  request.set_parent("tenants/acme");
  request.mutable_spec()->add_features("spend_total");
  request.set_max_rows_per_chunk(10);
  ASSERT_OK_AND_ASSIGN(const auto parts, Read(request));
  ASSERT_TRUE(parts.front().has_header());
  EXPECT_EQ(parts.front().header().base_currency(), "USD");
  EXPECT_EQ(parts.front().header().time_zone(), "UTC");
  int rows = 0;
  for (const v1::ReadDatasetResponse& part : parts) {
    for (int i = 0; i < part.chunk().customer_ids_size(); ++i, ++rows) {
      ASSERT_OK_AND_ASSIGN(const auto one, Get({part.chunk().customer_ids(i)}, {"spend_total"}));
      EXPECT_EQ(part.chunk().numbers(i), static_cast<float>(one.rows(0).values(0).number()));
    }
  }
  EXPECT_EQ(rows, 100);

  request.set_first_shard(256);
  EXPECT_THAT(Read(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 to 255")));
  request.set_first_shard(0);
  request.mutable_spec()->mutable_label()->mutable_purchase_within()->set_days(7);
  EXPECT_THAT(Read(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("spec.as_of")));
}

TEST_F(FeatureServiceTest, LabelsOnDemandAreThoseOfADataset) {
  clock_.Set(At("2024-08-01"));
  v1::ReadDatasetRequest dataset;
  dataset.set_parent("tenants/acme");
  dataset.mutable_spec()->add_features("spend_total");
  *dataset.mutable_spec()->mutable_as_of() = ToProto(At("2024-05-01"));
  dataset.mutable_spec()->mutable_label()->mutable_spend_within()->set_days(30);
  for (int i = 0; i < 50; ++i) {
    const std::string id = absl::StrCat("c", i);
    Add(id, At("2024-04-02"), testutil::Purchase(1));
    if (i % 3 == 0) Add(id, At("2024-05-02") + absl::Hours(i), testutil::Purchase(i));
    if (i % 5 == 0) Add(id, At("2024-06-20"), testutil::Purchase(1'000));  // After the window.
  }
  ASSERT_OK_AND_ASSIGN(const auto parts, Read(dataset));
  int rows = 0;
  for (const v1::ReadDatasetResponse& part : parts) {
    if (part.chunk().customer_ids().empty()) continue;
    v1::BatchGetLabelsRequest request;
    request.set_parent("tenants/acme");
    *request.mutable_label() = dataset.spec().label();
    for (const std::string& id : part.chunk().customer_ids()) {
      request.add_instants()->set_customer_id(id);
      *request.mutable_instants()->rbegin()->mutable_as_of() = dataset.spec().as_of();
    }
    ASSERT_OK_AND_ASSIGN(const auto labels, GetLabels(request));
    ASSERT_EQ(labels.labels_size(), part.chunk().labels_size());
    for (int i = 0; i < labels.labels_size(); ++i, ++rows) EXPECT_EQ(labels.labels(i).value(), part.chunk().labels(i));
  }
  EXPECT_EQ(rows, 50);
}

TEST_F(FeatureServiceTest, ALabelWhoseWindowIsNotOverIsNotKnown) {
  Add("ada", At("2024-05-22"), testutil::Purchase(20));
  v1::BatchGetLabelsRequest request;
  request.set_parent("tenants/acme");
  request.mutable_label()->mutable_purchase_within()->set_days(10);
  for (const char* day : {"2024-05-20", "2024-05-23"}) {
    request.add_instants()->set_customer_id("ada");
    *request.mutable_instants()->rbegin()->mutable_as_of() = ToProto(At(day));
  }
  ASSERT_OK_AND_ASSIGN(auto labels, GetLabels(request));  // It is 1 June.
  EXPECT_EQ(labels.labels(0).value(), 1);
  EXPECT_FALSE(labels.labels(1).has_value());
  *request.mutable_known_at() = ToProto(At("2024-05-21"));  // Nothing had been heard of ada then.
  EXPECT_THAT(GetLabels(request), StatusIs(absl::StatusCode::kNotFound, HasSubstr("ada")));
  request.set_allow_missing(true);
  ASSERT_OK_AND_ASSIGN(labels, GetLabels(request));
  EXPECT_FALSE(labels.labels(0).has_value());

  request.mutable_label()->mutable_purchase_within()->set_days(0);
  EXPECT_THAT(GetLabels(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("label.days")));
  request.mutable_label()->mutable_purchase_within()->set_days(1);
  request.mutable_instants(1)->clear_as_of();
  EXPECT_THAT(GetLabels(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("instants[1].as_of")));
  request.clear_instants();
  EXPECT_THAT(GetLabels(request), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("1 to 1,000")));
}

}  // namespace
}  // namespace clientele::ingestion
