// What came in in the clear is sealed where it lies, also where that is cut short, or somebody is erased meanwhile.
#include "services/ingestion/privacy/record_sealing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/storage/postgresql/record_store.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/privacy/encryption_census.h"
#include "services/ingestion/records/ingester.h"
#include "services/ingestion/records/quarantine.h"
#include "services/ingestion/records/record_sealer.h"
#include "services/ingestion/records/standardise.h"
#include "services/ingestion/records/tenant_settings.h"
#include "tests/services/ingestion/forwarding_store.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/postgresql_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {
namespace {

using storage::BodyReplacement;
using testutil::StatusIs;

// Does something before bodies are replaced, and after a shard was read.
class WatchedStore final : public storage::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::Status ScanShard(const TenantId& tenant, int shard, absl::string_view first_customer,
                         storage::RecordVisitor visit) const override {
    const absl::Status status = ForwardingStore::ScanShard(tenant, shard, first_customer, visit);
    after_reading(shard);
    return status;
  }
  absl::StatusOr<int64_t> ReplaceBodies(const TenantId& tenant, int shard,
                                        absl::Span<const BodyReplacement> replacements) override {
    if (const absl::Status status = before_replacing(); !status.ok()) return status;
    return ForwardingStore::ReplaceBodies(tenant, shard, replacements);
  }
  std::function<absl::Status()> before_replacing = [] { return absl::OkStatus(); };
  std::function<void(int)> after_reading = [](int) {};
};

using MakeRecords = std::unique_ptr<storage::RecordStore> (*)(const std::string& directory);

MakeRecords kInRocksDb = [](const std::string& directory) -> std::unique_ptr<storage::RecordStore> {
  return storage::RocksRecordStore::Open(directory).value();
};
MakeRecords kInPostgresql = [](const std::string&) -> std::unique_ptr<storage::RecordStore> {
  using storage::postgresql::Database;
  return std::make_unique<storage::postgresql::PostgresRecordStore>(
      Database::Open({.url = testutil::PostgresqlServer::Get().NewDatabase()}).value(),
      [](absl::string_view) { return storage::RecordColumns(); });
};

class RecordSealingTest : public ::testing::TestWithParam<MakeRecords> {
 protected:
  static v1::Record Profile(int id) {
    v1::Record record;
    record.set_source("crm");
    record.set_record_id(absl::StrCat(id));
    record.set_customer_id(absl::StrCat("customer-", id % 50));
    record.mutable_event_time()->set_seconds(1'600'000'000 + id);
    record.mutable_profile()->set_email(absl::StrCat("planted-", id, "@example.com"));
    record.mutable_profile()->set_display_name("Wilhelmina Planted");
    (*record.mutable_profile()->mutable_attributes())["plan"].set_text("pro");
    return record;
  }
  // As a program stored it that did not seal yet: `count` profiles from `first` on, and a bad record.
  void StoreInTheClear(int count, int first = 0) {
    const auto context = TenantContext::Make(DefaultSettings(tenant_)).value();
    Standardiser standardiser(*context, absl::ToUnixMicros(clock_.Now()));
    std::vector<storage::NewRecord> records(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) {
      v1::Record record = Profile(first + i);
      ASSERT_FALSE(standardiser.Standardise(record, records[static_cast<size_t>(i)]).has_value());
    }
    v1::Record bad = Profile(first + count);
    bad.mutable_profile()->set_email("planted at nowhere");
    const Rejection why{v1::REJECTION_REASON_INVALID_FORMAT, "profile.email", "is no address"};
    ASSERT_OK(kept_->Append(tenant_, records, {MakeRejectedRecord(bad, why, clock_.Now())}, clock_.Now()));
  }
  absl::Status Seal(const StopToken& stop = {}) {
    return SealStoredRecords(store_, *keys_, tenant_, stop, [this](const SealedSoFar& sealed) {
      sealed_ = sealed;
      return absl::OkStatus();
    });
  }
  admin::v1::Encryption::RecordCounts Count() { return *CountSealedRecords(store_, *keys_, tenant_, StopToken()); }
  // Of every profile, by record id, as it is handed out.
  std::vector<std::string> Emails() {
    std::vector<std::string> emails(100'000);
    size_t most = 0;
    RecordOpener opener(*keys_, tenant_);
    for (int shard = 0; shard < kShardCount; ++shard) {
      EXPECT_OK(kept_->ScanShard(tenant_, shard, "", [&](const storage::StoredRecord& stored) {
        v1::Record record;
        EXPECT_OK(opener.Decode(stored, record));
        const auto id = static_cast<size_t>(std::stoi(record.record_id()));
        emails[id] = record.profile().email();
        EXPECT_EQ(record.profile().attributes().at("plan").text(), "pro");
        most = std::max(most, id + 1);
        return true;
      }));
    }
    emails.resize(most);
    return emails;
  }
  // Whose stored form holds it.
  int CountBodiesWith(absl::string_view text) {
    int count = 0;
    for (int shard = 0; shard < kShardCount; ++shard) {
      EXPECT_OK(kept_->ScanShard(tenant_, shard, "", [&](const storage::StoredRecord& stored) {
        count += absl::StrContains(stored.body, text);
        return true;
      }));
    }
    return count;
  }
  std::vector<std::string> FilesWith(absl::string_view text) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_.path())) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      if (absl::StrContains(bytes, text)) files.push_back(entry.path().filename().string());
    }
    return files;
  }

  const TenantId tenant_ = *TenantId::Parse("acme");
  testutil::TempDir directory_;
  testutil::ManualClock clock_;
  std::unique_ptr<storage::RecordStore> kept_ = GetParam()(directory_.path());
  WatchedStore store_{*kept_};
  storage::MemoryCustomerKeyStore key_store_;
  std::unique_ptr<CustomerKeys> keys_ =
      CustomerKeys::Open(key_store_, testutil::MasterKeyOf('1'), clock_, [](const TenantId&) { return true; }).value();
  SealedSoFar sealed_;
};

TEST_P(RecordSealingTest, WhatIsPersonalIsSealedInPlaceAndNothingOfItStaysOnTheDisk) {
  StoreInTheClear(1'200);
  const std::vector<std::string> before = Emails();
  ASSERT_EQ(before[7], "planted-7@example.com");
  EXPECT_EQ(CountBodiesWith("planted-"), 1'200);
  EXPECT_EQ(FilesWith("planted-7@").empty(), GetParam() == kInPostgresql) << "else the search finds nothing";
  EXPECT_EQ(Count().clear_count(), 1'200);
  EXPECT_EQ(Count().clear_rejected_count(), 1);
  ASSERT_OK(Seal());
  EXPECT_EQ(sealed_.records, 1'200);
  EXPECT_EQ(sealed_.rejected, 1);
  EXPECT_EQ(sealed_.shards, kShardCount);
  EXPECT_EQ(Count().sealed_count(), 1'200);
  EXPECT_EQ(Count().clear_count() + Count().clear_rejected_count(), 0);
  for (const char* planted : {"planted-", "Wilhelmina", "planted at nowhere"}) {
    EXPECT_THAT(FilesWith(planted), ::testing::IsEmpty()) << planted;
    EXPECT_EQ(CountBodiesWith(planted), 0);
  }
  EXPECT_EQ(Emails(), before) << "with the keys they are what they were";
  RecordOpener opener(*keys_, tenant_);
  ASSERT_OK(kept_->ListRejected(tenant_, "", [&](v1::RejectedRecord rejected, absl::string_view) {
    EXPECT_OK(opener.Open(rejected));
    EXPECT_EQ(rejected.record().profile().email(), "planted at nowhere");
    return true;
  }));
}

TEST_P(RecordSealingTest, AgainItFindsNothingToDo) {
  StoreInTheClear(100);
  ASSERT_OK(Seal());
  store_.before_replacing = [] { return absl::InternalError("nothing is to be written"); };
  ASSERT_OK(Seal());
  EXPECT_EQ(sealed_.records, 0);
  EXPECT_EQ(sealed_.rejected, 0);
}

TEST_P(RecordSealingTest, WhatIsSentAgainIsKnown) {
  StoreInTheClear(20);
  ASSERT_OK(Seal());
  observability::Metrics metrics;
  TenantContexts contexts(*kept_);
  Ingester ingester(*kept_, contexts, *keys_, clock_, metrics);
  v1::Record changed = Profile(4);
  changed.mutable_profile()->set_email("another@example.com");
  const std::vector<std::string> wires = {Profile(3).SerializeAsString(), changed.SerializeAsString()};
  const std::vector<absl::string_view> views(wires.begin(), wires.end());
  PreparedBatch batch = ingester.Prepare(tenant_, views).value();
  const v1::BatchResult result = ingester.Store(tenant_, absl::MakeSpan(&batch, 1)).value().front();
  EXPECT_EQ(result.duplicate_count(), 1);
  EXPECT_EQ(result.conflict_count(), 1);
}

TEST_P(RecordSealingTest, WhoBeginsAgainAfterAnInterruptionGoesOn) {
  StoreInTheClear(1'000);
  int writes = 0;
  store_.before_replacing = [&writes] {
    return ++writes > 10 ? absl::InternalError("the program is killed") : absl::OkStatus();
  };
  EXPECT_THAT(Seal(), StatusIs(absl::StatusCode::kInternal));
  const int64_t remain = Count().clear_count();
  EXPECT_GT(remain, 0);
  EXPECT_LT(remain, 1'000);
  store_.before_replacing = [] { return absl::OkStatus(); };
  ASSERT_OK(Seal());
  EXPECT_EQ(sealed_.records, remain);
  EXPECT_EQ(Count().clear_count(), 0);
  EXPECT_EQ(Emails()[999], "planted-999@example.com");
}

TEST_P(RecordSealingTest, WhoStopsIsToldSo) {
  StoreInTheClear(10);
  EXPECT_THAT(Seal(StopToken(absl::InfinitePast())), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_P(RecordSealingTest, AnErasedCustomersRecordsAreUnreadableAndOthersAreNot) {
  StoreInTheClear(100);
  ASSERT_OK(Seal());
  ASSERT_OK(keys_->Destroy(tenant_, "customer-7"));
  const std::vector<std::string> emails = Emails();
  EXPECT_EQ(emails[7], "");
  EXPECT_EQ(emails[57], "");
  EXPECT_EQ(emails[8], "planted-8@example.com");
  EXPECT_EQ(Count().unreadable_count(), 2);
}

TEST_P(RecordSealingTest, WhoseKeyIsDestroyedMeanwhileIsSealedWithAnother) {
  StoreInTheClear(100);
  ASSERT_OK(Seal());
  StoreInTheClear(100, 100);
  bool destroyed = false;
  store_.after_reading = [&](int shard) {
    if (destroyed || shard != ShardOf(tenant_, "customer-7")) return;
    destroyed = true;
    ASSERT_OK(keys_->Destroy(tenant_, "customer-7"));
  };
  ASSERT_OK(Seal());
  EXPECT_TRUE(destroyed);
  EXPECT_EQ(sealed_.records, 100);
  EXPECT_EQ(Count().clear_count(), 0);
  EXPECT_EQ(Count().unreadable_count(), 2) << "what the key had sealed before";
  EXPECT_EQ(Emails()[107], "planted-107@example.com");
}

INSTANTIATE_TEST_SUITE_P(RocksDb, RecordSealingTest, ::testing::Values(kInRocksDb));
INSTANTIATE_TEST_SUITE_P(PostgreSql, RecordSealingTest, ::testing::ValuesIn(testutil::IfPostgresql(kInPostgresql)));

}  // namespace
}  // namespace clientele::ingestion
