// The tenant's settings: how they change, and what of them is fixed once records have come.
#include "services/ingestion/records/tenant_contexts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "tests/services/ingestion/records/ingester_fixture.h"

namespace clientele::ingestion {
namespace {

using testutil::StatusIs;

class TenantSettingsTest : public IngesterTest {
 protected:
  absl::Status Update(const v1::UpdateSettingsRequest& request) { return contexts_.Update(tenant_, request).status(); }
  v1::UpdateSettingsRequest Settings() const {
    v1::UpdateSettingsRequest request;
    request.mutable_settings()->set_name("tenants/acme/settings");
    return request;
  }
};

TEST_F(TenantSettingsTest, SettingsBeginWithTheDefaults) {
  const auto context = contexts_.Get(tenant_).value();
  EXPECT_EQ(context->base_currency(), "USD");
  EXPECT_EQ(context->settings().time_zone(), "UTC");
  EXPECT_EQ(context->phone_region(), "US");
  EXPECT_EQ(context->settings().name(), "tenants/acme/settings");
}

TEST_F(TenantSettingsTest, AnUpdateChangesWhatItsMaskNames) {
  v1::UpdateSettingsRequest request = Settings();
  request.mutable_settings()->set_base_currency("EUR");
  request.mutable_settings()->set_time_zone("Europe/Berlin");
  request.mutable_update_mask()->add_paths("time_zone");
  ASSERT_OK_AND_ASSIGN(const v1::Settings after, contexts_.Update(tenant_, request));
  EXPECT_EQ(after.time_zone(), "Europe/Berlin");
  EXPECT_EQ(after.base_currency(), "USD");
  EXPECT_NE(after.etag(), "");

  request.clear_update_mask();  // Now all that is set.
  ASSERT_OK_AND_ASSIGN(const v1::Settings all, contexts_.Update(tenant_, request));
  EXPECT_EQ(all.base_currency(), "EUR");
  EXPECT_EQ(all.phone_region(), "US");
  EXPECT_NE(all.etag(), after.etag());

  request = Settings();
  request.mutable_update_mask()->add_paths("*");
  EXPECT_EQ(contexts_.Update(tenant_, request)->base_currency(), "USD");
  request.mutable_update_mask()->add_paths("colour");
  *request.mutable_update_mask()->mutable_paths(0) = "name";
  EXPECT_THAT(Update(request), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(TenantSettingsTest, AStaleEtagIsAborted) {
  v1::UpdateSettingsRequest request = Settings();
  request.mutable_settings()->set_time_zone("Asia/Tokyo");
  ASSERT_OK_AND_ASSIGN(const v1::Settings first, contexts_.Update(tenant_, request));
  request.mutable_settings()->set_time_zone("Asia/Shanghai");
  request.mutable_settings()->set_etag("stale");
  const absl::Status stale = Update(request);
  EXPECT_THAT(stale, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(stale), "ETAG_MISMATCH");
  request.mutable_settings()->set_etag(first.etag());
  EXPECT_OK(Update(request));
  EXPECT_EQ(store_.GetSettings(tenant_)->time_zone(), "Asia/Shanghai");
}

TEST_F(TenantSettingsTest, WrongSettingsAreToldByTheirField) {
  const auto field = [&](const std::function<void(v1::Settings&)>& change) {
    v1::UpdateSettingsRequest request = Settings();
    change(*request.mutable_settings());
    const absl::Status status = Update(request);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
    return FieldOf(status);
  };
  EXPECT_EQ(field([](v1::Settings& s) { s.set_base_currency("euro"); }), "settings.base_currency");
  EXPECT_EQ(field([](v1::Settings& s) { s.set_time_zone("Mars"); }), "settings.time_zone");
  EXPECT_EQ(field([](v1::Settings& s) { s.set_phone_region("Germany"); }), "settings.phone_region");
  EXPECT_EQ(field([](v1::Settings& s) { s.add_exchange_rates()->set_currency_code("EUR"); }),
            "settings.exchange_rates[0].date");
  EXPECT_THAT(store_.GetSettings(tenant_), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TenantSettingsTest, TheBaseCurrencyIsFixedByTheFirstTransaction) {
  v1::UpdateSettingsRequest request = Settings();
  request.mutable_settings()->set_base_currency("EUR");
  ASSERT_OK(Update(request));
  ASSERT_OK(Ingest(Wires({Purchase(1)})));
  request.mutable_settings()->set_base_currency("GBP");
  const absl::Status fixed = Update(request);
  EXPECT_THAT(fixed, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonOf(fixed), "BASE_CURRENCY_FIXED");
  request.mutable_settings()->set_base_currency("EUR");
  request.mutable_settings()->set_time_zone("Asia/Tokyo");
  EXPECT_OK(Update(request));
}

TEST_F(TenantSettingsTest, TheBaseCurrencyWaitsForBatchesThatWereConvertedToIt) {
  const std::vector<std::string> wires = Wires({Purchase(1)});
  const absl::string_view view = wires[0];
  ASSERT_OK_AND_ASSIGN(PreparedBatch batch, ingester_.Prepare(tenant_, {&view, 1}));  // Converted, not yet stored.
  absl::Status updated;
  std::thread updater([&] {
    v1::UpdateSettingsRequest request = Settings();
    request.mutable_settings()->set_base_currency("EUR");
    updated = Update(request);
  });
  ASSERT_OK(ingester_.Store(tenant_, absl::MakeSpan(&batch, 1)));
  updater.join();
  // Whichever came first, no amount is in another currency than the settings say.
  const std::string base = contexts_.Get(tenant_).value()->base_currency();
  EXPECT_EQ(base, "USD");
  EXPECT_THAT(updated, StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(TenantSettingsTest, ASecondSendIsADuplicateAlsoUnderOtherSettings) {
  v1::Record record = Purchase(1);
  record.clear_event_time();
  record.set_event_time_text("2020-06-01 12:00");
  ASSERT_OK(Ingest(Wires({record})));
  v1::UpdateSettingsRequest request = Settings();
  request.mutable_settings()->set_time_zone("Asia/Tokyo");
  ASSERT_OK(Update(request));
  EXPECT_EQ(Ingest(Wires({record}))->duplicate_count(), 1);
}

}  // namespace
}  // namespace clientele::ingestion
