// The counts behind the ingestion report: one RocksDB key each, changed by merges that ride in the same write as the
// records they count, so that the report is exact after any crash.
//
//   key    text(tenant) u8(tag) parts
//     'c'                            customers
//     'k' u8(kind)                   accepted records of a kind; least and greatest event time
//     'm' u8(kind) text(field)       accepted records without an optional field
//     'r' u8(reason) text(field)     rejections
//     's' text(source) u8(outcome)   records of a source by disposition; least and greatest ingest time
//     'v' u8(0 or 1)                 what is stored now: records, and bytes
//   value  fixed64(count) fixed64(least time, us) fixed64(greatest time, us)
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "common/storage/report_counters.h"
#include "rocksdb/merge_operator.h"
#include "rocksdb/write_batch.h"

namespace clientele::storage {

// What of a key stands behind the tenant. Read: takes it off the front, and its text points into the key or into
// `scratch`; false where it is damaged.
void AppendCounterKey(const CounterKey& counter, std::string& key);
bool ReadCounterKey(absl::string_view& key, std::string& scratch, CounterKey& counter);

std::string EncodeCounter(const Counter& counter);
bool DecodeCounter(absl::string_view bytes, Counter& counter);

// Adds counts, takes the least and the greatest of times.
class CounterMerge final : public rocksdb::AssociativeMergeOperator {
 public:
  bool Merge(const rocksdb::Slice& key, const rocksdb::Slice* existing, const rocksdb::Slice& value,
             std::string* result, rocksdb::Logger* logger) const override;
  const char* Name() const override { return "clientele.Counter"; }
};

// As merges under the tenant's prefix.
void AppendReport(const ReportDelta& delta, absl::string_view tenant_prefix, rocksdb::ColumnFamilyHandle* family,
                  rocksdb::WriteBatch& batch);

// The keys of the volume.
std::string StoredRecordsKey(absl::string_view tenant_prefix);
std::string StoredBytesKey(absl::string_view tenant_prefix);

// Adds one stored counter to `report`; false where it is damaged.
bool AddToReport(absl::string_view key_suffix, absl::string_view value, ingestion::v1::IngestionReport& report);

}  // namespace clientele::storage
