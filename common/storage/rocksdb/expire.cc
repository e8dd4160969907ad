// RocksRecordStore's retention: what is written down of it, and what goes because its time is over; and the volume,
// which goes down then. In the family `catalogue`:
//
//   text(tenant) 'r'    -> StoredRetention
//   0x00 'r' tenant     -> (empty): the tenant has such a thing
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/storage/retention_state.h"
#include "common/storage/rocksdb/no_perf_counters.h"
#include "common/storage/rocksdb/record_store.h"
#include "common/storage/rocksdb/report_counters.h"

namespace clientele::storage {
namespace {

using ingestion::v1::StoredRetention;

constexpr absl::string_view kTenants("\0r", 2);
constexpr int kSeenPerRemoved = 10;  // A step looks at so many records for each it may take.

std::string Key(const TenantId& tenant) { return TenantPrefix(tenant) + 'r'; }

absl::Status Damaged(absl::string_view what) {
  return Error(absl::StatusCode::kInternal, ErrorReason::kStorageFailed,
               absl::StrCat("a stored ", what, " is damaged"));
}

// A record on its way out.
struct Expired {
  std::string key, id_key;
  common::v1::RecordKind kind;
  int64_t bytes;
};

// What one step takes: records of one shard after the other, from where the run stands to where it then stands.
class Step {
 public:
  Step(absl::string_view tenant_prefix, const StoredRetention& stored, int most)
      : tenant_prefix_(tenant_prefix),
        cuts_(CutMicros(stored.runs().rbegin()->cuts())),
        most_(static_cast<size_t>(most)),
        shard_(stored.next_shard()),
        customer_(stored.next_customer()) {}

  absl::Status Collect(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* records) {
    bool more = true;
    while (more && shard_ < kShardCount) {
      CLIENTELE_ASSIGN_OR_RETURN(more, CollectShard(db, records));
    }
    return absl::OkStatus();
  }

  const std::vector<Expired>& expired() const { return expired_; }
  // The keys, without those of records, of customers of whom nothing else was there.
  struct Customer {
    std::string history_prefix, key;
    int64_t records;
  };
  const std::vector<Customer>& emptied() const { return emptied_; }
  int shard() const { return shard_; }
  const std::string& customer() const { return customer_; }

 private:
  // False: the step is full, and stands where it goes on.
  absl::StatusOr<bool> CollectShard(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* records) {
    std::string prefix(tenant_prefix_);
    AppendByte(static_cast<uint8_t>(shard_), prefix);
    std::string first = prefix;
    if (!customer_.empty()) AppendText(customer_, first);
    const std::string end = PrefixEnd(prefix);
    const rocksdb::Slice upper = ToSlice(end);
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &upper;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options, records));
    customer_.clear();
    of_customer_ = expired_of_customer_ = 0;
    for (it->Seek(ToSlice(first)); it->Valid(); it->Next()) {
      if (!Read(ToView(it->key()), ToView(it->value()), prefix.size())) return Damaged("record");
      if (expired_.size() >= most_) return false;
      if (is_new_customer_ && seen_ >= most_ * kSeenPerRemoved) return false;
      Take(ToView(it->key()));
    }
    CLIENTELE_RETURN_IF_ERROR(FromRocks(it->status()));
    EndCustomer();
    ++shard_;
    customer_.clear();
    return true;
  }

  // The record under `key`. False where it is damaged.
  bool Read(absl::string_view key, absl::string_view value, size_t prefix_size) {
    absl::string_view rest = key.substr(prefix_size), text;
    int64_t event_time = 0;
    if (!ReadText(rest, scratch_, text) || !DecodeRecordValue(value, record_)) return false;
    is_new_customer_ = text != customer_ || of_customer_ == 0;
    if (is_new_customer_) {
      EndCustomer();
      customer_.assign(text.data(), text.size());
      of_customer_ = expired_of_customer_ = 0;
    }
    if (!ReadSigned64(rest, event_time) || !ReadText(rest, scratch_, text)) return false;
    source_.assign(text.data(), text.size());
    if (!ReadText(rest, scratch_, text)) return false;
    record_id_.assign(text.data(), text.size());
    record_.event_time_micros = event_time;
    return true;
  }

  void Take(absl::string_view key) {
    ++seen_;
    ++of_customer_;
    const auto kind = static_cast<size_t>(record_.kind);
    if (kind >= cuts_.size() || record_.event_time_micros >= cuts_[kind]) return;
    ++expired_of_customer_;
    Expired& expired = expired_.emplace_back();
    expired.key.assign(key.data(), key.size());
    AppendIdKey(tenant_prefix_, source_, record_id_, expired.id_key);
    expired.kind = record_.kind;
    expired.bytes = StoredBytes(record_.body, customer_, source_, record_id_);
  }

  void EndCustomer() {
    if (of_customer_ == 0 || expired_of_customer_ < of_customer_) return;
    Customer& emptied = emptied_.emplace_back();
    AppendHistoryPrefix(tenant_prefix_, shard_, customer_, emptied.history_prefix);
    AppendCustomerKey(tenant_prefix_, shard_, customer_, emptied.key);
    emptied.records = of_customer_;
  }

  const absl::string_view tenant_prefix_;
  const KindCuts cuts_;
  const size_t most_;
  int shard_;
  std::string customer_;
  size_t seen_ = 0;
  int64_t of_customer_ = 0, expired_of_customer_ = 0;
  bool is_new_customer_ = false;
  StoredRecord record_ = {};
  std::string source_, record_id_, scratch_;
  std::vector<Expired> expired_;
  std::vector<Customer> emptied_;
};

}  // namespace

absl::StatusOr<StoredRetention> RocksRecordStore::GetRetention(const TenantId& tenant) const {
  const auto bytes = database_->Get(kCatalogue, Key(tenant));
  if (absl::IsNotFound(bytes.status())) return StoredRetention();
  if (!bytes.ok()) return bytes.status();
  StoredRetention stored;
  if (!stored.ParseFromString(*bytes)) return Damaged("retention");
  return stored;
}

absl::StatusOr<std::vector<TenantId>> RocksRecordStore::ListRetentionTenants() const {
  std::vector<TenantId> tenants;
  absl::Status status;
  CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kCatalogue, kTenants, [&](absl::string_view name, absl::string_view) {
    auto tenant = TenantId::Parse(name);
    status = tenant.status();
    if (tenant.ok()) tenants.push_back(*std::move(tenant));
    return status.ok();
  }));
  if (!status.ok()) return Damaged("retention");
  return tenants;
}

absl::StatusOr<StoredRetention> RocksRecordStore::UpdateRetention(
    const TenantId& tenant, absl::FunctionRef<absl::Status(StoredRetention&)> change) {
  absl::MutexLock erasing(&erasing_);
  CLIENTELE_ASSIGN_OR_RETURN(StoredRetention stored, GetRetention(tenant));
  CLIENTELE_RETURN_IF_ERROR(change(stored));
  rocksdb::WriteBatch batch;
  batch.Put(family(kCatalogue), Key(tenant), stored.SerializeAsString());
  batch.Put(family(kCatalogue), absl::StrCat(kTenants, tenant.value()), rocksdb::Slice());
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  return stored;
}

absl::StatusOr<bool> RocksRecordStore::ExpireRecords(const TenantId& tenant, int most) {
  const NoPerfCounters no_perf_counters;
  absl::MutexLock erasing(&erasing_);  // What is found here, no erasure takes away meanwhile.
  CLIENTELE_ASSIGN_OR_RETURN(StoredRetention stored, GetRetention(tenant));
  if (!IsUnderWay(stored)) return false;
  const std::string prefix = TenantPrefix(tenant);
  Step step(prefix, stored, most);
  CLIENTELE_RETURN_IF_ERROR(step.Collect(database_->db(), family(kRecords)));

  absl::MutexLock gate(&gate_);  // From here on no append is under way.
  rocksdb::WriteBatch batch;
  ReportDelta report(0);
  for (const Expired& expired : step.expired()) {
    batch.Delete(family(kRecords), expired.key);
    batch.Delete(family(kIds), expired.id_key);
    CountExpired(expired.kind, 1, stored);
    report.CountStored(-1, -expired.bytes);
  }
  std::vector<absl::string_view> gone;
  for (const Step::Customer& customer : step.emptied()) {
    int64_t records = 0;  // Another may have come since.
    CLIENTELE_RETURN_IF_ERROR(database_->ForEach(kRecords, customer.history_prefix, [&](auto, auto) {
      return ++records <= customer.records;
    }));
    if (records > customer.records) continue;
    batch.Delete(family(kCustomers), customer.key);
    gone.push_back(customer.key);
  }
  report.CountNewCustomers(-static_cast<int64_t>(gone.size()));
  ingestion::v1::RetentionRun& run = *stored.mutable_runs()->rbegin();
  run.set_customer_count(run.customer_count() + static_cast<int64_t>(gone.size()));
  stored.set_next_shard(step.shard());
  stored.set_next_customer(step.customer());
  AppendReport(report, prefix, family(kReport), batch);
  batch.Put(family(kCatalogue), Key(tenant), stored.SerializeAsString());
  CLIENTELE_RETURN_IF_ERROR(database_->Write(batch));
  for (const absl::string_view key : gone) known_customers_.Forget(key);
  return true;
}

absl::StatusOr<StoredVolume> RocksRecordStore::GetVolume(const TenantId& tenant) const {
  const auto read = [&](const std::string& key) -> absl::StatusOr<int64_t> {
    const auto bytes = database_->Get(kReport, key);
    if (absl::IsNotFound(bytes.status())) return 0;
    if (!bytes.ok()) return bytes.status();
    Counter counter;
    if (!DecodeCounter(*bytes, counter)) return Damaged("volume");
    return counter.count;
  };
  const std::string prefix = TenantPrefix(tenant);
  StoredVolume volume;
  CLIENTELE_ASSIGN_OR_RETURN(volume.records, read(StoredRecordsKey(prefix)));
  CLIENTELE_ASSIGN_OR_RETURN(volume.bytes, read(StoredBytesKey(prefix)));
  return volume;
}

// Directories of versions that did not count: each of their tenants is counted once, before anything is written.
absl::Status RocksRecordStore::CountVolumes() {
  const std::unique_ptr<rocksdb::Iterator> it(database_->db().NewIterator({}, family(kReport)));
  for (it->SeekToFirst(); it->Valid();) {
    absl::string_view key = ToView(it->key()), name;
    std::string scratch;
    if (!ReadText(key, scratch, name)) return Damaged("count of the report");
    CLIENTELE_ASSIGN_OR_RETURN(const TenantId tenant, TenantId::Parse(name));
    const std::string prefix = TenantPrefix(tenant);
    if (absl::IsNotFound(database_->Get(kReport, StoredRecordsKey(prefix)).status())) {
      CLIENTELE_RETURN_IF_ERROR(CountVolume(prefix));
    }
    it->Seek(ToSlice(PrefixEnd(prefix)));
  }
  return FromRocks(it->status());
}

absl::Status RocksRecordStore::CountVolume(const std::string& prefix) {
  ReportDelta report(0);
  bool intact = true;
  CLIENTELE_RETURN_IF_ERROR(
      database_->ForEach(kRecords, prefix, [&](absl::string_view key, absl::string_view value) {
        uint8_t shard = 0;
        int64_t event_time = 0;
        std::string customer, source, id;
        absl::string_view text;
        StoredRecord record;
        const auto read = [&](std::string& part) {
          std::string scratch;
          if (!ReadText(key, scratch, text)) return false;
          part.assign(text.data(), text.size());
          return true;
        };
        intact = ReadByte(key, shard) && read(customer) && ReadSigned64(key, event_time) && read(source) && read(id) &&
                 DecodeRecordValue(value, record);
        if (intact) report.CountStored(1, StoredBytes(record.body, customer, source, id));
        return intact;
      }));
  if (!intact) return Damaged("record");
  rocksdb::WriteBatch batch;
  AppendReport(report, prefix, family(kReport), batch);
  return batch.Count() == 0 ? absl::OkStatus() : database_->Write(batch);
}

}  // namespace clientele::storage
