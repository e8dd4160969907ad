#include "services/inference/privacy/suppressions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/error.h"
#include "tests/testing/status_matchers.h"

namespace clientele::inference {
namespace {

using ingestion::v1::ErasureVerb;

class SuppressionsTest : public ::testing::Test {
 protected:
  void Apply(ErasureVerb verb, int64_t number, bool records_gone = false) {
    ingestion::v1::Erasure erasure;
    erasure.set_verb(verb);
    erasure.set_epoch(number);
    suppressions_.Apply(acme_, key_, key_.Of("ada"), erasure, records_gone);
  }
  bool Has(absl::string_view customer) const { return suppressions_.Contains(acme_, customer); }

  const TenantId acme_ = *TenantId::Parse("acme");
  const privacy::DigestKey key_ = privacy::DigestKey::Draw().value();
  Suppressions suppressions_;
};

TEST_F(SuppressionsTest, NobodyIsOnItAtFirst) {
  EXPECT_FALSE(Has("ada"));
  EXPECT_OK(suppressions_.Check(acme_, "ada"));
}

TEST_F(SuppressionsTest, ASuppressedCustomerOfTheTenantIsRefusedWithAReasonOfItsOwn) {
  Apply(ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE, 1);
  EXPECT_TRUE(Has("ada"));
  EXPECT_FALSE(Has("adam"));
  EXPECT_FALSE(Has(""));
  EXPECT_FALSE(suppressions_.Contains(*TenantId::Parse("beta"), "ada"));
  const absl::Status refused = suppressions_.Check(acme_, "ada");
  EXPECT_THAT(refused, testutil::StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(refused), "CUSTOMER_SUPPRESSED");
  EXPECT_EQ(refused.message().find("ada"), absl::string_view::npos);
}

TEST_F(SuppressionsTest, UnsuppressLifts) {
  Apply(ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY, 1, /*records_gone=*/true);
  EXPECT_TRUE(Has("ada"));
  Apply(ingestion::v1::ERASURE_VERB_UNSUPPRESS, 2);
  EXPECT_FALSE(Has("ada"));
}

TEST_F(SuppressionsTest, ADeletionAloneSuppressesUntilItIsDone) {
  Apply(ingestion::v1::ERASURE_VERB_DELETE_ONLY, 1);
  EXPECT_TRUE(Has("ada"));
  Apply(ingestion::v1::ERASURE_VERB_DELETE_ONLY, 1, /*records_gone=*/true);
  EXPECT_FALSE(Has("ada"));
}

TEST_F(SuppressionsTest, ADeletionAloneDoesNotLiftASuppression) {
  Apply(ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE, 1);
  Apply(ingestion::v1::ERASURE_VERB_DELETE_ONLY, 2);
  Apply(ingestion::v1::ERASURE_VERB_DELETE_ONLY, 2, /*records_gone=*/true);
  EXPECT_TRUE(Has("ada"));
}

}  // namespace
}  // namespace clientele::inference
