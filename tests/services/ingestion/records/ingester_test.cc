// Batches into the store: quarantine, keys, failures of the store, the pipeline.
#include "services/ingestion/records/ingester.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "services/ingestion/records/customer_pages.h"
#include "services/ingestion/records/ingest_pipeline.h"
#include "services/ingestion/records/standardise.h"
#include "tests/common/quota/meter_options.h"
#include "tests/services/ingestion/records/ingester_fixture.h"

namespace clientele::ingestion {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testutil::StatusIs;

TEST_F(IngesterTest, ABatchIsAnsweredRecordByRecordInOrder) {
  std::vector<std::string> wires =
      Wires({Purchase(1), Purchase(2, 1, "EURO"), Purchase(1), Purchase(1, 7), Purchase(3)});
  wires.push_back("\xff garbage");
  ASSERT_OK_AND_ASSIGN(const v1::BatchResult result, Ingest(wires));
  EXPECT_THAT(result.dispositions(), ElementsAre(v1::RECORD_DISPOSITION_ACCEPTED, v1::RECORD_DISPOSITION_REJECTED,
                                                 v1::RECORD_DISPOSITION_DUPLICATE, v1::RECORD_DISPOSITION_CONFLICT,
                                                 v1::RECORD_DISPOSITION_ACCEPTED, v1::RECORD_DISPOSITION_REJECTED));
  EXPECT_EQ(result.accepted_count(), 2);
  EXPECT_EQ(result.duplicate_count(), 1);
  EXPECT_EQ(result.conflict_count(), 1);
  EXPECT_EQ(result.rejected_count(), 2);
  ASSERT_THAT(result.errors(), SizeIs(3));
  EXPECT_EQ(result.errors(0).index(), 1);
  EXPECT_EQ(result.errors(0).reason(), v1::REJECTION_REASON_UNKNOWN_CURRENCY);
  EXPECT_EQ(result.errors(0).field(), "transaction.currency_code");
  EXPECT_EQ(result.errors(1).index(), 3);
  EXPECT_EQ(result.errors(1).reason(), v1::REJECTION_REASON_CONFLICT);
  EXPECT_EQ(result.errors(2).index(), 5);

  std::vector<v1::RejectedRecord> quarantine;
  RecordOpener opener(*keys_, tenant_);
  ASSERT_OK(store_.ListRejected(tenant_, "", [&](const v1::RejectedRecord& record, absl::string_view) {
    quarantine.push_back(record);
    EXPECT_OK(opener.Open(quarantine.back()));
    return true;
  }));
  ASSERT_THAT(quarantine, SizeIs(2));
  EXPECT_EQ(quarantine[1].record().transaction().currency_code(), "EURO");
  EXPECT_EQ(quarantine[1].record().record_id(), "2");
  EXPECT_EQ(quarantine[1].kind(), common::v1::RECORD_KIND_TRANSACTION);
}

TEST_F(IngesterTest, WhoStoresAsMuchAsItMayIsRefusedBeforeAnythingIsKept) {
  const std::string file = directory_.Write("quotas.json", R"({"tenant_quotas": [
      {"name": "tenants/acme/quota", "stored_records": 3}, {"name": "tenants/beta/quota", "stored_bytes": 1}]})");
  ASSERT_OK_AND_ASSIGN(const auto meter, quota::Meter::Open(quota::LimitsIn(file), clock_, metrics_));
  Ingester held(store_, contexts_, *keys_, clock_, metrics_, meter.get());
  const auto ingest = [&](const TenantId& tenant, const std::vector<v1::Record>& records) {
    const std::vector<std::string> wires = Wires(records);
    const std::vector<absl::string_view> views(wires.begin(), wires.end());
    absl::StatusOr<PreparedBatch> batch = held.Prepare(tenant, views);
    return batch.ok() ? held.Store(tenant, absl::MakeSpan(&*batch, 1)).status() : batch.status();
  };
  EXPECT_OK(ingest(tenant_, {Purchase(1), Purchase(2)}));
  EXPECT_OK(ingest(tenant_, {Purchase(3), Purchase(4)})) << "the batch that reaches the limit is taken whole";
  const absl::Status full = ingest(tenant_, {Purchase(5), Purchase(6, 1, "EURO")});
  EXPECT_THAT(full, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("stored_records is 3")));
  EXPECT_EQ(ReasonOf(full), "QUOTA_EXCEEDED");
  EXPECT_EQ(store_.GetVolume(tenant_)->records, 4);
  EXPECT_EQ(store_.GetReport(tenant_)->rejected_count(), 0) << "nor in quarantine";
  const TenantId beta = *TenantId::Parse("beta");
  EXPECT_OK(ingest(beta, {Purchase(1)}));
  EXPECT_THAT(ingest(beta, {Purchase(2)}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("stored_bytes is 1")));
  EXPECT_EQ(meter->Find("beta")->usage().refused, 1);
}

TEST_F(IngesterTest, WhatIsPersonalIsSealedInTheStoreAndADuplicateIsStillOne) {
  const std::vector<std::string> wires = Wires({Profile(1), Purchase(2)});
  EXPECT_EQ(Ingest(wires)->accepted_count(), 2);
  EXPECT_EQ(Ingest(wires)->duplicate_count(), 2);
  v1::Record other = Profile(1);
  other.mutable_profile()->set_email("other@example.com");
  EXPECT_EQ(Ingest(Wires({other}))->conflict_count(), 1);
  ASSERT_OK(store_.ScanCustomer(tenant_, "c1", [](const storage::StoredRecord& record) {
    EXPECT_EQ(std::string(record.body).find("ada@"), std::string::npos);
    return true;
  }));
  EXPECT_EQ(EmailOf("c1"), "ada@example.com");
}

TEST_F(IngesterTest, ABatchOfACustomerWhoseKeysWereDestroyedMeanwhileIsToBeSentAgain) {
  EXPECT_EQ(Ingest(Wires({Profile(1)}))->accepted_count(), 1);
  const std::vector<std::string> wires = Wires({Profile(4)});
  const std::vector<absl::string_view> views(wires.begin(), wires.end());
  ASSERT_OK_AND_ASSIGN(PreparedBatch late, ingester_.Prepare(tenant_, views));
  ASSERT_OK(keys_->Destroy(tenant_, "c1"));
  EXPECT_THAT(ingester_.Store(tenant_, absl::MakeSpan(&late, 1)), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(EmailOf("c1"), "");
  EXPECT_EQ(Ingest(wires)->accepted_count(), 1);
  EXPECT_EQ(EmailOf("c1"), "ada@example.com");
}

TEST_F(IngesterTest, RecordsFromBeforeThereWereKeysAreReadAndKnownAgain) {
  const v1::Record before = Profile(1);
  storage::NewRecord clear;
  v1::Record standard = before;
  ASSERT_OK_AND_ASSIGN(const auto context, contexts_.Get(tenant_));
  ASSERT_FALSE(Standardiser(*context, absl::ToUnixMicros(clock_.Now())).Standardise(standard, clear).has_value());
  ASSERT_OK(rocks_->Append(tenant_, {&clear, 1}, {}, clock_.Now()));
  const auto keys = CustomerKeys::Open(keys_.store, testutil::MasterKeyOf('1'), clock_,
                                       [this](const TenantId& tenant) -> absl::StatusOr<bool> {
                                         return rocks_->GetReport(tenant)->accepted_count() > 0;
                                       })
                        .value();
  Ingester upgraded(store_, contexts_, *keys, clock_, metrics_);
  const auto ingest = [&](const std::vector<v1::Record>& records) {
    const std::vector<std::string> wires = Wires(records);
    const std::vector<absl::string_view> views(wires.begin(), wires.end());
    PreparedBatch batch = upgraded.Prepare(tenant_, views).value();
    return upgraded.Store(tenant_, absl::MakeSpan(&batch, 1)).value().front();
  };
  EXPECT_EQ(EmailOf("c1"), "ada@example.com");
  EXPECT_EQ(ingest({before, Profile(4)}).duplicate_count(), 1) << "what was in the clear is no conflict";
  EXPECT_EQ(ingest({before, Profile(4)}).duplicate_count(), 2);
}

TEST_F(IngesterTest, AStoreThatFailsAcknowledgesNothing) {
  store_.fails = true;
  EXPECT_THAT(Ingest(Wires({Purchase(1), Purchase(2, 1, "EURO")})), StatusIs(absl::StatusCode::kUnavailable));
  store_.fails = false;
  EXPECT_EQ(store_.GetReport(tenant_)->accepted_count(), 0);
  EXPECT_EQ(store_.GetReport(tenant_)->rejected_count(), 0);
  EXPECT_EQ(Ingest(Wires({Purchase(1)}))->accepted_count(), 1);
}

TEST_F(IngesterTest, APipelineStopsAtTheFirstFailureAndAnswersNothingAfterIt) {
  std::vector<uint64_t> answered;
  std::atomic<int> failures = 0;
  const auto answer = [&](uint64_t sequence, const v1::BatchResult&) {
    answered.push_back(sequence);
    store_.fails = true;  // From the first answer on.
    return true;
  };
  IngestPipeline pipeline(ingester_, tenant_, answer, [&] { ++failures; });
  const std::vector<std::string> first = Wires({Purchase(1)}), second = Wires({Purchase(2)});
  const absl::string_view first_view = first[0], second_view = second[0];
  ASSERT_OK(pipeline.Push(1, {&first_view, 1}));
  absl::Status status;
  for (uint64_t sequence = 2; status.ok(); ++sequence) status = pipeline.Push(sequence, {&second_view, 1});
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(pipeline.Finish(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(failures, 1) << "who waits for an answer is told";
  for (size_t i = 0; i < answered.size(); ++i) EXPECT_EQ(answered[i], i + 1);
  store_.fails = false;
  // What was answered is there, and what was not may be sent again.
  EXPECT_EQ(Ingest(first)->duplicate_count(), 1);
}

TEST_F(IngesterTest, APipelineAnswersInOrder) {
  std::vector<uint64_t> answered;
  int64_t accepted = 0;
  const auto answer = [&](uint64_t sequence, const v1::BatchResult& result) {
    answered.push_back(sequence);
    accepted += result.accepted_count();
    return true;
  };
  IngestPipeline pipeline(ingester_, tenant_, answer, [] { ADD_FAILURE() << "nothing fails"; });
  for (int batch = 0; batch < 50; ++batch) {
    const std::vector<std::string> wires = Wires({Purchase(2 * batch), Purchase(2 * batch + 1), Purchase(0)});
    const std::vector<absl::string_view> views(wires.begin(), wires.end());
    ASSERT_OK(pipeline.Push(batch, views));
  }
  ASSERT_OK(pipeline.Finish());
  ASSERT_THAT(answered, SizeIs(50));
  EXPECT_TRUE(std::is_sorted(answered.begin(), answered.end()));
  EXPECT_EQ(accepted, 100);
  EXPECT_EQ(store_.GetReport(tenant_)->accepted_count(), 100);
  EXPECT_EQ(store_.GetReport(tenant_)->duplicate_count(), 50);
}

TEST_F(IngesterTest, CustomersComeInPagesAndFoldTheirHistories) {
  std::vector<v1::Record> records;
  for (int i = 0; i < 90; ++i) {
    records.push_back(Purchase(i, i % 10 == 0 ? -1'000'000 : 2'000'000));
    records.back().set_customer_id(absl::StrCat("c", i % 30));
  }
  v1::Record old_profile = Purchase(1'000), new_profile = Purchase(1'001);
  old_profile.mutable_profile()->set_email("old@example.com");
  (*old_profile.mutable_profile()->mutable_attributes())["plan"].set_text("silver");
  (*old_profile.mutable_profile()->mutable_attributes())["age"].set_number(36);
  new_profile.mutable_profile()->set_email("new@example.com");
  (*new_profile.mutable_profile()->mutable_attributes())["plan"].set_text("gold");
  old_profile.set_customer_id("c7");
  new_profile.set_customer_id("c7");
  records.push_back(new_profile);  // The newest by event time wins, not the last to come.
  records.push_back(old_profile);
  ASSERT_OK(Ingest(Wires(records)));

  std::vector<v1::Customer> customers;
  std::string position;
  int pages = 0;
  do {
    ASSERT_OK_AND_ASSIGN(CustomerPage page,
                         ReadCustomerPage(store_, *keys_, tenant_, "USD", position, 7, 1 << 20, StopToken()));
    EXPECT_LE(page.customers.size(), 7u);
    for (v1::Customer& customer : page.customers) customers.push_back(std::move(customer));
    position = page.next_position;
    ++pages;
  } while (!position.empty());
  EXPECT_EQ(pages, 5);
  ASSERT_THAT(customers, SizeIs(30));
  int64_t records_seen = 0;
  for (size_t i = 0; i < customers.size(); ++i) {
    records_seen += customers[i].record_count();
    if (i == 0) continue;
    const auto order = [&](const v1::Customer& c) {
      return std::make_pair(ShardOf(tenant_, c.customer_id()), c.customer_id());
    };
    EXPECT_LT(order(customers[i - 1]), order(customers[i]));
  }
  EXPECT_EQ(records_seen, 92);
  const auto seven =
      std::find_if(customers.begin(), customers.end(), [](const v1::Customer& c) { return c.customer_id() == "c7"; });
  ASSERT_NE(seven, customers.end());
  EXPECT_EQ(seven->email(), "new@example.com");
  EXPECT_EQ(seven->attributes().at("plan").text(), "gold");
  EXPECT_EQ(seven->attributes().at("age").number(), 36);
  EXPECT_EQ(seven->transaction_count(), 3);
  EXPECT_EQ(seven->net_spend_micros(), 6'000'000);
  EXPECT_EQ(seven->name(), "tenants/acme/customers/c7");

  ASSERT_OK_AND_ASSIGN(const CustomerPage small,
                       ReadCustomerPage(store_, *keys_, tenant_, "USD", "", 100, 1, StopToken()));
  EXPECT_THAT(small.customers, SizeIs(1));  // A page ends when it is large.
}

}  // namespace
}  // namespace clientele::ingestion
