// RocksRecordStore::Append: what is new of a batch, and the one write that makes it durable.
#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "common/base/hash.h"
#include "common/base/status_macros.h"
#include "common/storage/rocksdb/no_perf_counters.h"
#include "common/storage/rocksdb/record_store.h"
#include "common/storage/rocksdb/report_counters.h"

namespace clientele::storage {
namespace {

using ingestion::v1::RecordDisposition;
using ingestion::v1::RejectedRecord;

// The stored value of each key, or nothing where there is none.
struct Found {
  std::vector<rocksdb::PinnableSlice> values;
  std::vector<rocksdb::Status> statuses;
  bool has(size_t i) const { return statuses[i].ok(); }
};

absl::StatusOr<Found> LookUp(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const KeyList& keys) {
  std::vector<rocksdb::Slice> slices(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) slices[i] = ToSlice(keys[i]);
  Found found{std::vector<rocksdb::PinnableSlice>(keys.size()), std::vector<rocksdb::Status>(keys.size())};
  db.MultiGet(rocksdb::ReadOptions(), family, keys.size(), slices.data(), found.values.data(), found.statuses.data());
  for (const rocksdb::Status& status : found.statuses) {
    if (!status.ok() && !status.IsNotFound()) return FromRocks(status);
  }
  return found;
}

std::vector<uint64_t> Hashes(const KeyList& keys) {
  std::vector<uint64_t> hashes(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) hashes[i] = Hash64(keys[i]);
  return hashes;
}

KeyList Select(const KeyList& keys, const std::vector<size_t>& indices) {
  KeyList selected;
  for (const size_t i : indices) {
    selected.buffer().append(keys[i].data(), keys[i].size());
    selected.Finish();
  }
  return selected;
}

int64_t LastSequence(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, absl::string_view prefix, bool first) {
  const std::string end = PrefixEnd(prefix);
  const rocksdb::Slice lower = ToSlice(prefix), upper = ToSlice(end);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options, family));
  first ? it->SeekToFirst() : it->SeekToLast();
  if (!it->Valid()) return -1;
  absl::string_view key = ToView(it->key()).substr(prefix.size());
  uint64_t sequence = 0;
  return ReadUnsigned64(key, sequence) ? static_cast<int64_t>(sequence) : -1;
}

}  // namespace

class RocksRecordStore::Writer {
 public:
  // `erasures`: the tenant's, or null where there was none; nobody changes them meanwhile.
  Writer(RocksRecordStore& store, const TenantId& tenant, const TenantErasures* erasures,
         absl::Span<const NewRecord> records, absl::Time ingest_time)
      : store_(store),
        tenant_(tenant),
        erasures_(erasures),
        prefix_(TenantPrefix(tenant)),
        records_(records),
        ingest_micros_(absl::ToUnixMicros(ingest_time)),
        report_(ingest_micros_) {}

  absl::StatusOr<AppendResult> Run(absl::Span<const RejectedRecord> rejected) {
    CLIENTELE_RETURN_IF_ERROR(Decide());
    CLIENTELE_RETURN_IF_ERROR(AddCustomers());
    AddRecords();
    AddAttributes();
    for (size_t i = 0; i < records_.size(); ++i) report_.Count(records_[i], result_.dispositions[i]);
    AddRejected(Keepable(rejected));
    AppendReport(report_, prefix_, store_.family(kReport), batch_);
    CLIENTELE_RETURN_IF_ERROR(store_.database_->Write(batch_));
    Remember();
    return std::move(result_);
  }

 private:
  // Reserves the ids, then tells new from known and from what may not be here.
  absl::Status Decide() {
    ids_.Reserve(records_.size(), prefix_.size() + 40);
    for (const NewRecord& record : records_) {
      AppendIdKey(prefix_, record.source, record.record_id, ids_.buffer());
      ids_.Finish();
    }
    reserved_ids_ = store_.ids_.Reserve(Hashes(ids_));
    CLIENTELE_ASSIGN_OR_RETURN(const Found found, LookUp(store_.database_->db(), store_.family(kIds), ids_));
    CLIENTELE_ASSIGN_OR_RETURN(const std::vector<bool> refused, Refused());
    absl::flat_hash_map<absl::string_view, size_t> first;  // Where an id comes first in the batch.
    first.reserve(records_.size());
    result_.dispositions.reserve(records_.size());
    for (size_t i = 0; i < records_.size(); ++i) {
      const auto known = [&](absl::string_view digest) {
        return digest == records_[i].content_digest ? ingestion::v1::RECORD_DISPOSITION_DUPLICATE
                                                    : ingestion::v1::RECORD_DISPOSITION_CONFLICT;
      };
      if (!refused.empty() && refused[i]) {
        result_.dispositions.push_back(ingestion::v1::RECORD_DISPOSITION_REJECTED);
      } else if (found.has(i)) {
        result_.dispositions.push_back(known(ToView(found.values[i])));
      } else if (const auto [it, is_new] = first.try_emplace(ids_[i], i); !is_new) {
        result_.dispositions.push_back(known(records_[it->second].content_digest));
      } else {
        result_.dispositions.push_back(ingestion::v1::RECORD_DISPOSITION_ACCEPTED);
        accepted_.push_back(i);
      }
    }
    return absl::OkStatus();
  }

  // Which records name a suppressed customer or were erased; none where nothing ever was.
  absl::StatusOr<std::vector<bool>> Refused() {
    if (erasures_ == nullptr) return std::vector<bool>();
    std::vector<bool> refused(records_.size());
    for (size_t i = 0; i < records_.size(); ++i) refused[i] = erasures_->Suppresses(records_[i].customer_id);
    if (!erasures_->has_erased_ids) return refused;
    KeyList keys;
    for (size_t i = 0; i < ids_.size(); ++i) {
      keys.buffer().append(ErasedIdKey(prefix_, erasures_->key, ids_[i]));
      keys.Finish();
    }
    CLIENTELE_ASSIGN_OR_RETURN(const Found erased, LookUp(store_.database_->db(), store_.family(kErasedIds), keys));
    for (size_t i = 0; i < ids_.size(); ++i) refused[i] = refused[i] || erased.has(i);
    return refused;
  }

  // Those for the quarantine; of the others, whose customer is suppressed, nothing is kept but the count. Counts both.
  std::vector<const RejectedRecord*> Keepable(absl::Span<const RejectedRecord> rejected) {
    std::vector<const RejectedRecord*> keepable;
    keepable.reserve(rejected.size());
    for (size_t i = 0; i < rejected.size(); ++i) {
      const std::string& customer = rejected[i].record().customer_id();
      if (erasures_ != nullptr && erasures_->Suppresses(absl::StripAsciiWhitespace(customer))) {
        report_.CountSuppressed(rejected[i].record().source());
        result_.suppressed_rejections.push_back(i);
      } else {
        report_.Count(rejected[i]);
        keepable.push_back(&rejected[i]);
      }
    }
    return keepable;
  }

  // Customers that are seen for the first time. Those not known are looked up, those that are absent reserved, and
  // looked up again, for another batch may have added them in between.
  absl::Status AddCustomers() {
    absl::flat_hash_map<absl::string_view, int> shards;
    shards.reserve(accepted_.size());
    KeyList keys;
    keys.Reserve(accepted_.size(), prefix_.size() + 20);
    shards_.reserve(accepted_.size());
    for (const size_t i : accepted_) {
      const absl::string_view customer = records_[i].customer_id;
      const auto [it, is_new] = shards.try_emplace(customer, 0);
      if (is_new) {
        it->second = ShardOf(tenant_, customer);
        AppendCustomerKey(prefix_, it->second, customer, keys.buffer());
        keys.Finish();
      }
      shards_.push_back(it->second);
    }
    customers_ = Select(keys, store_.known_customers_.Unknown(keys));
    if (customers_.size() == 0) return absl::OkStatus();
    CLIENTELE_ASSIGN_OR_RETURN(const KeyList absent, Absent(customers_));
    if (absent.size() == 0) return absl::OkStatus();
    reserved_customers_ = store_.customers_.Reserve(Hashes(absent));
    CLIENTELE_ASSIGN_OR_RETURN(const KeyList added, Absent(absent));
    for (size_t i = 0; i < added.size(); ++i) {
      batch_.Put(store_.family(kCustomers), ToSlice(added[i]), rocksdb::Slice());
    }
    report_.CountNewCustomers(static_cast<int64_t>(added.size()));
    return absl::OkStatus();
  }

  absl::StatusOr<KeyList> Absent(const KeyList& keys) {
    CLIENTELE_ASSIGN_OR_RETURN(const Found found, LookUp(store_.database_->db(), store_.family(kCustomers), keys));
    std::vector<size_t> absent;
    for (size_t i = 0; i < keys.size(); ++i) {
      if (!found.has(i)) absent.push_back(i);
    }
    return Select(keys, absent);
  }

  // In the order of their keys, which finds its place in the write buffer faster.
  void AddRecords() {
    KeyList keys;
    keys.Reserve(accepted_.size(), prefix_.size() + 70);
    for (size_t n = 0; n < accepted_.size(); ++n) {
      AppendRecordKey(prefix_, shards_[n], records_[accepted_[n]], keys.buffer());
      keys.Finish();
    }
    std::vector<size_t> order(accepted_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return keys[a] < keys[b]; });
    for (const size_t n : order) {
      const NewRecord& record = records_[accepted_[n]];
      char header[kRecordHeaderSize];
      EncodeRecordHeader(ingest_micros_, record.kind, header);
      const rocksdb::Slice key = ToSlice(keys[n]);
      const rocksdb::Slice value[] = {{header, kRecordHeaderSize}, record.body};
      batch_.Put(store_.family(kRecords), {&key, 1}, {value, 2});
    }
    for (const size_t i : accepted_) {
      const NewRecord& record = records_[i];
      batch_.Put(store_.family(kIds), ToSlice(ids_[i]), record.content_digest);
      report_.CountStored(1, StoredBytes(record.body, record.customer_id, record.source, record.record_id));
    }
  }

  void AddAttributes() {
    KeyList keys;
    std::vector<char> types;
    for (const size_t i : accepted_) {
      for (const auto& [name, type] : records_[i].attributes) {
        keys.buffer().append(prefix_).append(name);
        keys.Finish();
        types.push_back(static_cast<char>(type));
      }
    }
    const std::vector<size_t> unknown = store_.known_attributes_.Unknown(keys);
    for (const size_t i : unknown) {
      batch_.Merge(store_.family(kAttributes), ToSlice(keys[i]), rocksdb::Slice(&types[i], 1));
    }
    attributes_ = Select(keys, unknown);
  }

  void AddRejected(const std::vector<const RejectedRecord*>& rejected) {
    if (rejected.empty()) return;
    int64_t sequence = 0, first = 0;
    {
      absl::MutexLock lock(&store_.quarantine_mutex_);
      Quarantine& quarantine = FindQuarantine();
      sequence = quarantine.next;
      first = quarantine.first;
      quarantine.next += static_cast<int64_t>(rejected.size());
    }
    const int64_t keep_from = sequence + static_cast<int64_t>(rejected.size()) - kQuarantineSize;
    kept_from_ = std::max<int64_t>(keep_from, 0);
    rejected_from_ = std::max(sequence, kept_from_);
    std::string key, value;
    for (const RejectedRecord* record : rejected) {
      if (sequence >= keep_from) {
        record->SerializeToString(&value);
        batch_.Put(store_.family(kQuarantine), QuarantineKey(sequence, key), value);
      }
      ++sequence;
    }
    for (int64_t old = first; old < keep_from; ++old) {
      batch_.Delete(store_.family(kQuarantine), QuarantineKey(old, key));
    }
  }

  rocksdb::Slice QuarantineKey(int64_t sequence, std::string& key) const {
    key = prefix_;
    AppendUnsigned64(static_cast<uint64_t>(sequence), key);
    return key;
  }

  Quarantine& FindQuarantine() ABSL_EXCLUSIVE_LOCKS_REQUIRED(store_.quarantine_mutex_) {
    const auto [it, is_new] = store_.quarantines_.try_emplace(prefix_);
    if (is_new) {
      rocksdb::DB& db = store_.database_->db();
      it->second.next = LastSequence(db, store_.family(kQuarantine), prefix_, /*first=*/false) + 1;
      it->second.first = std::max<int64_t>(0, LastSequence(db, store_.family(kQuarantine), prefix_, /*first=*/true));
    }
    return it->second;
  }

  // What the next batches need not look up again, now that it is on disk.
  void Remember() {
    if (rejected_from_ >= 0) {
      absl::MutexLock lock(&store_.quarantine_mutex_);
      Quarantine& quarantine = store_.quarantines_[prefix_];
      // A later batch may have trimmed beyond what this one has written only now: the next one takes that away.
      quarantine.first = std::min(std::max(quarantine.first, kept_from_), rejected_from_);
    }
    if (customers_.size() > 0) store_.known_customers_.Remember(customers_);
    if (attributes_.size() > 0) store_.known_attributes_.Remember(attributes_);
  }

  RocksRecordStore& store_;
  const TenantId& tenant_;
  const TenantErasures* const erasures_;
  const std::string prefix_;
  const absl::Span<const NewRecord> records_;
  const int64_t ingest_micros_;
  ReportDelta report_;
  KeyList ids_;
  InFlight::Reservation reserved_ids_;
  InFlight::Reservation reserved_customers_;
  std::vector<size_t> accepted_;
  std::vector<int> shards_;         // Of the accepted.
  KeyList customers_, attributes_;  // Those that were not known to be on disk before this write.
  int64_t kept_from_ = 0;       // The first sequence of the quarantine that this write keeps,
  int64_t rejected_from_ = -1;  // and the first of its own; -1: none.
  rocksdb::WriteBatch batch_;
  AppendResult result_;
};

absl::StatusOr<AppendResult> RocksRecordStore::Append(const TenantId& tenant, absl::Span<const NewRecord> records,
                                                      absl::Span<const RejectedRecord> rejected,
                                                      absl::Time ingest_time) {
  if (records.empty() && rejected.empty()) return AppendResult();
  const NoPerfCounters no_perf_counters;
  absl::ReaderMutexLock gate(&gate_);
  const auto erasures = erasures_.find(tenant);
  return Writer(*this, tenant, erasures == erasures_.end() ? nullptr : &erasures->second, records, ingest_time)
      .Run(rejected);
}

}  // namespace clientele::storage
