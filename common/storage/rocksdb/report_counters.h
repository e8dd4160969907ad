// The counts behind the ingestion report: one RocksDB key each, changed by merges that ride in the same write as the
// records they count, so that the report is exact after any crash.
//
//   key    text(tenant) u8(tag) parts
//     'c'                            customers
//     'k' u8(kind)                   accepted records of a kind; least and greatest event time
//     'm' u8(kind) text(field)       accepted records without an optional field
//     'r' u8(reason) text(field)     rejections
//     's' text(source) u8(outcome)   records of a source by disposition; least and greatest ingest time
//   value  fixed64(count) fixed64(least time, us) fixed64(greatest time, us)
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "common/storage/record_store.h"
#include "rocksdb/merge_operator.h"
#include "rocksdb/write_batch.h"

namespace clientele::storage {

struct Counter {
  int64_t count = 0;
  int64_t least_micros = std::numeric_limits<int64_t>::max();
  int64_t greatest_micros = std::numeric_limits<int64_t>::min();

  void Add(int64_t micros) { Merge({1, micros, micros}); }
  void Merge(const Counter& other);
};

std::string EncodeCounter(const Counter& counter);
bool DecodeCounter(absl::string_view bytes, Counter& counter);

// Adds counts, takes the least and the greatest of times.
class CounterMerge final : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice& key, const rocksdb::Slice* existing, const rocksdb::Slice& value,
             std::string* result, rocksdb::Logger* logger) const override;
  const char* Name() const override { return "clientele.Counter"; }
};

// What one batch changes. Thread-compatible.
class ReportDelta {
 public:
  explicit ReportDelta(int64_t ingest_micros) : ingest_micros_(ingest_micros) {}

  void Count(const NewRecord& record, ingestion::v1::RecordDisposition disposition);
  void Count(const ingestion::v1::RejectedRecord& rejected);
  // A record of `source` whose customer is suppressed.
  void CountSuppressed(absl::string_view source);
  void CountNewCustomers(int64_t customers) { new_customers_ += customers; }

  // As merges under the tenant's prefix.
  void AppendTo(absl::string_view tenant_prefix, rocksdb::ColumnFamilyHandle* family, rocksdb::WriteBatch& batch) const;

 private:
  using ByDisposition = std::array<Counter, ingestion::v1::RecordDisposition_ARRAYSIZE>;
  struct Missing {
    uint8_t kind;
    absl::string_view field;
    int64_t count;
  };
  Counter& Source(absl::string_view source, ingestion::v1::RecordDisposition disposition);
  void CountRejected(absl::string_view source);
  void CountMissing(uint8_t kind, absl::string_view field);

  const int64_t ingest_micros_;
  int64_t new_customers_ = 0;
  std::array<Counter, common::v1::RecordKind_ARRAYSIZE> kinds_;
  std::vector<Missing> missing_;  // Few: searched one by one, by the address of the name.
  std::map<std::string, ByDisposition, std::less<>> sources_;
  std::pair<const std::string, ByDisposition>* last_source_ = nullptr;  // A batch is mostly of one source.
  std::map<std::pair<uint8_t, std::string>, Counter> rejections_;
};

// Adds one stored counter to `report`; false where it is damaged.
bool AddToReport(absl::string_view key_suffix, absl::string_view value, ingestion::v1::IngestionReport& report);

}  // namespace clientele::storage
