// ValueService through gRPC, and what of ScoringService reads customers' past.
#include "services/inference/value_service.h"

#include <gmock/gmock.h>

#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/value_settings_store.h"
#include "services/inference/portfolio_client.h"
#include "services/inference/value/value_settings.h"
#include "tests/services/inference/service_fixture.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using testutil::StatusIs;
using Stub = v1::ValueService::Stub;

class ValueServiceTest : public ServiceFixture {
 protected:
  void SetUp() override {
    ServiceFixture::SetUp();
    values_store_ = *storage::OpenRocksValueSettingsStore(values_directory_.path());
    book_ = *ValueSettingsBook::Open(*values_store_, clock_, tiers_);
    portfolios_ = std::make_unique<PortfolioClient>(ChannelTo(ingestion_server_->port()), absl::Seconds(20));
    value_engine_ = std::make_unique<ValueEngine>(*book_, *history_, *portfolios_);
    value_service_ = std::make_unique<ValueService>(*book_, *value_engine_, *executor_);
    values_server_ = *rpc::Server::Start({}, {value_service_.get()}, values_metrics_);
    values_ = v1::ValueService::NewStub(ChannelTo(values_server_->port()));
  }
  void TearDown() override {
    values_server_.reset();
    ServiceFixture::TearDown();
  }

  absl::StatusOr<v1::ValueSettings> Get(int64_t revision = 0) {
    v1::GetValueSettingsRequest request;
    request.set_name("tenants/acme/valueSettings");
    request.set_revision(revision);
    return Call(*values_, &Stub::GetValueSettings, request);
  }
  absl::StatusOr<v1::ValueSettings> Update(double alpha) {
    v1::UpdateValueSettingsRequest request;
    v1::ValueSettings& settings = *request.mutable_value_settings();
    settings.set_name("tenants/acme/valueSettings");
    settings.set_alpha(alpha);
    auto& term = *settings.mutable_purchase()->add_terms();
    term.set_feature("visits");
    term.set_factor(1);
    auto& tier = *settings.add_tiers();
    tier.set_tier("everybody");
    return Call(*values_, &Stub::UpdateValueSettings, request);
  }

  testutil::TempDir values_directory_;
  observability::Metrics values_metrics_;
  std::unique_ptr<storage::ValueSettingsStore> values_store_;
  std::unique_ptr<ValueSettingsBook> book_;
  std::unique_ptr<PortfolioClient> portfolios_;
  std::unique_ptr<ValueEngine> value_engine_;
  std::unique_ptr<ValueService> value_service_;
  std::unique_ptr<rpc::Server> values_server_;
  std::unique_ptr<v1::ValueService::Stub> values_;
};

TEST_F(ValueServiceTest, SettingsAreReplacedAndTheirRevisionsListedInPages) {
  ASSERT_OK_AND_ASSIGN(const auto defaults, Get());
  EXPECT_EQ(defaults.revision(), 0);
  for (int i = 1; i <= 5; ++i) ASSERT_OK(Update(i).status());
  ASSERT_OK_AND_ASSIGN(const auto third, Get(3));
  EXPECT_EQ(third.alpha(), 3);
  EXPECT_FALSE(third.actor().empty());
  v1::ListValueSettingsRevisionsRequest request;
  request.set_parent("tenants/acme");
  request.set_page_size(2);
  std::vector<int64_t> revisions;
  int pages = 0;
  do {
    ASSERT_OK_AND_ASSIGN(const auto page, Call(*values_, &Stub::ListValueSettingsRevisions, request));
    for (const auto& settings : page.value_settings()) revisions.push_back(settings.revision());
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(revisions, ElementsAre(5, 4, 3, 2, 1));
  EXPECT_EQ(pages, 3);
}

TEST_F(ValueServiceTest, ErrorsCarryTheirReasons) {
  EXPECT_EQ(ReasonOf(Get(4).status()), "REVISION_NOT_FOUND");
  EXPECT_EQ(FieldOf(Update(-1).status()), "value_settings.alpha");
  v1::GetValueSettingsRequest request;
  request.set_name("tenants/acme/settings");
  EXPECT_EQ(FieldOf(Call(*values_, &Stub::GetValueSettings, request).status()), "name");
}

TEST_F(ValueServiceTest, ValuesAreComputedFromWhatIngestionKnows) {
  ASSERT_OK(Update(0.5).status());
  v1::ComputePotentialValuesRequest request;
  request.set_parent("tenants/acme");
  request.add_subjects()->set_customer_id("pro-1");
  ASSERT_OK_AND_ASSIGN(const auto response, Call(*values_, &Stub::ComputePotentialValues, request));
  EXPECT_EQ(response.potential_values(0).value(), 2);
  request.add_subjects()->set_customer_id("nobody");
  EXPECT_EQ(ReasonOf(Call(*values_, &Stub::ComputePotentialValues, request).status()), "CUSTOMER_NOT_FOUND");
  ingestion_server_->Shutdown();
  ingestion_server_.reset();
  const auto down = Call(*values_, &Stub::ComputePotentialValues, request);
  EXPECT_THAT(down, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(down.status()), "INGESTION_UNAVAILABLE");
  v1::ComputePortfolioValueRequest portfolio;
  portfolio.set_parent("tenants/acme");
  EXPECT_EQ(ReasonOf(Call(*values_, &Stub::ComputePortfolioValue, portfolio).status()), "INGESTION_UNAVAILABLE");
}

TEST_F(ValueServiceTest, TiersOfTheSettingsAreThoseOfTheNextScore) {
  ASSERT_OK(Publish("churn", testutil::ChurnModel(-1)));
  v1::ScoreRequest request;
  request.set_name("tenants/acme/models/churn");
  request.mutable_subject()->set_customer_id("pro-1");
  ASSERT_OK_AND_ASSIGN(const auto before, Call(*scoring_, &v1::ScoringService::Stub::Score, request));
  EXPECT_EQ(before.score().standing().grade(), "E");
  EXPECT_EQ(before.score().standing().tier(), "");
  ASSERT_OK(Update(1).status());
  ASSERT_OK_AND_ASSIGN(const auto after, Call(*scoring_, &v1::ScoringService::Stub::Score, request));
  EXPECT_EQ(after.score().standing().tier(), "everybody");
}

TEST_F(ValueServiceTest, AScoreHasItsTrendWhereItIsAskedFor) {
  ASSERT_OK(Publish("churn", testutil::ChurnModel(-1)));
  ASSERT_OK(Publish("segments", testutil::SegmentModel()));
  v1::ScoreRequest request;
  request.set_name("tenants/acme/models/churn");
  request.mutable_subject()->set_customer_id("pro-1");
  request.set_trend_days(30);
  ASSERT_OK_AND_ASSIGN(const auto response, Call(*scoring_, &v1::ScoringService::Stub::Score, request));
  const v1::Score& score = response.score();
  EXPECT_EQ(score.trend().direction(), v1::Score::Trend::DIRECTION_STEADY);
  EXPECT_EQ(score.feature_time().seconds() - score.trend().previous_time().seconds(), 30 * 86'400);
  request.mutable_subject()->clear_customer_id();
  EXPECT_EQ(FieldOf(Call(*scoring_, &v1::ScoringService::Stub::Score, request).status()), "trend_days");

  v1::ScoreCustomerRequest customer;
  customer.set_name("tenants/acme/customers/pro-1");
  customer.set_trend_days(30);
  ASSERT_OK_AND_ASSIGN(const auto all, Call(*scoring_, &v1::ScoringService::Stub::ScoreCustomer, customer));
  EXPECT_TRUE(all.scores(0).score().has_trend());
  EXPECT_FALSE(all.scores(1).score().has_trend());
  customer.set_trend_days(-1);
  EXPECT_EQ(FieldOf(Call(*scoring_, &v1::ScoringService::Stub::ScoreCustomer, customer).status()), "trend_days");
}

}  // namespace
}  // namespace clientele::inference
