// An ingester over an embedded store that fails when it is told, for one tenant.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/record_store.h"
#include "services/ingestion/records/customer_fold.h"
#include "services/ingestion/records/ingester.h"
#include "services/ingestion/records/record_sealer.h"
#include "tests/services/ingestion/forwarding_store.h"
#include "tests/services/ingestion/memory_key_store.h"
#include "tests/testing/manual_clock.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_dir.h"

namespace clientele::ingestion {

// Fails writes when it is told.
class FailingStore final : public storage::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<storage::AppendResult> Append(const TenantId& tenant, absl::Span<const storage::NewRecord> records,
                                               absl::Span<const v1::RejectedRecord> rejected,
                                               absl::Time time) override {
    if (fails) return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed, "the disk is gone");
    return ForwardingStore::Append(tenant, records, rejected, time);
  }
  std::atomic<bool> fails = false;
};

class IngesterTest : public ::testing::Test {
 protected:
  static v1::Record Purchase(int id, int64_t amount = 1'000'000, const std::string& currency = "") {
    v1::Record record;
    record.set_source("shop");
    record.set_record_id(absl::StrCat(id));
    record.set_customer_id(absl::StrCat("c", id % 3));
    record.mutable_event_time()->set_seconds(1'600'000'000 + id);
    record.mutable_transaction()->set_amount_micros(amount);
    record.mutable_transaction()->set_currency_code(currency);
    return record;
  }

  static v1::Record Profile(int id) {
    v1::Record record;
    record.set_source("crm");
    record.set_record_id(absl::StrCat(id));
    record.set_customer_id(absl::StrCat("c", id % 3));
    record.mutable_event_time()->set_seconds(1'600'000'000 + id);
    record.mutable_profile()->set_email("ada@example.com");
    return record;
  }
  // As the newest profile says.
  std::string EmailOf(const std::string& customer) {
    RecordOpener opener(*keys_, tenant_);
    CustomerFold fold(opener);
    EXPECT_OK(store_.ScanCustomer(tenant_, customer, [&](const storage::StoredRecord& record) {
      EXPECT_OK(fold.Add(record));
      return true;
    }));
    return fold.Take(tenant_, customer, "USD").email();
  }

  static std::vector<std::string> Wires(const std::vector<v1::Record>& records) {
    std::vector<std::string> wires;
    for (const v1::Record& record : records) wires.push_back(record.SerializeAsString());
    return wires;
  }

  absl::StatusOr<v1::BatchResult> Ingest(const std::vector<std::string>& wires) {
    const std::vector<absl::string_view> views(wires.begin(), wires.end());
    absl::StatusOr<PreparedBatch> batch = ingester_.Prepare(tenant_, views);
    if (!batch.ok()) return batch.status();
    absl::StatusOr<std::vector<v1::BatchResult>> results = ingester_.Store(tenant_, absl::MakeSpan(&*batch, 1));
    if (!results.ok()) return results.status();
    return results->front();
  }

  const TenantId tenant_ = TenantId::Parse("acme").value();
  testutil::TempDir directory_;
  std::unique_ptr<storage::RocksRecordStore> rocks_ = storage::RocksRecordStore::Open(directory_.path()).value();
  FailingStore store_{*rocks_};
  TenantContexts contexts_{store_};
  testutil::ManualClock clock_;
  observability::Metrics metrics_;
  testutil::MemoryKeys keys_;
  Ingester ingester_{store_, contexts_, *keys_, clock_, metrics_};
};

}  // namespace clientele::ingestion
