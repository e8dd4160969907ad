// What every RecordStore must do. A backend runs the suite with one line:
//
//   INSTANTIATE_TEST_SUITE_P(RocksDb, RecordStoreContract, ::testing::Values(&MakeRocks));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/storage/record_store.h"

namespace clientele::storage {

// A store on one place of its own, which can be closed and opened again.
class ReopenableStore {
 public:
  virtual ~ReopenableStore() = default;
  virtual RecordStore& store() = 0;
  virtual void Reopen() = 0;
};
using MakeStore = std::unique_ptr<ReopenableStore> (*)();

// The keys of a record, and a number as its content.
struct TestRecord {
  std::string record_id;
  std::string customer_id;
  int64_t event_time_micros = 0;
  int content = 0;
  std::string source = "shop";
};

NewRecord Make(const TestRecord& record);
TenantId Tenant(absl::string_view id);

// A record as a scan sees it.
struct SeenRecord {
  std::string customer_id;
  int64_t event_time_micros;
  int64_t ingest_time_micros;
  std::string body;
  friend bool operator==(const SeenRecord&, const SeenRecord&) = default;
};

class RecordStoreContract : public ::testing::TestWithParam<MakeStore> {
 protected:
  void SetUp() override { reopenable_ = GetParam()(); }
  RecordStore& store() { return reopenable_->store(); }
  void Reopen() { reopenable_->Reopen(); }

  // The dispositions, as letters: A, D, C. "" and a failure where the append failed.
  std::string Append(const TenantId& tenant, const std::vector<TestRecord>& records,
                     absl::Time ingest_time = absl::FromUnixSeconds(1'000));
  void Reject(const TenantId& tenant, int count, int first = 0);
  std::vector<SeenRecord> ScanCustomer(const TenantId& tenant, absl::string_view customer);
  std::vector<SeenRecord> ScanShard(const TenantId& tenant, int shard, absl::string_view first = "");
  std::vector<SeenRecord> ScanAll(const TenantId& tenant);
  std::vector<std::string> Rejected(const TenantId& tenant);

  std::unique_ptr<ReopenableStore> reopenable_;
  const TenantId tenant_ = Tenant("acme");
};

}  // namespace clientele::storage
