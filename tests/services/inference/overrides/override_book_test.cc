#include "services/inference/overrides/override_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/timestamps.h"
#include "common/storage/rocksdb/override_store.h"
#include "services/inference/overrides/override_name.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::inference {
namespace {

using ::testing::ElementsAre;
using testutil::StatusIs;

class OverrideBookTest : public ::testing::Test {
 protected:
  void SetUp() override { Open(); }
  void Open() {
    book_.reset();
    store_.reset();
    store_ = *storage::OpenRocksOverrideStore(directory_.path());
    book_ = *OverrideBook::Open(*store_, suppressions_, clock_);
  }
  storage::OverrideName Name(const std::string& customer = "ada", const std::string& model = "churn") {
    return {acme_, model, customer};
  }
  v1::ScoreOverride Wanted(double value = 0.2) {
    v1::ScoreOverride wanted;
    wanted.set_value(value);
    wanted.set_tier("gold");
    wanted.set_reason("known for years");
    *wanted.mutable_expire_time() = ToProto(clock_.Now() + absl::Hours(24));
    return wanted;
  }
  v1::Score Shown(const std::string& customer = "ada", const std::string& model = "churn") {
    v1::Score score;
    book_->AddTo(acme_, model, customer, score);
    return score;
  }
  std::vector<std::string> Listed(const std::string& model = "", bool expired = false) {
    std::vector<std::string> names;
    EXPECT_OK(book_->List(acme_, model, {acme_, "", ""}, expired, [&](const auto& name, const auto&) {
      names.push_back(name.model + "/" + name.customer_id);
      return true;
    }));
    return names;
  }

  const TenantId acme_ = *TenantId::Parse("acme");
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  Suppressions suppressions_;
  std::unique_ptr<storage::OverrideStore> store_;
  std::unique_ptr<OverrideBook> book_;
};

TEST_F(OverrideBookTest, WhatAPersonDecidedIsShownBesideTheScoreAlsoAfterARestart) {
  EXPECT_FALSE(Shown().has_score_override());
  ASSERT_OK_AND_ASSIGN(const v1::ScoreOverride set, book_->Set(Name(), Wanted(), "case worker"));
  EXPECT_EQ(set.name(), "tenants/acme/models/churn/scoreOverrides/ada");
  EXPECT_EQ(set.actor(), "case worker");
  EXPECT_EQ(set.revision(), 1);
  for (int i = 0; i < 2; ++i, Open()) {
    EXPECT_EQ(Shown().score_override().value(), 0.2);
    EXPECT_EQ(Shown().score_override().tier(), "gold");
    EXPECT_EQ(Shown().score_override().reason(), "known for years");
    EXPECT_FALSE(Shown("bob").has_score_override());
    EXPECT_FALSE(Shown("ada", "value").has_score_override());
    EXPECT_FALSE(Shown("").has_score_override());
  }
}

TEST_F(OverrideBookTest, ItDoesNothingOnceItHasExpired) {
  ASSERT_OK(book_->Set(Name(), Wanted(), ""));
  clock_.Advance(absl::Hours(24) - absl::Seconds(1));
  EXPECT_TRUE(Shown().has_score_override());
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Shown().has_score_override());
  EXPECT_OK(book_->Get(Name())) << "it can still be seen";
  EXPECT_THAT(Listed(), ElementsAre());
  EXPECT_THAT(Listed("", true), ElementsAre("churn/ada"));
}

TEST_F(OverrideBookTest, AWrongFieldIsNamed) {
  const auto refuses = [&](const v1::ScoreOverride& wanted, const std::string& field) {
    const auto refused = book_->Set(Name(), wanted, "");
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_EQ(FieldOf(refused.status()), field);
  };
  v1::ScoreOverride wanted = Wanted();
  wanted.clear_reason();
  refuses(wanted, "score_override.reason");
  wanted = Wanted();
  wanted.clear_expire_time();
  refuses(wanted, "score_override.expire_time");
  *wanted.mutable_expire_time() = ToProto(clock_.Now());
  refuses(wanted, "score_override.expire_time");
  *wanted.mutable_expire_time() = ToProto(clock_.Now() + absl::Hours(366 * 24) + absl::Seconds(1));
  refuses(wanted, "score_override.expire_time");
  wanted = Wanted(std::numeric_limits<double>::infinity());
  refuses(wanted, "score_override.value");
  wanted = Wanted();
  wanted.clear_value();
  wanted.clear_tier();
  refuses(wanted, "score_override");
  wanted = Wanted();
  wanted.set_segment(std::string(257, 's'));
  refuses(wanted, "score_override.segment");
}

TEST_F(OverrideBookTest, EveryChangeIsInTheJournal) {
  ASSERT_OK_AND_ASSIGN(const v1::ScoreOverride first, book_->Set(Name(), Wanted(0.1), "ann"));
  v1::ScoreOverride next = Wanted(0.3);
  next.set_etag(first.etag());
  ASSERT_OK(book_->Set(Name(), next, "ben"));
  EXPECT_EQ(ReasonOf(book_->Set(Name(), next, "cyd").status()), "ETAG_MISMATCH");
  EXPECT_EQ(ReasonOf(book_->Delete(Name(), first.etag(), "", "cyd").status()), "ETAG_MISMATCH");
  ASSERT_OK_AND_ASSIGN(const v1::ScoreOverride stood, book_->Delete(Name(), "", "a mistake", "dan"));
  EXPECT_EQ(stood.value(), 0.3);
  EXPECT_FALSE(Shown().has_score_override());
  EXPECT_EQ(ReasonOf(book_->Get(Name()).status()), "OVERRIDE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(book_->Delete(Name(), "", "", "dan").status()), "OVERRIDE_NOT_FOUND");
  ASSERT_OK(book_->Set(Name(), Wanted(0.4), "eve"));
  ASSERT_OK_AND_ASSIGN(const auto journal, book_->ReadJournal(Name(), 0, 10));
  std::vector<std::string> actors;
  for (const auto& change : journal) actors.push_back(change.score_override().actor());
  EXPECT_THAT(actors, ElementsAre("eve", "dan", "ben", "ann"));
  EXPECT_TRUE(journal[1].deleted());
  EXPECT_EQ(journal[1].score_override().reason(), "a mistake");
  EXPECT_EQ(journal[0].revision(), 4);
}

TEST_F(OverrideBookTest, IsListedByModelAndCustomer) {
  for (const auto& [customer, model] :
       {std::pair("bob", "value"), std::pair("ada", "value"), std::pair("cyd", "churn")}) {
    ASSERT_OK(book_->Set(Name(customer, model), Wanted(), ""));
  }
  EXPECT_THAT(Listed(), ElementsAre("churn/cyd", "value/ada", "value/bob"));
  EXPECT_THAT(Listed("value"), ElementsAre("value/ada", "value/bob"));
}

TEST_F(OverrideBookTest, NothingIsDecidedOfWhomTheTenantSuppresses) {
  const privacy::DigestKey key = privacy::DigestKey::Draw().value();
  ingestion::v1::Erasure erasure;
  erasure.set_verb(ingestion::v1::ERASURE_VERB_SUPPRESS_ONLY);
  suppressions_.Apply(acme_, key, key.Of("ada"), erasure, /*records_gone=*/true);
  EXPECT_EQ(ReasonOf(book_->Set(Name(), Wanted(), "").status()), "CUSTOMER_SUPPRESSED");
  EXPECT_OK(book_->Set(Name("bob"), Wanted(), ""));
}

TEST(OverrideNameTest, ReadsWhatItWrites) {
  const storage::OverrideName name{*TenantId::Parse("acme"), "churn", "a/b c"};
  ASSERT_OK_AND_ASSIGN(const storage::OverrideName read, ParseOverrideName("name", FormatOverride(name)));
  EXPECT_EQ(read.customer_id, "a/b c");
  EXPECT_EQ(read.model, "churn");
  EXPECT_EQ(read.tenant, name.tenant);
  for (const char* bad : {"", "tenants/acme/models/churn", "tenants/acme/models/churn/scoreOverrides/",
                          "tenants/acme/scoreOverrides/ada", "tenants/acme/models/churn/scoreOverrides/a/b"}) {
    EXPECT_THAT(ParseOverrideName("name", bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace clientele::inference
