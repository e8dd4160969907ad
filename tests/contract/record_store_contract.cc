#include "tests/contract/record_store_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testutil::StatusIs;

namespace {

// Keeps a record that a scan hands out, which must say rightly whether its customer begins.
void See(const StoredRecord& record, std::vector<SeenRecord>& seen) {
  EXPECT_EQ(record.first_of_customer, seen.empty() || seen.back().customer_id != record.customer_id);
  seen.push_back({std::string(record.customer_id), record.event_time_micros, record.ingest_time_micros,
                  std::string(record.body)});
}

}  // namespace

NewRecord Make(const TestRecord& record) {
  NewRecord result;
  result.source = record.source;
  result.record_id = record.record_id;
  result.customer_id = record.customer_id;
  result.event_time_micros = record.event_time_micros;
  result.kind = common::v1::RECORD_KIND_INTERACTION;
  result.body = absl::StrCat("content ", record.content);
  result.content_digest = Hash128(result.body);
  return result;
}

TenantId Tenant(absl::string_view id) { return TenantId::Parse(id).value(); }

std::string RecordStoreContract::Append(const TenantId& tenant, const std::vector<TestRecord>& records,
                                        absl::Time ingest_time) {
  std::vector<NewRecord> batch;
  for (const TestRecord& record : records) batch.push_back(Make(record));
  const absl::StatusOr<AppendResult> result = store().Append(tenant, batch, {}, ingest_time);
  EXPECT_OK(result);
  if (!result.ok()) return "";
  std::string letters;
  for (const ingestion::v1::RecordDisposition disposition : result->dispositions) letters += "?ADCR"[disposition];
  return letters;
}

void RecordStoreContract::Reject(const TenantId& tenant, int count, int first) {
  std::vector<ingestion::v1::RejectedRecord> rejected(count);
  for (int i = 0; i < count; ++i) {
    rejected[i].mutable_record()->set_record_id(absl::StrCat(first + i));
    rejected[i].mutable_record()->set_source("shop");
    rejected[i].set_reason(ingestion::v1::REJECTION_REASON_TOO_LONG);
    rejected[i].set_field("record_id");
  }
  EXPECT_OK(store().Append(tenant, {}, rejected, absl::FromUnixSeconds(1)));
}

std::vector<SeenRecord> RecordStoreContract::ScanCustomer(const TenantId& tenant, absl::string_view customer) {
  std::vector<SeenRecord> seen;
  EXPECT_OK(store().ScanCustomer(tenant, customer, [&](const StoredRecord& record) {
    See(record, seen);
    return true;
  }));
  return seen;
}

std::vector<SeenRecord> RecordStoreContract::ScanShard(const TenantId& tenant, int shard, absl::string_view first) {
  std::vector<SeenRecord> seen;
  EXPECT_OK(store().ScanShard(tenant, shard, first, [&](const StoredRecord& record) {
    See(record, seen);
    return true;
  }));
  return seen;
}

std::vector<SeenRecord> RecordStoreContract::ScanAll(const TenantId& tenant) {
  std::vector<SeenRecord> all;
  for (int shard = 0; shard < kShardCount; ++shard) {
    for (SeenRecord& record : ScanShard(tenant, shard)) all.push_back(std::move(record));
  }
  return all;
}

std::vector<std::string> RecordStoreContract::Rejected(const TenantId& tenant) {
  std::vector<std::string> ids;
  EXPECT_OK(store().ListRejected(tenant, "", [&](const ingestion::v1::RejectedRecord& record, absl::string_view) {
    ids.push_back(record.record().record_id());
    return true;
  }));
  return ids;
}

namespace {

std::vector<std::string> Contents(const std::vector<SeenRecord>& records) {
  std::vector<std::string> contents;
  for (const SeenRecord& record : records) contents.push_back(record.body);
  return contents;
}

// A customer whose shard is `shard`, the `n`th by trial.
std::string CustomerIn(const TenantId& tenant, int shard, int n = 0) {
  for (int i = 0;; ++i) {
    const std::string id = absl::StrCat("c", i);
    if (ShardOf(tenant, id) == shard && n-- == 0) return id;
  }
}

}  // namespace

TEST_P(RecordStoreContract, AnEmptyStoreHasNothing) {
  EXPECT_THAT(ScanAll(tenant_), IsEmpty());
  EXPECT_THAT(ScanCustomer(tenant_, "nobody"), IsEmpty());
  EXPECT_THAT(Rejected(tenant_), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const ingestion::v1::IngestionReport report, store().GetReport(tenant_));
  EXPECT_EQ(report.name(), "tenants/acme/ingestionReport");
  EXPECT_EQ(report.accepted_count(), 0);
  EXPECT_THAT(store().GetSettings(tenant_), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(RecordStoreContract, ACustomersRecordsComeOldestFirstWithSourceAndIdAsTieBreak) {
  EXPECT_EQ(Append(tenant_, {{"1", "ada", 300, 1},
                             {"2", "ada", 100, 2},
                             {"b", "ada", 200, 3},
                             {"a", "ada", 200, 4},
                             {"z", "ada", 200, 5, "crm"},
                             {"5", "ada", -7, 6}}),
            "AAAAAA");
  EXPECT_THAT(Contents(ScanCustomer(tenant_, "ada")),
              ElementsAre("content 6", "content 2", "content 5", "content 4", "content 3", "content 1"));
}

TEST_P(RecordStoreContract, AShardIsOrderedByCustomerBytesThenTime) {
  const int shard = 7;
  std::vector<TestRecord> records;
  std::vector<std::string> customers;
  for (int i = 0; i < 30; ++i) {
    customers.push_back(CustomerIn(tenant_, shard, i));
    for (int j = 0; j < 3; ++j) {
      records.push_back({absl::StrCat(i, "/", j), customers.back(), (j * 7919) % 100, i * 3 + j});
    }
  }
  std::shuffle(records.begin(), records.end(), std::mt19937(1));
  Append(tenant_, records);
  const std::vector<SeenRecord> seen = ScanShard(tenant_, shard);
  ASSERT_THAT(seen, SizeIs(90));
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end(), [](const SeenRecord& a, const SeenRecord& b) {
    return std::tie(a.customer_id, a.event_time_micros) < std::tie(b.customer_id, b.event_time_micros);
  }));
  EXPECT_THAT(ScanShard(tenant_, shard + 1), IsEmpty());

  std::sort(customers.begin(), customers.end());
  const std::vector<SeenRecord> from = ScanShard(tenant_, shard, customers[10]);
  EXPECT_THAT(from, SizeIs(60));
  EXPECT_EQ(from.front().customer_id, customers[10]);
  EXPECT_EQ(ScanShard(tenant_, shard, customers[10] + '\0').front().customer_id, customers[11]);
}

TEST_P(RecordStoreContract, AScanStopsWhenItIsTold) {
  Append(tenant_, {{"1", "ada", 1}, {"2", "ada", 2}, {"3", "ada", 3}});
  int visits = 0;
  EXPECT_OK(store().ScanCustomer(tenant_, "ada", [&](const StoredRecord&) { return ++visits < 2; }));
  EXPECT_EQ(visits, 2);
}

TEST_P(RecordStoreContract, BackwardsPagesMeetExactly) {
  std::vector<TestRecord> records;
  for (int i = 0; i < 10; ++i) records.push_back({absl::StrCat(i), "ada", i / 2, i});
  Append(tenant_, records);
  Append(tenant_, {{"x", "adam", 5}, {"y", "ad", 5}});
  std::vector<std::string> contents;
  std::string position;
  for (int page = 0; page < 10; ++page) {
    int visits = 0;
    std::string last;
    EXPECT_OK(
        store().ScanCustomerBackwards(tenant_, "ada", position, [&](const StoredRecord& record, absl::string_view at) {
          if (++visits > 3) return false;
          contents.emplace_back(record.body);
          last = std::string(at);
          return true;
        }));
    if (visits <= 3) break;
    position = last;
  }
  std::vector<std::string> expected = Contents(ScanCustomer(tenant_, "ada"));
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(contents, expected);
  EXPECT_THAT(contents, SizeIs(10));
}

TEST_P(RecordStoreContract, TheSameAgainIsADuplicateAndOtherContentAConflict) {
  EXPECT_EQ(Append(tenant_, {{"1", "ada", 1, 10}}), "A");
  EXPECT_EQ(Append(tenant_, {{"1", "ada", 1, 10}, {"1", "ada", 1, 11}, {"2", "ada", 2, 12}}), "DCA");
  EXPECT_THAT(Contents(ScanCustomer(tenant_, "ada")), ElementsAre("content 10", "content 12"));
  Reopen();
  EXPECT_EQ(Append(tenant_, {{"1", "ada", 1, 10}, {"1", "bob", 9, 11}}), "DC");
  EXPECT_THAT(ScanCustomer(tenant_, "bob"), IsEmpty());
}

TEST_P(RecordStoreContract, WithinABatchTheFirstWins) {
  EXPECT_EQ(Append(tenant_, {{"1", "ada", 1, 1}, {"1", "ada", 1, 1}, {"1", "ada", 1, 2}, {"1", "ada", 1, 1, "crm"}}),
            "ADCA");
  EXPECT_THAT(ScanCustomer(tenant_, "ada"), SizeIs(2));
}

TEST_P(RecordStoreContract, IdsAndCustomersMayHoldAnyByte) {
  const std::string zero("a\0b", 3), ended("a\0", 2), escaped("a\0\xff", 3), marked("a\0\1b", 4);
  const std::vector<std::string> odd = {"a", zero, ended, escaped, marked, "a/b", "\xff", "\x01"};
  std::vector<TestRecord> records;
  int n = 0;
  for (const std::string& id : odd) {
    records.push_back({id, "ada", n, n});
    records.push_back({absl::StrCat("of ", id), id, n, 100 + n});
    ++n;
  }
  EXPECT_EQ(Append(tenant_, records), std::string(records.size(), 'A'));
  EXPECT_EQ(Append(tenant_, records), std::string(records.size(), 'D'));
  EXPECT_THAT(ScanCustomer(tenant_, "ada"), SizeIs(odd.size()));
  n = 0;
  for (const std::string& id : odd) {
    const std::vector<SeenRecord> seen = ScanCustomer(tenant_, id);
    ASSERT_THAT(Contents(seen), ElementsAre(absl::StrCat("content ", 100 + n++)));
    EXPECT_EQ(seen[0].customer_id, id);
    EXPECT_EQ(ScanShard(tenant_, ShardOf(tenant_, id), id).front().customer_id, id);
  }
}

TEST_P(RecordStoreContract, TenantsAreApart) {
  const std::vector<TenantId> tenants = {Tenant("a"), Tenant("a-b"), Tenant("a-"), Tenant("ab")};
  for (size_t i = 0; i < tenants.size(); ++i) {
    EXPECT_EQ(Append(tenants[i], {{"1", "ada", 1, static_cast<int>(i)}}), "A");
    Reject(tenants[i], static_cast<int>(i) + 1);
    ingestion::v1::Settings settings;
    settings.set_time_zone(tenants[i].value());
    settings.set_etag("e");
    EXPECT_OK(store().PutSettings(tenants[i], settings, ""));
    common::v1::FeatureDefinition feature;
    feature.set_name(absl::StrCat("f_", i));
    EXPECT_OK(store().CreateFeatureDefinition(tenants[i], feature));
  }
  for (size_t i = 0; i < tenants.size(); ++i) {
    EXPECT_THAT(Contents(ScanAll(tenants[i])), ElementsAre(absl::StrCat("content ", i)));
    EXPECT_THAT(Rejected(tenants[i]), SizeIs(i + 1));
    ASSERT_OK_AND_ASSIGN(const ingestion::v1::IngestionReport report, store().GetReport(tenants[i]));
    EXPECT_EQ(report.accepted_count(), 1);
    EXPECT_EQ(report.rejected_count(), static_cast<int64_t>(i) + 1);
    EXPECT_EQ(report.customer_count(), 1);
    EXPECT_EQ(store().GetSettings(tenants[i])->time_zone(), tenants[i].value());
    ASSERT_OK_AND_ASSIGN(const auto features, store().ListFeatureDefinitions(tenants[i]));
    ASSERT_THAT(features, SizeIs(1));
    EXPECT_EQ(features[0].name(), absl::StrCat("f_", i));
  }
}

TEST_P(RecordStoreContract, EveryRecordKeepsBothTimes) {
  Append(tenant_, {{"1", "ada", 5, 1}}, absl::FromUnixMicros(1'000));
  Append(tenant_, {{"2", "ada", 3, 2}}, absl::FromUnixMicros(2'000));
  Append(tenant_, {{"1", "ada", 5, 1}}, absl::FromUnixMicros(3'000));  // A duplicate changes nothing.
  EXPECT_THAT(ScanCustomer(tenant_, "ada"),
              ElementsAre(SeenRecord{"ada", 3, 2'000, "content 2"}, SeenRecord{"ada", 5, 1'000, "content 1"}));
}

TEST_P(RecordStoreContract, ConcurrentBatchesWithTheSameIdsStoreEachOnce) {
  constexpr int kThreads = 4, kIds = 300;
  std::map<std::string, int> accepted;  // By id; guarded by `mutex`.
  absl::Mutex mutex;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      for (int round = 0; round < 15; ++round) {
        std::vector<NewRecord> batch;
        for (int i = 0; i < 40; ++i) {
          const int id = static_cast<int>(random() % kIds);
          batch.push_back(Make({absl::StrCat(id), absl::StrCat("c", id % 50), id, id}));
        }
        const absl::StatusOr<AppendResult> result = store().Append(tenant_, batch, {}, absl::FromUnixSeconds(t));
        ASSERT_OK(result);
        absl::MutexLock lock(&mutex);
        for (size_t i = 0; i < batch.size(); ++i) {
          ASSERT_NE(result->dispositions[i], ingestion::v1::RECORD_DISPOSITION_CONFLICT);
          if (result->dispositions[i] == ingestion::v1::RECORD_DISPOSITION_ACCEPTED) ++accepted[batch[i].record_id];
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& [id, times] : accepted) EXPECT_EQ(times, 1) << id;
  EXPECT_THAT(ScanAll(tenant_), SizeIs(accepted.size()));
  ASSERT_OK_AND_ASSIGN(const ingestion::v1::IngestionReport report, store().GetReport(tenant_));
  EXPECT_EQ(report.accepted_count(), static_cast<int64_t>(accepted.size()));
  EXPECT_EQ(report.duplicate_count(), kThreads * 15 * 40 - report.accepted_count());
  std::set<std::string> customers;
  for (const auto& [id, times] : accepted) customers.insert(absl::StrCat("c", std::stoi(id) % 50));
  EXPECT_EQ(report.customer_count(), static_cast<int64_t>(customers.size()));
}

TEST_P(RecordStoreContract, ConcurrentNewCustomersAreCountedOnce) {
  constexpr int kThreads = 4, kRounds = 40;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds; ++round) {
        const NewRecord record = Make({absl::StrCat(t, "/", round), absl::StrCat("c", round), 1});
        ASSERT_OK(store().Append(tenant_, {&record, 1}, {}, absl::FromUnixSeconds(1)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store().GetReport(tenant_)->customer_count(), kRounds);
}

TEST_P(RecordStoreContract, EverythingSurvivesAReopen) {
  std::vector<TestRecord> records;
  for (int i = 0; i < 500; ++i) records.push_back({absl::StrCat(i), absl::StrCat("c", i % 37), i, i});
  Append(tenant_, records);
  const std::vector<SeenRecord> before = ScanAll(tenant_);
  Reopen();
  EXPECT_EQ(ScanAll(tenant_), before);
  EXPECT_THAT(before, SizeIs(500));
}

TEST_P(RecordStoreContract, AScanSeesNothingThatCameAfterItBegan) {
  for (int i = 0; i < 100; ++i) Append(tenant_, {{absl::StrCat(i), "ada", i, i}});
  int visits = 0;
  EXPECT_OK(store().ScanCustomer(tenant_, "ada", [&](const StoredRecord&) {
    if (visits++ == 0) Append(tenant_, {{"late", "ada", 1'000, 7}});
    return true;
  }));
  EXPECT_EQ(visits, 100);
  EXPECT_THAT(ScanCustomer(tenant_, "ada"), SizeIs(101));
}

}  // namespace clientele::storage
