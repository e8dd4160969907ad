// Consents from request to those who follow.
#include "services/ingestion/privacy/consents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/consent_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {
namespace {

using ::testing::HasSubstr;
using testutil::StatusIs;

class ConsentsTest : public ::testing::Test {
 protected:
  static v1::SetScoringConsentRequest Request(v1::ConsentState state, const std::string& purpose = "marketing") {
    v1::SetScoringConsentRequest request;
    request.set_purpose(purpose);
    request.set_state(state);
    request.set_reason("asked by letter");
    return request;
  }
  absl::StatusOr<v1::ScoringConsent> Set(const v1::SetScoringConsentRequest& request,
                                         const std::string& customer = "ada") {
    return consents_.Set(tenant_, customer, request, "officer");
  }

  const TenantId tenant_ = *TenantId::Parse("acme");
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  std::unique_ptr<storage::ConsentStore> store_ = storage::OpenRocksConsentStore(directory_.path()).value();
  Consents consents_{*store_, clock_};
};

TEST_F(ConsentsTest, WhatIsSaidNowStandsFromNow) {
  ASSERT_OK_AND_ASSIGN(const v1::ScoringConsent stands, Set(Request(v1::CONSENT_STATE_WITHDRAWN)));
  EXPECT_EQ(stands.actor(), "officer");
  EXPECT_EQ(FromProto(stands.effective_time()), clock_.Now());
  EXPECT_EQ(FromProto(stands.update_time()), clock_.Now());
  EXPECT_EQ(stands.revision(), 1);
  EXPECT_TRUE(store_->HasOptedOut(tenant_, "ada", "marketing"));
}

TEST_F(ConsentsTest, AWrongFieldIsNamed) {
  const auto refuses = [&](const v1::SetScoringConsentRequest& request, const std::string& field,
                           const std::string& customer = "ada") {
    const auto refused = Set(request, customer);
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(FieldOf(refused.status()), field);
  };
  refuses(Request(v1::CONSENT_STATE_UNSPECIFIED), "state");
  refuses(Request(static_cast<v1::ConsentState>(9)), "state");
  refuses(Request(v1::CONSENT_STATE_GRANTED, "Marketing!"), "purpose");
  refuses(Request(v1::CONSENT_STATE_GRANTED), "customer_id", std::string(129, 'x'));
  auto request = Request(v1::CONSENT_STATE_GRANTED);
  *request.mutable_effective_time() = ToProto(clock_.Now() + absl::Hours(1));
  refuses(request, "effective_time");
  request.mutable_effective_time()->set_seconds(-70'000'000'000);
  refuses(request, "effective_time");
  request = Request(v1::CONSENT_STATE_GRANTED);
  request.set_reason(std::string(1025, 'r'));
  refuses(request, "reason");
  request = Request(v1::CONSENT_STATE_GRANTED);
  request.set_request_id(std::string(257, 'r'));
  refuses(request, "request_id");
}

TEST_F(ConsentsTest, OfManyTheWrongOnesAreErrorsOfTheirOwn) {
  v1::BatchSetScoringConsentsRequest request;
  const auto add = [&](const std::string& customer, v1::ConsentState state, int64_t second) {
    auto& row = *request.add_rows();
    row.set_customer_id(customer);
    row.set_state(state);
    row.mutable_effective_time()->set_seconds(second);
  };
  add("ada", v1::CONSENT_STATE_WITHDRAWN, 200);
  add("", v1::CONSENT_STATE_WITHDRAWN, 200);
  add("ada", v1::CONSENT_STATE_GRANTED, 100);
  add("bob", v1::CONSENT_STATE_GRANTED, 100);
  ASSERT_OK_AND_ASSIGN(const auto response, consents_.SetMany(tenant_, request, "import"));
  EXPECT_EQ(response.changed(), 2);
  EXPECT_EQ(response.unchanged(), 1) << "what was said last stands, whatever order it came in";
  ASSERT_EQ(response.errors_size(), 1);
  EXPECT_EQ(response.errors(0).index(), 1);
  EXPECT_EQ(response.errors(0).reason(), "INVALID_FIELD");
  EXPECT_THAT(response.errors(0).message(), HasSubstr("rows[1].customer_id"));
  EXPECT_TRUE(store_->HasOptedOut(tenant_, "ada", "any"));
  ASSERT_OK_AND_ASSIGN(const auto again, consents_.SetMany(tenant_, request, "import"));
  EXPECT_EQ(again.changed(), 0) << "the same file again";
  EXPECT_THAT(consents_.SetMany(tenant_, {}, "import"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ConsentsTest, WhoFollowsWaitsForTheNextChange) {
  std::thread later([&] {
    absl::SleepFor(absl::Milliseconds(20));
    EXPECT_OK(Set(Request(v1::CONSENT_STATE_WITHDRAWN)));
  });
  ASSERT_OK_AND_ASSIGN(const auto changes, consents_.AwaitChanges(0, {}, {}));
  later.join();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].state, v1::CONSENT_STATE_WITHDRAWN);
  const int64_t sequence = changes[0].sequence;
  EXPECT_THAT(consents_.AwaitChanges(sequence, StopToken(absl::Now()), {}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(consents_.AwaitChanges(sequence, {}, StopToken(absl::Now())), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace clientele::ingestion
