#include "common/storage/rocksdb/record_keys.h"

#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/storage/rocksdb/first_wins.h"
#include "common/storage/rocksdb/report_counters.h"
#include "rocksdb/cache.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"

namespace clientele::storage {
namespace {

constexpr size_t kCacheBytes = 128 << 20;

// Every write buffer that is full goes to a file of its own at level 0; compaction only starts at 8, so that a burst of
// records is not slowed by it. Young levels are not compressed: they are rewritten soon.
rocksdb::ColumnFamilyOptions BaseOptions(size_t write_buffer_bytes) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = write_buffer_bytes;
  options.max_write_buffer_number = 4;
  options.level0_file_num_compaction_trigger = 8;
  options.level0_slowdown_writes_trigger = 40;
  options.level0_stop_writes_trigger = 60;
  options.target_file_size_base = 64 << 20;
  options.max_bytes_for_level_base = 512 << 20;
  options.level_compaction_dynamic_level_bytes = true;
  using rocksdb::kLZ4Compression;
  using rocksdb::kNoCompression;
  options.compression_per_level = {kNoCompression,  kNoCompression,  kLZ4Compression, kLZ4Compression,
                                   kLZ4Compression, kLZ4Compression, kLZ4Compression};
  options.bottommost_compression = rocksdb::kZSTD;
  return options;
}

using Cache = std::shared_ptr<rocksdb::Cache>;

void UseTable(rocksdb::ColumnFamilyOptions& options, const Cache& cache, size_t block_bytes, bool whole_key_filter) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = block_bytes;
  table.format_version = 5;
  if (whole_key_filter) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.whole_key_filtering = true;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
}

// Keys that are looked up one by one and are mostly absent: filters for the files and for the write buffer.
rocksdb::ColumnFamilyOptions LookupOptions(const Cache& cache) {
  rocksdb::ColumnFamilyOptions options = BaseOptions(64 << 20);
  options.memtable_whole_key_filtering = true;
  options.memtable_prefix_bloom_size_ratio = 0.05;
  UseTable(options, cache, 4 << 10, /*whole_key_filter=*/true);
  return options;
}

// Records come in no order of their keys: in a small write buffer each finds its place sooner. Four of them make one
// file, as large as those of the others.
rocksdb::ColumnFamilyOptions RecordOptions(const Cache& cache) {
  rocksdb::ColumnFamilyOptions options = BaseOptions(16 << 20);
  options.min_write_buffer_number_to_merge = 4;
  options.max_write_buffer_number = 16;
  UseTable(options, cache, 16 << 10, /*whole_key_filter=*/false);
  return options;
}

rocksdb::ColumnFamilyOptions SmallOptions(const Cache& cache) {
  rocksdb::ColumnFamilyOptions options = BaseOptions(8 << 20);
  UseTable(options, cache, 4 << 10, /*whole_key_filter=*/false);
  return options;
}

}  // namespace

std::vector<Family> RecordFamilies() {
  const Cache cache = rocksdb::NewLRUCache(kCacheBytes);  // For all of them together.
  rocksdb::ColumnFamilyOptions report = SmallOptions(cache);
  report.merge_operator = std::make_shared<CounterMerge>();
  report.max_successive_merges = 32;  // Keeps a read of the report short.
  rocksdb::ColumnFamilyOptions attributes = SmallOptions(cache);
  attributes.merge_operator = std::make_shared<FirstWins>();
  return {{"records", RecordOptions(cache)},   {"ids", LookupOptions(cache)},
          {"customers", LookupOptions(cache)}, {"report", report},
          {"quarantine", SmallOptions(cache)}, {"attributes", attributes},
          {"catalogue", SmallOptions(cache)},  {"privacy", SmallOptions(cache)},
          {"erased_ids", LookupOptions(cache)}};
}

std::string TenantPrefix(const TenantId& tenant) {
  std::string prefix;
  AppendText(tenant.value(), prefix);
  return prefix;
}

void AppendIdKey(absl::string_view tenant_prefix, absl::string_view source, absl::string_view record_id,
                 std::string& key) {
  key.append(tenant_prefix.data(), tenant_prefix.size());
  AppendText(source, key);
  key.append(record_id.data(), record_id.size());
}

void AppendCustomerKey(absl::string_view tenant_prefix, int shard, absl::string_view customer, std::string& key) {
  key.append(tenant_prefix.data(), tenant_prefix.size());
  AppendByte(static_cast<uint8_t>(shard), key);
  key.append(customer.data(), customer.size());
}

void AppendHistoryPrefix(absl::string_view tenant_prefix, int shard, absl::string_view customer, std::string& key) {
  key.append(tenant_prefix.data(), tenant_prefix.size());
  AppendByte(static_cast<uint8_t>(shard), key);
  AppendText(customer, key);
}

void AppendRecordKey(absl::string_view tenant_prefix, int shard, const NewRecord& record, std::string& key) {
  AppendHistoryPrefix(tenant_prefix, shard, record.customer_id, key);
  AppendSigned64(record.event_time_micros, key);
  AppendText(record.source, key);
  AppendText(record.record_id, key);
}

std::string ErasedIdKey(absl::string_view tenant_prefix, const privacy::DigestKey& key, absl::string_view id_key) {
  return absl::StrCat(tenant_prefix, key.Of(id_key.substr(tenant_prefix.size())).ToBytes());
}

void EncodeRecordHeader(int64_t ingest_time_micros, common::v1::RecordKind kind, char (&header)[kRecordHeaderSize]) {
  std::memcpy(header, &ingest_time_micros, sizeof(ingest_time_micros));
  header[8] = static_cast<char>(kind);
}

}  // namespace clientele::storage
