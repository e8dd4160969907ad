#include "services/inference/scoring/feature_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/services/inference/test_models.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using testutil::StatusIs;

class FeatureCacheTest : public ::testing::Test {
 protected:
  absl::StatusOr<FeatureRows> Fetch(const std::vector<std::string>& ids,
                                    const std::vector<std::string>& features = {"recency", "plan"},
                                    const std::string& tenant = "acme") {
    return FetchAndWait(cache_, *TenantId::Parse(tenant), ids, features, call_);
  }

  const rpc::Call call_{};
  testutil::ManualClock clock_;
  testutil::FakeFeatures source_;
  observability::Metrics metrics_;
  FeatureCache cache_{source_, absl::Seconds(10), /*max_customers=*/160, clock_, metrics_};
};

TEST_F(FeatureCacheTest, AKeptRowIsWhatTheSourceSaid) {
  ASSERT_OK_AND_ASSIGN(const auto first, Fetch({"c1", "pro2"}));
  ASSERT_OK_AND_ASSIGN(const auto again, Fetch({"c1", "pro2"}));
  EXPECT_EQ(again, first);
  EXPECT_EQ(cache_.Find(*TenantId::Parse("acme"), "pro2", std::vector<std::string>{"recency", "plan"}), first[1]);
  EXPECT_EQ(cache_.Find(*TenantId::Parse("acme"), "c3", std::vector<std::string>{"recency", "plan"}), nullptr);
  EXPECT_THAT(source_.batch_sizes, ElementsAre(2));
}

TEST_F(FeatureCacheTest, ARowIsAskedForAgainOnceItIsNotFreshAnyMore) {
  ASSERT_OK(Fetch({"c1"}));
  clock_.Advance(absl::Seconds(9));
  ASSERT_OK(Fetch({"c1"}));
  EXPECT_THAT(source_.batch_sizes, ElementsAre(1));
  clock_.Advance(absl::Seconds(1));
  ASSERT_OK(Fetch({"c1"}));
  EXPECT_THAT(source_.batch_sizes, ElementsAre(1, 1));
}

TEST_F(FeatureCacheTest, AClockThatWentBackMakesNothingFresh) {
  ASSERT_OK(Fetch({"c1"}));
  clock_.Advance(-absl::Hours(1));
  ASSERT_OK(Fetch({"c1"}));
  EXPECT_THAT(source_.batch_sizes, ElementsAre(1, 1));
}

TEST_F(FeatureCacheTest, OnlyMissingCustomersAreAskedForAndRowsStayInOrder) {
  ASSERT_OK(Fetch({"b", "d"}));
  ASSERT_OK_AND_ASSIGN(const auto all, Fetch({"a", "b", "c", "d"}));
  EXPECT_THAT(source_.batch_sizes, ElementsAre(2, 2));
  std::vector<std::string> ids;
  for (const auto& row : all) {
    ingestion::v1::FeatureVector values;
    ASSERT_TRUE(values.ParseFromString(row->bytes));
    ids.push_back(values.customer_id());
  }
  EXPECT_THAT(ids, ElementsAre("a", "b", "c", "d"));
}

TEST_F(FeatureCacheTest, TenantsAndFeatureSetsAreKeptApart) {
  ASSERT_OK(Fetch({"c1"}));
  ASSERT_OK(Fetch({"c1"}, {"recency", "plan"}, "rival"));
  ASSERT_OK(Fetch({"c1"}, {"recency"}));
  ASSERT_OK(Fetch({"c1"}, {"plan", "recency"}));
  EXPECT_THAT(source_.batch_sizes, ElementsAre(1, 1, 1, 1));
}

TEST_F(FeatureCacheTest, CustomersWithoutRecordsAreNotKept) {
  ASSERT_OK_AND_ASSIGN(const auto first, Fetch({"nobody"}));
  EXPECT_EQ(first[0], nullptr);
  ASSERT_OK(Fetch({"nobody"}));
  EXPECT_THAT(source_.batch_sizes, ElementsAre(1, 1));
}

TEST_F(FeatureCacheTest, AForgottenCustomerIsAskedForAgain) {
  ASSERT_OK(Fetch({"c1", "c2"}));
  ASSERT_OK(Fetch({"c1"}, {"recency"}));
  ASSERT_OK(Fetch({"c1"}, {"recency", "plan"}, "beta"));
  const auto is_c1 = [](absl::string_view customer) { return customer == "c1"; };
  EXPECT_EQ(cache_.Forget(*TenantId::Parse("acme"), is_c1), 2);
  EXPECT_EQ(cache_.Forget(*TenantId::Parse("acme"), is_c1), 0);
  source_.batch_sizes.clear();
  ASSERT_OK(Fetch({"c1", "c2"}));
  ASSERT_OK(Fetch({"c1"}, {"recency", "plan"}, "beta"));
  EXPECT_THAT(source_.batch_sizes, ElementsAre(1));
}

TEST_F(FeatureCacheTest, TheLeastRecentlyUsedMakeRoom) {
  for (int i = 0; i < 2000; ++i) ASSERT_OK(Fetch({absl::StrCat("c", i)}));
  const size_t before = source_.batch_sizes.size();
  ASSERT_OK(Fetch({"c1999"}));
  EXPECT_EQ(source_.batch_sizes.size(), before);
  int kept = 0;
  for (int i = 0; i < 2000; ++i) {
    const size_t asked = source_.batch_sizes.size();
    ASSERT_OK(Fetch({absl::StrCat("c", i)}));
    kept += source_.batch_sizes.size() == asked ? 1 : 0;
  }
  EXPECT_LE(kept, 160);
}

TEST_F(FeatureCacheTest, AFailureIsToldAndLeavesWhatIsFresh) {
  ASSERT_OK(Fetch({"c1"}));
  source_.status = absl::UnavailableError("down");
  EXPECT_OK(Fetch({"c1"}));
  EXPECT_THAT(Fetch({"c1", "c2"}), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace clientele::inference
