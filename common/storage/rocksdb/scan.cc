// RocksRecordStore's scans: histories in order, without allocation per record.
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/storage/rocksdb/no_perf_counters.h"
#include "common/storage/rocksdb/record_store.h"

namespace clientele::storage {
namespace {

absl::Status DamagedRecord() {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed, "a stored record is damaged");
}

// Walks the records between two keys.
class Walk {
 public:
  // `fill_cache`: not for what is read once and whole, which would push everything else out. That is read ahead instead,
  // from the first block on: RocksDB would begin each shard with small reads and find its pace again.
  Walk(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string lower, std::string upper,
       bool fill_cache = true)
      : lower_(std::move(lower)), upper_(std::move(upper)), lower_slice_(lower_), upper_slice_(upper_) {
    rocksdb::ReadOptions options;
    options.iterate_lower_bound = &lower_slice_;
    options.iterate_upper_bound = &upper_slice_;
    options.fill_cache = fill_cache;
    if (!fill_cache) options.readahead_size = kReadAheadBytes;
    it_.reset(db.NewIterator(options, family));
  }
  rocksdb::Iterator& it() { return *it_; }

 private:
  static constexpr size_t kReadAheadBytes = 256 << 10;

  const NoPerfCounters no_perf_counters_;
  const std::string lower_, upper_;
  const rocksdb::Slice lower_slice_, upper_slice_;
  std::unique_ptr<rocksdb::Iterator> it_;
};

// Reads the customer off the front of keys, decoding it only when it is another than before.
class CustomerReader {
 public:
  // `key` begins at the customer, and afterwards behind it. False where it is damaged.
  bool Read(absl::string_view& key, StoredRecord& record) {
    if (!encoded_.empty() && key.size() > encoded_.size() &&
        std::memcmp(key.data(), encoded_.data(), encoded_.size()) == 0) {
      key.remove_prefix(encoded_.size());
      record.first_of_customer = false;
    } else {
      const absl::string_view before = key;
      absl::string_view text;
      if (!ReadText(key, scratch_, text)) return false;
      customer_.assign(text.data(), text.size());
      encoded_.assign(before.data(), before.size() - key.size());
      record.first_of_customer = true;
    }
    record.customer_id = customer_;
    return true;
  }

 private:
  std::string encoded_;  // With its end mark, so that no other customer's begins with it.
  std::string customer_;
  std::string scratch_;
};

}  // namespace

absl::Status RocksRecordStore::ScanShard(const TenantId& tenant, int shard, absl::string_view first_customer,
                                         RecordVisitor visit) const {
  std::string prefix = TenantPrefix(tenant);
  AppendByte(static_cast<uint8_t>(shard), prefix);
  std::string first = prefix;
  if (!first_customer.empty()) AppendText(first_customer, first);
  Walk walk(database_->db(), family(kRecords), std::move(first), PrefixEnd(prefix), /*fill_cache=*/false);
  CustomerReader customers;
  StoredRecord record;
  rocksdb::Iterator& it = walk.it();
  for (it.SeekToFirst(); it.Valid(); it.Next()) {
    absl::string_view key = ToView(it.key()).substr(prefix.size());
    if (!customers.Read(key, record) || !ReadSigned64(key, record.event_time_micros) ||
        !DecodeRecordValue(ToView(it.value()), record)) {
      return DamagedRecord();
    }
    if (!visit(record)) return absl::OkStatus();
  }
  return FromRocks(it.status());
}

absl::Status RocksRecordStore::ScanCustomer(const TenantId& tenant, absl::string_view customer_id,
                                            RecordVisitor visit) const {
  std::string prefix;
  AppendHistoryPrefix(TenantPrefix(tenant), ShardOf(tenant, customer_id), customer_id, prefix);
  Walk walk(database_->db(), family(kRecords), prefix, PrefixEnd(prefix));
  StoredRecord record;
  record.customer_id = customer_id;
  record.first_of_customer = true;
  rocksdb::Iterator& it = walk.it();
  for (it.SeekToFirst(); it.Valid(); it.Next()) {
    absl::string_view key = ToView(it.key()).substr(prefix.size());
    if (!ReadSigned64(key, record.event_time_micros) || !DecodeRecordValue(ToView(it.value()), record)) {
      return DamagedRecord();
    }
    if (!visit(record)) return absl::OkStatus();
    record.first_of_customer = false;
  }
  return FromRocks(it.status());
}

absl::Status RocksRecordStore::ScanCustomerBackwards(
    const TenantId& tenant, absl::string_view customer_id, absl::string_view position,
    absl::FunctionRef<bool(const StoredRecord&, absl::string_view)> visit) const {
  std::string prefix;
  AppendHistoryPrefix(TenantPrefix(tenant), ShardOf(tenant, customer_id), customer_id, prefix);
  Walk walk(database_->db(), family(kRecords), prefix,
            position.empty() ? PrefixEnd(prefix) : absl::StrCat(prefix, position));
  StoredRecord record;
  record.customer_id = customer_id;
  record.first_of_customer = true;
  rocksdb::Iterator& it = walk.it();
  for (it.SeekToLast(); it.Valid(); it.Prev()) {
    const absl::string_view suffix = ToView(it.key()).substr(prefix.size());
    absl::string_view rest = suffix;
    if (!ReadSigned64(rest, record.event_time_micros) || !DecodeRecordValue(ToView(it.value()), record)) {
      return DamagedRecord();
    }
    if (!visit(record, suffix)) return absl::OkStatus();
    record.first_of_customer = false;
  }
  return FromRocks(it.status());
}

}  // namespace clientele::storage
