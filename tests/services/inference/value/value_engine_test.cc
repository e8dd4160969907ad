#include "services/inference/value/value_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/value_settings_store.h"
#include "services/inference/value/value_settings.h"
#include "tests/services/inference/fake_history.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using testutil::StatusIs;

// A dataset of `visits` alone, in two shards.
class FakePortfolio final : public PortfolioSource {
 public:
  absl::Status Read(const TenantId&, const common::v1::DatasetSpec& spec, ShardRange, const rpc::Call&,
                    absl::FunctionRef<absl::Status(const ingestion::v1::ReadDatasetResponse&)> visit) override {
    last_spec = spec;
    ingestion::v1::ReadDatasetResponse part;
    auto& column = *part.mutable_header()->add_columns();
    column.mutable_feature()->set_name("visits");
    column.set_type(common::v1::FEATURE_TYPE_NUMBER);
    part.mutable_header()->set_base_currency("GBP");
    part.mutable_header()->mutable_as_of()->set_seconds(77);
    CLIENTELE_RETURN_IF_ERROR(visit(part));
    for (int shard = 0; shard < 2; ++shard) {
      auto& chunk = *part.mutable_chunk();
      chunk.Clear();
      chunk.set_shard(shard);
      for (int i = 0; i < 3; ++i) {
        chunk.add_customer_ids(absl::StrCat("c", shard, i));
        chunk.add_numbers(static_cast<float>(10 * shard + i));
      }
      CLIENTELE_RETURN_IF_ERROR(visit(part));
    }
    return status;
  }

  common::v1::DatasetSpec last_spec;
  absl::Status status = absl::OkStatus();
};

class ValueEngineTest : public ::testing::Test {
 protected:
  void Set(const std::string& purchase_feature, double alpha = 0.5) {
    v1::ValueSettings settings;
    settings.set_name("tenants/acme/valueSettings");
    settings.set_alpha(alpha);
    settings.set_beta(0.3);
    settings.set_gamma(0.2);
    if (!purchase_feature.empty()) {
      auto& term = *settings.mutable_purchase()->add_terms();
      term.set_feature(purchase_feature);
      term.set_factor(2);
    }
    ASSERT_OK(book_->Update(acme_, settings, "").status());
  }
  static v1::ComputePotentialValuesRequest Request(const std::vector<std::string>& customers) {
    v1::ComputePotentialValuesRequest request;
    request.set_parent("tenants/acme");
    for (const std::string& customer : customers) request.add_subjects()->set_customer_id(customer);
    return request;
  }
  static v1::ComputePortfolioValueRequest Portfolio() {
    v1::ComputePortfolioValueRequest request;
    request.set_parent("tenants/acme");
    return request;
  }
  void Visits(const std::string& customer, int visits) {
    for (int i = 0; i < visits; ++i)
      history_.Add(customer, history_.now - absl::Hours(i), history_.now - absl::Hours(i));
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  const rpc::Call call_{};
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  TierBook tiers_;
  testutil::FakeHistory history_;
  FakePortfolio portfolios_;
  std::unique_ptr<storage::ValueSettingsStore> store_ = *storage::OpenRocksValueSettingsStore(directory_.path());
  std::unique_ptr<ValueSettingsBook> book_ = *ValueSettingsBook::Open(*store_, clock_, tiers_);
  Suppressions suppressions_;
  privacy::OptOuts opt_outs_;
  const ScoringGuard guard_{suppressions_, opt_outs_};
  ValueEngine engine_{*book_, history_, portfolios_, &guard_};
};

TEST_F(ValueEngineTest, TheSeedsExampleComesOutToTheDigit) {
  Set("visits");
  v1::ComputePotentialValuesRequest request;
  request.set_parent("tenants/acme");
  for (int i = 1; i <= 5; ++i) {
    auto& components = *request.add_subjects()->mutable_components();
    components.set_purchase(100 * i);
    components.set_referral(10 * i);
    components.set_maintenance(i);
  }
  ASSERT_OK_AND_ASSIGN(const auto response, engine_.ComputePotentialValues(call_, request));
  const double expected[] = {53.2, 106.4, 159.6, 212.8, 266.0};
  ASSERT_EQ(response.potential_values_size(), 5);
  for (int i = 0; i < 5; ++i) EXPECT_NEAR(response.potential_values(i).value(), expected[i], 1e-12);
  EXPECT_NEAR(response.portfolio_value(), 798, 1e-11);
  EXPECT_EQ(response.revision(), 1);
  EXPECT_EQ(history_.reads, 0);
}

TEST_F(ValueEngineTest, ComponentsAreReadFromFeatures) {
  Set("visits");
  Visits("ada", 4);
  Visits("bob", 1);
  v1::ComputePotentialValuesRequest request = Request({"ada", "bob"});
  request.mutable_subjects()->Add()->mutable_components()->set_maintenance(10);
  request.mutable_subjects()->SwapElements(1, 2);
  ASSERT_OK_AND_ASSIGN(const auto response, engine_.ComputePotentialValues(call_, request));
  EXPECT_EQ(response.potential_values(0).customer_id(), "ada");
  EXPECT_EQ(response.potential_values(0).components().purchase(), 8);
  EXPECT_EQ(response.potential_values(0).value(), 4);
  EXPECT_EQ(response.potential_values(0).features(0).feature(), "visits");
  EXPECT_EQ(response.potential_values(0).features(0).value().number(), 4);
  EXPECT_EQ(response.potential_values(1).value(), 2);
  EXPECT_EQ(response.potential_values(2).value(), 1);
  EXPECT_EQ(response.portfolio_value(), 7);
}

TEST_F(ValueEngineTest, WhoHasOptedOutOfAllPurposesHasNoValue) {
  Set("visits");
  Visits("ada", 4);
  Visits("bob", 1);
  const privacy::DigestKey key = privacy::DigestKey::Draw().value();
  opt_outs_.Set(acme_, key, key.Of("ada"), privacy::kAllPurposes, true);
  opt_outs_.Set(acme_, key, key.Of("bob"), "marketing", true);
  opt_outs_.Set(acme_, key, key.Of("c12"), privacy::kAllPurposes, true);
  v1::ComputePotentialValuesRequest request = Request({"ada", "bob", "ada"});
  request.mutable_subjects(2)->mutable_components()->set_purchase(1);
  ASSERT_OK_AND_ASSIGN(const auto response, engine_.ComputePotentialValues(call_, request));
  ASSERT_EQ(response.errors_size(), 2);
  EXPECT_EQ(response.errors(0).index(), 0);
  EXPECT_EQ(response.errors(0).reason(), "SCORING_OPTED_OUT");
  EXPECT_EQ(response.errors(1).index(), 2) << "also where all is given";
  EXPECT_EQ(response.potential_values(0).value(), 0);
  EXPECT_FALSE(response.potential_values(0).has_components());
  EXPECT_EQ(response.potential_values(1).value(), 1);
  EXPECT_EQ(response.portfolio_value(), 1);
  ASSERT_OK_AND_ASSIGN(const auto portfolio, engine_.ComputePortfolioValue(call_, Portfolio()));
  EXPECT_EQ(portfolio.customers(), 5);
  EXPECT_EQ(portfolio.opted_out(), 1);
}

TEST_F(ValueEngineTest, AnEarlierRevisionCanBeAskedForAndAnEarlierInstant) {
  Set("visits");
  Set("visits", 1);
  Visits("ada", 4);
  v1::ComputePotentialValuesRequest request = Request({"ada"});
  ASSERT_OK_AND_ASSIGN(const auto now, engine_.ComputePotentialValues(call_, request));
  EXPECT_EQ(now.portfolio_value(), 8);
  request.set_revision(1);
  ASSERT_OK_AND_ASSIGN(const auto then, engine_.ComputePotentialValues(call_, request));
  EXPECT_EQ(then.portfolio_value(), 4);
  *request.mutable_as_of() = ToProto(history_.now - absl::Hours(2.5));
  ASSERT_OK_AND_ASSIGN(const auto earlier, engine_.ComputePotentialValues(call_, request));
  EXPECT_EQ(earlier.portfolio_value(), 1);
  request.set_revision(7);
  EXPECT_EQ(ReasonOf(engine_.ComputePotentialValues(call_, request).status()), "REVISION_NOT_FOUND");
}

TEST_F(ValueEngineTest, ThousandsOfCustomersAreReadInBatches) {
  Set("visits");
  std::vector<std::string> customers;
  for (int i = 0; i < 2'500; ++i) {
    customers.push_back(absl::StrCat("c", i));
    Visits(customers.back(), 1 + i % 3);
  }
  ASSERT_OK_AND_ASSIGN(const auto response, engine_.ComputePotentialValues(call_, Request(customers)));
  EXPECT_EQ(history_.reads, 3);
  for (int i = 0; i < 2'500; ++i) ASSERT_EQ(response.potential_values(i).value(), 1 + i % 3);
}

TEST_F(ValueEngineTest, WhatIsWrongIsSaid) {
  Set("visits");
  EXPECT_EQ(ReasonOf(engine_.ComputePotentialValues(call_, Request({"nobody"})).status()), "CUSTOMER_NOT_FOUND");
  EXPECT_EQ(FieldOf(engine_.ComputePotentialValues(call_, Request({})).status()), "subjects");
  EXPECT_EQ(FieldOf(engine_.ComputePotentialValues(call_, Request({""})).status()), "subjects[0]");
  history_.status = Error(absl::StatusCode::kInvalidArgument, ErrorReason::kUnknownFeature, "known: visits");
  EXPECT_EQ(ReasonOf(engine_.ComputePotentialValues(call_, Request({"ada"})).status()), "UNKNOWN_FEATURE");
}

TEST_F(ValueEngineTest, APortfolioIsEverybodyOrThoseForWhomConditionsHold) {
  Set("visits");
  v1::ComputePortfolioValueRequest request = Portfolio();
  request.set_top(2);
  auto& condition = *request.add_where();
  condition.set_feature("recency_days");
  condition.set_at_most(90);
  ASSERT_OK_AND_ASSIGN(const auto response, engine_.ComputePortfolioValue(call_, request));
  EXPECT_EQ(response.customers(), 6);
  EXPECT_EQ(response.portfolio_value(), 0 + 1 + 2 + 10 + 11 + 12);
  EXPECT_EQ(response.components().purchase(), 72);
  ASSERT_EQ(response.top_size(), 2);
  EXPECT_EQ(response.top(0).customer_id(), "c12");
  EXPECT_EQ(response.currency_code(), "GBP");
  EXPECT_EQ(response.as_of().seconds(), 77);
  ASSERT_EQ(portfolios_.last_spec.where_size(), 1);
  EXPECT_EQ(portfolios_.last_spec.where(0).feature(), "recency_days");
  EXPECT_EQ(portfolios_.last_spec.where(0).at_most(), 90);
  EXPECT_FALSE(portfolios_.last_spec.where(0).has_at_least());
  EXPECT_FALSE(portfolios_.last_spec.has_as_of());
}

TEST_F(ValueEngineTest, NewWeightsApplyToTheNextPortfolio) {
  Set("visits");
  ASSERT_OK_AND_ASSIGN(const auto before, engine_.ComputePortfolioValue(call_, Portfolio()));
  Set("visits", 2);
  ASSERT_OK_AND_ASSIGN(const auto after, engine_.ComputePortfolioValue(call_, Portfolio()));
  EXPECT_EQ(after.portfolio_value(), 4 * before.portfolio_value());
  EXPECT_EQ(after.revision(), 2);
}

TEST_F(ValueEngineTest, SettingsWithoutATermCountCustomersWhoAreWorthNothing) {
  Set("");
  Visits("ada", 1);
  ASSERT_OK_AND_ASSIGN(const auto values, engine_.ComputePotentialValues(call_, Request({"ada"})));
  EXPECT_EQ(values.portfolio_value(), 0);
  ASSERT_OK_AND_ASSIGN(const auto portfolio, engine_.ComputePortfolioValue(call_, Portfolio()));
  EXPECT_EQ(portfolio.customers(), 6);
  EXPECT_EQ(portfolio.portfolio_value(), 0);
}

TEST_F(ValueEngineTest, APortfolioThatBreaksOffIsAnError) {
  Set("visits");
  portfolios_.status = Error(absl::StatusCode::kUnavailable, ErrorReason::kIngestionUnavailable, "it went away");
  EXPECT_THAT(engine_.ComputePortfolioValue(call_, Portfolio()), StatusIs(absl::StatusCode::kUnavailable));
  v1::ComputePortfolioValueRequest request = Portfolio();
  request.set_top(1'001);
  EXPECT_EQ(FieldOf(engine_.ComputePortfolioValue(call_, request).status()), "top");
}

}  // namespace
}  // namespace clientele::inference
