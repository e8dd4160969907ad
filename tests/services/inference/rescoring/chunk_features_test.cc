#include "services/inference/rescoring/chunk_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "clientele/ingestion/v1/feature_service.pb.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ingestion::v1::FeatureVector;

const TenantId kAcme = *TenantId::Parse("acme");

// recency, plan (a category), visits.
common::v1::DatasetHeader Header() {
  common::v1::DatasetHeader header;
  for (const char* name : {"recency", "plan", "visits"}) {
    auto& column = *header.add_columns();
    column.mutable_feature()->set_name(name);
    column.set_type(std::string(name) == "plan" ? common::v1::FEATURE_TYPE_CATEGORY : common::v1::FEATURE_TYPE_NUMBER);
  }
  header.mutable_as_of()->set_seconds(77);
  return header;
}

common::v1::DatasetChunk Chunk(const std::string& customer, float recency, float visits, uint32_t plan) {
  common::v1::DatasetChunk chunk;
  chunk.add_customer_ids(customer);
  chunk.add_numbers(recency);
  chunk.add_numbers(visits);
  chunk.add_categories(plan);
  return chunk;
}

absl::StatusOr<FeatureRows> Fetch(ChunkFeatures& features, const std::vector<std::string>& customers,
                                  const std::vector<std::string>& names) {
  return FetchAndWait(features, kAcme, customers, names, rpc::Call());
}

FeatureVector Read(const FeatureRow& row) {
  FeatureVector vector;
  EXPECT_TRUE(vector.ParseFromString(row.bytes));
  return vector;
}

TEST(ChunkFeaturesTest, ReadsNumbersCategoriesAndWhatIsMissing) {
  ChunkFeatures features;
  features.Begin(Header());
  auto first = Chunk("ada", 12, 3, 1);
  first.add_new_categories()->set_value("pro");
  ASSERT_OK(features.Set(first));
  ASSERT_OK_AND_ASSIGN(FeatureRows rows, Fetch(features, {"nobody", "ada"}, {"visits", "plan"}));
  EXPECT_EQ(rows[0], nullptr);
  EXPECT_EQ(rows[1]->frame->as_of.seconds(), 77);
  FeatureVector ada = Read(*rows[1]);
  EXPECT_EQ(ada.values(0).number(), 12);
  EXPECT_EQ(ada.values(1).text(), "pro");
  EXPECT_EQ(ada.values(2).number(), 3);
  // The dictionary goes on from chunk to chunk; the rows do not.
  auto second = Chunk("bob", std::numeric_limits<float>::quiet_NaN(), 4, 0);
  ASSERT_OK(features.Set(second));
  ASSERT_OK(features.Set(Chunk("eve", 1, 1, 1)));
  ASSERT_OK_AND_ASSIGN(rows, Fetch(features, {"bob", "eve"}, {"plan"}));
  EXPECT_EQ(rows[0], nullptr);
  EXPECT_EQ(Read(*rows[1]).values(1).text(), "pro");
  ASSERT_OK(features.Set(second));
  ASSERT_OK_AND_ASSIGN(rows, Fetch(features, {"bob"}, {"plan"}));
  const FeatureVector bob = Read(*rows[0]);
  EXPECT_FALSE(bob.values(0).has_number());
  EXPECT_FALSE(bob.values(1).has_text());
}

TEST(ChunkFeaturesTest, AFeatureThatWasNotAskedForIsReadAnotherTime) {
  ChunkFeatures features;
  features.Begin(Header());
  ASSERT_OK(features.Set(common::v1::DatasetChunk()));
  EXPECT_TRUE(absl::IsUnavailable(Fetch(features, {"ada"}, {"age"}).status()));
}

TEST(ChunkFeaturesTest, RefusesAChunkThatIsNotOfTheHeadersForm) {
  ChunkFeatures features;
  features.Begin(Header());
  EXPECT_FALSE(features.Set(Chunk("ada", 1, 1, 1)).ok()) << "there is no such category";
  auto chunk = Chunk("ada", 1, 1, 0);
  chunk.add_numbers(1);
  EXPECT_FALSE(features.Set(chunk).ok());
  chunk = Chunk("ada", 1, 1, 0);
  chunk.clear_categories();
  EXPECT_FALSE(features.Set(chunk).ok());
  chunk = Chunk("ada", 1, 1, 0);
  chunk.add_new_categories()->set_column(1);
  EXPECT_FALSE(features.Set(chunk).ok());
}

}  // namespace
}  // namespace clientele::inference
