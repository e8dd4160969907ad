// What a RecordStore keeps beside the records: counts, quarantine, attributes, settings, definitions.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "common/base/error.h"
#include "tests/contract/record_store_contract.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {

using ::testing::SizeIs;
using testutil::StatusIs;

TEST_P(RecordStoreContract, TheReportIsExactAndSurvives) {
  std::vector<NewRecord> batch = {Make({"1", "ada", 5'000'000, 1}), Make({"2", "bob", 2'000'000, 2}),
                                  Make({"3", "ada", 9'000'000, 3, "crm"}), Make({"1", "ada", 1, 4})};
  batch[1].kind = common::v1::RECORD_KIND_TRANSACTION;
  batch[1].missing_fields = {"transaction.product", "transaction.channel"};
  batch[2].missing_fields = {"interaction.channel"};
  std::vector<ingestion::v1::RejectedRecord> rejected(2);
  rejected[0].mutable_record()->set_source("shop");
  rejected[0].set_reason(ingestion::v1::REJECTION_REASON_UNKNOWN_CURRENCY);
  rejected[0].set_field("transaction.currency_code");
  rejected[1].set_reason(ingestion::v1::REJECTION_REASON_MISSING_FIELD);
  rejected[1].set_field("source");
  ASSERT_OK(store().Append(tenant_, batch, rejected, absl::FromUnixSeconds(50)));
  ASSERT_OK(store().Append(tenant_, {&batch[0], 1}, {}, absl::FromUnixSeconds(60)));
  Reopen();

  ASSERT_OK_AND_ASSIGN(const ingestion::v1::IngestionReport report, store().GetReport(tenant_));
  EXPECT_EQ(report.accepted_count(), 3);
  EXPECT_EQ(report.duplicate_count(), 1);
  EXPECT_EQ(report.conflict_count(), 1);
  EXPECT_EQ(report.rejected_count(), 2);
  EXPECT_EQ(report.customer_count(), 2);
  ASSERT_EQ(report.kinds_size(), 2);
  EXPECT_EQ(report.kinds(0).kind(), common::v1::RECORD_KIND_TRANSACTION);
  EXPECT_EQ(report.kinds(0).fields_size(), 2);
  EXPECT_EQ(report.kinds(1).accepted_count(), 2);
  EXPECT_EQ(report.kinds(1).first_event_time().seconds(), 5);
  EXPECT_EQ(report.kinds(1).last_event_time().seconds(), 9);
  ASSERT_EQ(report.kinds(1).fields_size(), 1);
  EXPECT_EQ(report.kinds(1).fields(0).field(), "interaction.channel");
  EXPECT_EQ(report.kinds(1).fields(0).missing_count(), 1);
  ASSERT_EQ(report.sources_size(), 3);
  EXPECT_EQ(report.sources(0).source(), "");
  EXPECT_EQ(report.sources(1).source(), "crm");
  EXPECT_EQ(report.sources(2).accepted_count(), 2);
  EXPECT_EQ(report.sources(2).last_ingest_time().seconds(), 60);
  ASSERT_EQ(report.rejections_size(), 2);
  EXPECT_EQ(report.rejections(0).reason(), ingestion::v1::REJECTION_REASON_MISSING_FIELD);
  EXPECT_EQ(report.rejections(1).field(), "transaction.currency_code");
  EXPECT_EQ(report.rejections(1).count(), 1);
}

TEST_P(RecordStoreContract, TheQuarantineKeepsTheNewestAndListsThemFirst) {
  Reject(tenant_, 9'000);
  Reject(tenant_, 900, 9'000);
  EXPECT_THAT(Rejected(tenant_), SizeIs(9'900));
  Reopen();
  Reject(tenant_, 300, 9'900);
  const std::vector<std::string> ids = Rejected(tenant_);
  ASSERT_THAT(ids, SizeIs(10'000));
  EXPECT_EQ(ids.front(), "10199");
  EXPECT_EQ(ids.back(), "200");
  Reject(tenant_, 10'000, 20'000);
  EXPECT_EQ(Rejected(tenant_).back(), "20000");
  EXPECT_EQ(store().GetReport(tenant_)->rejected_count(), 20'200);
}

TEST_P(RecordStoreContract, AttributesKeepTheTypeOfTheirFirstValue) {
  NewRecord first = Make({"1", "ada", 1}), second = Make({"2", "bob", 2});
  first.attributes = {{"plan", common::v1::FEATURE_TYPE_CATEGORY}};
  second.attributes = {{"plan", common::v1::FEATURE_TYPE_NUMBER}, {"age", common::v1::FEATURE_TYPE_NUMBER}};
  ASSERT_OK(store().Append(tenant_, {&first, 1}, {}, absl::FromUnixSeconds(1)));
  Reopen();  // Forgets whatever was cached.
  ASSERT_OK(store().Append(tenant_, {&second, 1}, {}, absl::FromUnixSeconds(2)));
  ASSERT_OK_AND_ASSIGN(const std::vector<AttributeInfo> attributes, store().ListAttributes(tenant_));
  ASSERT_THAT(attributes, SizeIs(2));
  EXPECT_EQ(attributes[0].name, "age");
  EXPECT_EQ(attributes[1].name, "plan");
  EXPECT_EQ(attributes[1].type, common::v1::FEATURE_TYPE_CATEGORY);
}

TEST_P(RecordStoreContract, SettingsAreReplacedOnlyWithTheNewestEtag) {
  ingestion::v1::Settings settings;
  settings.set_base_currency("EUR");
  settings.set_etag("one");
  EXPECT_THAT(store().PutSettings(tenant_, settings, "none"), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store().GetSettings(tenant_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(store().PutSettings(tenant_, settings, ""));
  settings.set_etag("two");
  const absl::Status stale = store().PutSettings(tenant_, settings, "");
  EXPECT_THAT(stale, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ReasonOf(stale), "ETAG_MISMATCH");
  EXPECT_OK(store().PutSettings(tenant_, settings, "one"));
  Reopen();
  EXPECT_EQ(store().GetSettings(tenant_)->etag(), "two");
  EXPECT_EQ(store().GetSettings(tenant_)->base_currency(), "EUR");
}

TEST_P(RecordStoreContract, AFeatureDefinitionNeverChanges) {
  common::v1::FeatureDefinition b, a;
  b.set_name("b");
  b.set_unit("days");
  a.set_name("a");
  EXPECT_OK(store().CreateFeatureDefinition(tenant_, b));
  EXPECT_OK(store().CreateFeatureDefinition(tenant_, a));
  EXPECT_OK(store().CreateFeatureDefinition(tenant_, b));
  b.set_unit("weeks");
  EXPECT_THAT(store().CreateFeatureDefinition(tenant_, b), StatusIs(absl::StatusCode::kAlreadyExists));
  Reopen();
  ASSERT_OK_AND_ASSIGN(const auto definitions, store().ListFeatureDefinitions(tenant_));
  ASSERT_THAT(definitions, SizeIs(2));
  EXPECT_EQ(definitions[0].name(), "a");
  EXPECT_EQ(definitions[1].unit(), "days");
}

}  // namespace clientele::storage
