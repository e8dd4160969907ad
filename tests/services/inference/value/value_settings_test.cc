#include "services/inference/value/value_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/value_settings_store.h"
#include "services/inference/value/value_settings_book.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using testutil::StatusIs;

TenantId Acme() { return *TenantId::Parse("acme"); }

void AddTier(const std::string& tier, double at_least, const std::string& model, v1::ValueSettings& settings) {
  auto& rule = *settings.add_tiers();
  rule.set_tier(tier);
  rule.set_at_least_percentile(at_least);
  rule.set_model(model);
}

// The field of the first error after `change`; "" where there is none.
template <typename Change>
std::string FieldAfter(Change change) {
  v1::ValueSettings settings = DefaultValueSettings(Acme());
  change(settings);
  const absl::Status status = ValidateValueSettings("value_settings", Acme(), settings);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status));
  return status.ok() ? "" : FieldOf(status);
}

TEST(ValueSettingsTest, TheDefaultsAreValid) {
  EXPECT_EQ(FieldAfter([](v1::ValueSettings&) {}), "");
  const v1::ValueSettings settings = DefaultValueSettings(Acme());
  EXPECT_EQ(settings.name(), "tenants/acme/valueSettings");
  EXPECT_EQ(settings.revision(), 0);
  EXPECT_EQ(settings.alpha() + settings.beta() + settings.gamma(), 1);
}

TEST(ValueSettingsTest, WeightsAreNumbersOfZeroOrMore) {
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { s.set_alpha(-0.1); }), "value_settings.alpha");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { s.set_beta(std::numeric_limits<double>::infinity()); }),
            "value_settings.beta");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { s.set_gamma(std::numeric_limits<double>::quiet_NaN()); }),
            "value_settings.gamma");
}

TEST(ValueSettingsTest, TermsNameAFeatureOnceWithAFactor) {
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { s.mutable_purchase()->add_terms(); }),
            "value_settings.purchase.terms[1].feature");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { *s.mutable_purchase()->add_terms() = s.purchase().terms(0); }),
            "value_settings.purchase.terms[1].feature");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) {
              s.mutable_referral()->mutable_terms(0)->set_factor(std::numeric_limits<double>::infinity());
            }),
            "value_settings.referral.terms[0].factor");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) {
              for (int i = 0; i < 60; ++i) s.mutable_maintenance()->add_terms()->set_feature("f" + std::to_string(i));
            }),
            "value_settings.maintenance.terms");
}

TEST(ValueSettingsTest, TiersFallForEachModel) {
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) {
              AddTier("high", 90, "", s);
              AddTier("low", 0, "", s);
              AddTier("high", 95, "tenants/acme/models/churn", s);
            }),
            "");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) {
              AddTier("low", 0, "", s);
              AddTier("high", 90, "", s);
            }),
            "value_settings.tiers[1].at_least_percentile");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) {
              AddTier("high", 90, "", s);
              AddTier("high", 80, "", s);
            }),
            "value_settings.tiers[1].tier");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { AddTier("high", 101, "", s); }),
            "value_settings.tiers[0].at_least_percentile");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { AddTier("", 10, "", s); }), "value_settings.tiers[0].tier");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { AddTier("high", 10, "churn", s); }), "value_settings.tiers[0].model");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { AddTier("high", 10, "tenants/other/models/churn", s); }),
            "value_settings.tiers[0].model");
}

TEST(ValueSettingsTest, CurrencyAndReasonAreChecked) {
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { s.set_currency_code("GBP"); }), "");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { s.set_currency_code("pounds"); }), "value_settings.currency_code");
  EXPECT_EQ(FieldAfter([](v1::ValueSettings& s) { s.set_reason(std::string(1025, 'x')); }), "value_settings.reason");
}

class ValueSettingsBookTest : public ::testing::Test {
 protected:
  void SetUp() override {
    clock_.Set(absl::FromUnixSeconds(1'000));
    Open();
  }
  void Open() {
    book_.reset();
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, storage::OpenRocksValueSettingsStore(directory_.path()));
    tiers_ = std::make_unique<TierBook>();
    ASSERT_OK_AND_ASSIGN(book_, ValueSettingsBook::Open(*store_, clock_, *tiers_));
  }
  static v1::ValueSettings Weighed(double alpha) {
    v1::ValueSettings settings = DefaultValueSettings(Acme());
    settings.clear_etag();
    settings.set_alpha(alpha);
    AddTier("high", 50, "", settings);
    return settings;
  }

  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  std::unique_ptr<storage::ValueSettingsStore> store_;
  std::unique_ptr<TierBook> tiers_;
  std::unique_ptr<ValueSettingsBook> book_;
};

TEST_F(ValueSettingsBookTest, ATenantThatSetNothingHasTheDefaults) {
  ASSERT_OK_AND_ASSIGN(const auto settings, book_->Get(Acme(), 0));
  EXPECT_EQ(settings.revision(), 0);
  EXPECT_EQ(settings.alpha(), 0.5);
  EXPECT_EQ(ReasonOf(book_->Get(Acme(), 1).status()), "REVISION_NOT_FOUND");
}

TEST_F(ValueSettingsBookTest, EveryRevisionStaysAsItWas) {
  ASSERT_OK_AND_ASSIGN(const auto first, book_->Update(Acme(), Weighed(1), "ada"));
  clock_.Set(absl::FromUnixSeconds(2'000));
  ASSERT_OK(book_->Update(Acme(), Weighed(2), "bob").status());
  Open();
  ASSERT_OK_AND_ASSIGN(const auto then, book_->Get(Acme(), 1));
  EXPECT_EQ(then.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(then.actor(), "ada");
  EXPECT_EQ(FromProto(then.update_time()), absl::FromUnixSeconds(1'000));
  ASSERT_OK_AND_ASSIGN(const auto now, book_->Get(Acme(), 0));
  EXPECT_EQ(now.alpha(), 2);
  EXPECT_EQ(now.revision(), 2);
  EXPECT_THAT(book_->Get(Acme(), 3), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(book_->Get(Acme(), -1), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ValueSettingsBookTest, AnEtagOfOtherSettingsIsRefused) {
  ASSERT_OK_AND_ASSIGN(const auto defaults, book_->Get(Acme(), 0));
  v1::ValueSettings wanted = Weighed(1);
  wanted.set_etag(defaults.etag());
  ASSERT_OK_AND_ASSIGN(const auto first, book_->Update(Acme(), wanted, ""));
  const auto again = book_->Update(Acme(), wanted, "");
  EXPECT_THAT(again, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(again.status()), "ETAG_MISMATCH");
  wanted.set_etag(first.etag());
  EXPECT_OK(book_->Update(Acme(), wanted, ""));
}

TEST_F(ValueSettingsBookTest, TiersApplyAtOnceAndAfterARestart) {
  EXPECT_EQ(TierOf(tiers_->Get(Acme())->ForVersion("v"), 60), "");
  ASSERT_OK(book_->Update(Acme(), Weighed(1), "").status());
  EXPECT_EQ(TierOf(tiers_->Get(Acme())->ForVersion("v"), 60), "high");
  Open();
  EXPECT_EQ(TierOf(tiers_->Get(Acme())->ForVersion("v"), 60), "high");
}

TEST_F(ValueSettingsBookTest, AClockThatGoesBackDoesNotTakeRevisionsAlong) {
  ASSERT_OK(book_->Update(Acme(), Weighed(1), "").status());
  clock_.Set(absl::FromUnixSeconds(10));
  ASSERT_OK_AND_ASSIGN(const auto second, book_->Update(Acme(), Weighed(2), ""));
  EXPECT_EQ(FromProto(second.update_time()), absl::FromUnixSeconds(1'000));
}

TEST_F(ValueSettingsBookTest, WhatIsNotValidIsNotKept) {
  EXPECT_THAT(book_->Update(Acme(), Weighed(-1), ""), StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(const auto settings, book_->Get(Acme(), 0));
  EXPECT_EQ(settings.revision(), 0);
}

}  // namespace
}  // namespace clientele::inference
