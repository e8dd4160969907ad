// How the records of all tenants lie in RocksDB. One column family each; keys are written with the parts of database.h,
// so that their byte order is the order of the parts.
//
//   records     text(tenant) u8(shard) text(customer) s64(event time, us) text(source) text(record id)
//                 -> fixed64(ingest time, us) u8(kind) body: the record, not looked into here
//   ids         text(tenant) text(source) record id                -> 16 bytes: digest of the record as it was sent
//   customers   text(tenant) u8(shard) customer                    -> (empty)
//   report      text(tenant) u8(tag) ...                           -> counter; see report_counters.h
//   quarantine  text(tenant) u64(sequence)                         -> RejectedRecord
//   attributes  text(tenant) attribute name                        -> u8(FeatureType); the first write wins
//   catalogue   text(tenant) 's'                                   -> Settings
//               text(tenant) 'f' feature name                      -> FeatureDefinition
//               what is kept of retention; see expire.cc
//   privacy     erasures and suppressed customers; see erasures.cc
//   erased_ids  text(tenant) 16 bytes: keyed hash of an id key     -> (empty): the record was erased
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/privacy/customer_digest.h"
#include "common/storage/record_store.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {

// In the order in which the families are opened.
enum RecordFamily : size_t {
  kRecords,
  kIds,
  kCustomers,
  kReport,
  kQuarantine,
  kAttributes,
  kCatalogue,
  kPrivacy,
  kErasedIds
};

// The families with what tunes them: large write buffers, no compression where data is young, whole-key filters where
// keys are looked up rather than walked.
std::vector<Family> RecordFamilies();

// Many keys in one buffer.
class KeyList {
 public:
  // The buffer to append the next key to; Finish() ends it.
  std::string& buffer() { return bytes_; }
  void Finish() { ends_.push_back(bytes_.size()); }
  void Reserve(size_t keys, size_t bytes_each) {
    bytes_.reserve(keys * bytes_each);
    ends_.reserve(keys);
  }

  size_t size() const { return ends_.size(); }
  absl::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return absl::string_view(bytes_).substr(begin, ends_[i] - begin);
  }

 private:
  std::string bytes_;
  std::vector<size_t> ends_;
};

std::string TenantPrefix(const TenantId& tenant);
void AppendIdKey(absl::string_view tenant_prefix, absl::string_view source, absl::string_view record_id,
                 std::string& key);
void AppendCustomerKey(absl::string_view tenant_prefix, int shard, absl::string_view customer, std::string& key);
// The prefix of all records of a customer, and a record's whole key.
void AppendHistoryPrefix(absl::string_view tenant_prefix, int shard, absl::string_view customer, std::string& key);
void AppendRecordKey(absl::string_view tenant_prefix, int shard, const NewRecord& record, std::string& key);

// Under which an erased record's identifier, `id_key`, is known.
std::string ErasedIdKey(absl::string_view tenant_prefix, const privacy::DigestKey& key, absl::string_view id_key);

// The value of a record: what precedes the body, and back. False where it is damaged.
inline constexpr size_t kRecordHeaderSize = 9;
void EncodeRecordHeader(int64_t ingest_time_micros, common::v1::RecordKind kind, char (&header)[kRecordHeaderSize]);
inline bool DecodeRecordValue(absl::string_view value, StoredRecord& record) {
  if (value.size() < kRecordHeaderSize) return false;
  std::memcpy(&record.ingest_time_micros, value.data(), sizeof(record.ingest_time_micros));
  record.kind = static_cast<common::v1::RecordKind>(static_cast<uint8_t>(value[8]));
  record.body = value.substr(kRecordHeaderSize);
  return true;
}

}  // namespace clientele::storage
