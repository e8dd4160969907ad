// What is particular to records in PostgreSQL: programs that share them, other tools that read them, and a server that
// fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/error.h"
#include "common/base/hash.h"
#include "common/storage/postgresql/record_store.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"

namespace clientele::storage::postgresql {
namespace {

using testutil::PostgresqlServer;
using testutil::StatusIs;

TenantId Tenant() { return *TenantId::Parse("acme"); }

NewRecord Purchase(absl::string_view customer, absl::string_view id) {
  NewRecord record;
  record.source = "shop";
  record.record_id = std::string(id);
  record.customer_id = std::string(customer);
  record.event_time_micros = 1'600'000'000'000'000;
  record.kind = common::v1::RECORD_KIND_TRANSACTION;
  record.body = absl::StrCat("body of ", id);
  record.content_digest = Hash128(record.body);
  return record;
}

RecordColumns Columns(absl::string_view) {
  return {.label = absl::string_view("te\0a", 4),
          .channel = "web",
          .category = "",
          .order_id = "o1",
          .code = {},
          .is_return = false,
          .measure = 3,
          .base_amount_micros = 12'500'000};
}

class SharedRecordsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!PostgresqlServer::IsInstalled()) GTEST_SKIP() << "PostgreSQL 15 is not here: scripts/setup --test installs it";
    url_ = server().NewDatabase();
  }
  static PostgresqlServer& server() { return PostgresqlServer::Get(); }
  std::unique_ptr<PostgresRecordStore> Open(absl::Duration timeout = absl::Seconds(30)) {
    return std::make_unique<PostgresRecordStore>(Database::Open({.url = url_, .timeout = timeout}).value(), &Columns);
  }
  std::string AsSuperuser(const std::string& sql) { return server().Run(sql, testutil::DatabaseOf(url_)); }

  std::string url_;
};

TEST_F(SharedRecordsTest, OtherToolsReadRecordsAsTables) {
  const auto store = Open();
  const std::vector<NewRecord> batch = {Purchase("zoë", "1"), Purchase("bob", "2")};
  ASSERT_OK(store->Append(Tenant(), batch, {}, absl::UnixEpoch()));
  EXPECT_EQ(AsSuperuser("SELECT customer_id || ' ' || product || ' ' || quantity || ' ' || base_amount::float || ' ' ||"
                        " coalesce(category, 'none') FROM clientele.transactions ORDER BY customer_id DESC LIMIT 1"),
            "zoë te\xef\xbf\xbd"
            "a 3 12.5 none");
  EXPECT_EQ(AsSuperuser("SELECT count(*) FROM clientele.interactions"), "0");
  std::string seen;
  ASSERT_OK(PostgresqlServer::RunAs(
      url_, "BEGIN; SET LOCAL clientele.tenant = 'other'; SELECT count(*) FROM clientele.transactions", &seen));
  EXPECT_EQ(seen, "0") << "a view shows what its tables do";
}

TEST_F(SharedRecordsTest, TwoProgramsStoreEachRecordOnce) {
  constexpr int kRecords = 2'000;
  std::atomic<int> accepted = 0;
  std::vector<std::thread> programs;
  for (int program = 0; program < 2; ++program) {
    programs.emplace_back([&, program] {
      const auto store = Open();
      std::mt19937 random(static_cast<unsigned>(program));
      for (int begin = 0; begin < kRecords; begin += 100) {
        std::vector<NewRecord> batch;
        for (int i = 0; i < 100; ++i) batch.push_back(Purchase(absl::StrCat("c", i % 7), absl::StrCat(begin + i)));
        std::shuffle(batch.begin(), batch.end(), random);
        const auto result = store->Append(Tenant(), batch, {}, absl::UnixEpoch());
        ASSERT_OK(result);
        for (const auto disposition : result->dispositions) {
          ASSERT_NE(disposition, ingestion::v1::RECORD_DISPOSITION_CONFLICT);
          accepted += disposition == ingestion::v1::RECORD_DISPOSITION_ACCEPTED;
        }
      }
    });
  }
  for (std::thread& program : programs) program.join();
  EXPECT_EQ(accepted, kRecords);
  EXPECT_EQ(Open()->GetReport(Tenant())->customer_count(), 7);
}

TEST_F(SharedRecordsTest, WhomOneProgramSuppressesTheOtherRefusesAtOnce) {
  const auto one = Open(), other = Open();
  const NewRecord first = Purchase("ada", "1"), second = Purchase("ada", "2");
  ASSERT_OK(other->Append(Tenant(), {&first, 1}, {}, absl::UnixEpoch()));
  EXPECT_FALSE(other->IsSuppressed(Tenant(), "ada"));
  StoredErasure draft;
  draft.customer_id = "ada";
  draft.erasure.set_verb(ingestion::v1::ERASURE_VERB_SUPPRESS_WITH_DELETE);
  ASSERT_OK(one->BeginErasure(Tenant(), draft));
  const auto refused = other->Append(Tenant(), {&second, 1}, {}, absl::UnixEpoch());
  ASSERT_OK(refused);
  EXPECT_EQ(refused->dispositions[0], ingestion::v1::RECORD_DISPOSITION_REJECTED);
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_TRUE(other->IsSuppressed(Tenant(), "ada"));
}

TEST_F(SharedRecordsTest, AScanThatIsStoppedLeavesItsConnectionFitForTheNext) {
  const auto store = Open();
  const int shard = ShardOf(Tenant(), "ada");
  std::vector<NewRecord> batch;
  for (int i = 0; i < 3'000; ++i) {
    batch.push_back(Purchase("ada", absl::StrCat(i)));
    batch.back().body.append(500, 'x');
  }
  ASSERT_OK(store->Append(Tenant(), batch, {}, absl::UnixEpoch()));
  for (int round = 0; round < 20; ++round) {
    int seen = 0;
    ASSERT_OK(store->ScanShard(Tenant(), shard, "", [&](const StoredRecord&) { return ++seen < 2; }));
    EXPECT_EQ(seen, 2);
    seen = 0;
    ASSERT_OK(store->ScanShard(Tenant(), shard, "", [&](const StoredRecord&) { return ++seen > 0; }));
    EXPECT_EQ(seen, 3'000);
  }
}

TEST_F(SharedRecordsTest, AScanWhoseServerGoesIsAnErrorAndNotAShorterScan) {
  const auto store = Open();
  std::vector<NewRecord> batch;
  for (int i = 0; i < 20'000; ++i) {
    batch.push_back(Purchase("ada", absl::StrCat(i)));
    batch.back().body.append(1'000, 'x');
  }
  ASSERT_OK(store->Append(Tenant(), batch, {}, absl::UnixEpoch()));
  int seen = 0;
  const absl::Status scanned = store->ScanShard(Tenant(), ShardOf(Tenant(), "ada"), "", [&](const StoredRecord&) {
    if (++seen == 10) server().EndSessions(url_);
    return true;
  });
  EXPECT_THAT(scanned, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(scanned), "STORAGE_FAILED");
  EXPECT_LT(seen, 20'000);
}

// Sessions that end, restarts and kills of the server, while two threads send batches until each is acknowledged.
TEST_F(SharedRecordsTest, WhatIsAcknowledgedIsThereOnceWhateverBecomesOfTheServer) {
  constexpr int kThreads = 2, kBatch = 50;
  const auto store = Open(absl::Seconds(5));
  std::atomic<bool> stopping = false;
  std::atomic<int> refused = 0;
  std::vector<std::vector<std::string>> acknowledged(kThreads);
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kThreads; ++sender) {
    senders.emplace_back([&, sender] {
      for (int number = 0; !stopping; ++number) {
        std::vector<NewRecord> batch;
        for (int i = 0; i < kBatch; ++i) {
          batch.push_back(Purchase(absl::StrCat("c", i % 11), absl::StrCat(sender, "/", number, "/", i)));
        }
        absl::StatusOr<AppendResult> result = absl::UnavailableError("");
        while (!(result = store->Append(Tenant(), batch, {}, absl::UnixEpoch())).ok()) {
          ASSERT_TRUE(absl::IsUnavailable(result.status())) << result.status();
          ++refused;
          absl::SleepFor(absl::Milliseconds(20));
        }
        for (const NewRecord& record : batch) acknowledged[static_cast<size_t>(sender)].push_back(record.record_id);
      }
    });
  }
  std::mt19937 random(7);
  for (int attack = 0; attack < 12; ++attack) {
    absl::SleepFor(absl::Milliseconds(100 + random() % 200));
    if (attack % 4 == 2) {
      server().Restart();
    } else if (attack % 4 == 3) {
      server().Crash();
      absl::SleepFor(absl::Milliseconds(300));
      server().Start();
    } else {
      server().EndSessions(url_);
    }
  }
  stopping = true;
  for (std::thread& sender : senders) sender.join();

  std::set<std::string> promised;
  for (const auto& ids : acknowledged) promised.insert(ids.begin(), ids.end());
  std::multiset<std::string> stored;
  for (int shard = 0; shard < kShardCount; ++shard) {
    ASSERT_OK(store->ScanShard(Tenant(), shard, "", [&](const StoredRecord& record) {
      stored.insert(std::string(record.body.substr(absl::string_view("body of ").size())));
      return true;
    }));
  }
  EXPECT_EQ(stored.size(), promised.size()) << "every batch was sent until it was acknowledged";
  EXPECT_EQ(std::set<std::string>(stored.begin(), stored.end()), promised);
  ASSERT_OK_AND_ASSIGN(const auto report, store->GetReport(Tenant()));
  EXPECT_EQ(report.accepted_count(), static_cast<int64_t>(promised.size()));
  EXPECT_EQ(report.customer_count(), 11);
  EXPECT_EQ(store->GetVolume(Tenant())->records, static_cast<int64_t>(promised.size()));
  EXPECT_GT(promised.size(), 500u);
  RecordProperty("refused", refused);
}

TEST(FullDiskTest, WhatIsAcknowledgedStaysAndMoreIsTakenOnceThereIsRoom) {
  if (!PostgresqlServer::IsInstalled()) GTEST_SKIP() << "PostgreSQL 15 is not here: scripts/setup --test installs it";
  if (!PostgresqlServer::MayMount()) GTEST_SKIP() << "a small disk takes the right to mount one";
  PostgresqlServer server({.disk_megabytes = 260});
  const std::string ballast = server.directory() + "/ballast";
  std::ofstream(ballast) << std::string(60 << 20, 'x');
  PostgresRecordStore store(Database::Open({.url = server.NewDatabase(), .timeout = absl::Seconds(10)}).value(),
                            &Columns);
  std::mt19937 random(3);
  std::set<std::string> acknowledged;
  const auto append = [&](int number) {
    std::vector<NewRecord> batch;
    for (int i = 0; i < 50; ++i) {
      batch.push_back(Purchase(absl::StrCat("c", i), absl::StrCat(number, "/", i)));
      for (int byte = 0; byte < 20'000; ++byte) batch.back().body.push_back(static_cast<char>(random()));
    }
    const absl::Status status = store.Append(Tenant(), batch, {}, absl::UnixEpoch()).status();
    if (!status.ok()) return status;
    for (const NewRecord& record : batch) acknowledged.insert(record.record_id);
    return status;
  };
  int number = 0;
  absl::Status status;
  while (status.ok() && number < 500) status = append(number++);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable)) << "the disk has 260 MB";
  EXPECT_EQ(ReasonOf(status), "STORAGE_FAILED");
  std::filesystem::remove(ballast);
  server.StartIfEnded();
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  do {
    status = append(number);
  } while (!status.ok() && absl::Now() < deadline);
  ASSERT_OK(status);
  std::set<std::string> stored;
  int count = 0;
  for (int shard = 0; shard < kShardCount; ++shard) {
    ASSERT_OK(store.ScanShard(Tenant(), shard, "", [&](const StoredRecord& record) {
      const absl::string_view id = record.body.substr(8, record.body.size() - 8 - 20'000);  // "body of " precedes it.
      stored.insert(std::string(id));
      return ++count > 0;
    }));
  }
  EXPECT_EQ(stored, acknowledged);
  EXPECT_EQ(count, static_cast<int>(acknowledged.size()));
  EXPECT_EQ(store.GetReport(Tenant())->accepted_count(), count);
}

}  // namespace
}  // namespace clientele::storage::postgresql
