#include "common/storage/rocksdb/report_counters.h"

#include <cstring>

#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

constexpr size_t kCounterSize = 24;

}  // namespace

void AppendCounterKey(const CounterKey& counter, std::string& key) {
  AppendByte(static_cast<uint8_t>(counter.tag), key);
  switch (counter.tag) {
    case CounterTag::kCustomers: break;
    case CounterTag::kKind:
    case CounterTag::kVolume: AppendByte(counter.number, key); break;
    case CounterTag::kMissing:
    case CounterTag::kRejection:
      AppendByte(counter.number, key);
      AppendText(counter.text, key);
      break;
    case CounterTag::kSource:
      AppendText(counter.text, key);
      AppendByte(counter.number, key);
      break;
  }
}

bool ReadCounterKey(absl::string_view& key, std::string& scratch, CounterKey& counter) {
  uint8_t tag = 0;
  if (!ReadByte(key, tag)) return false;
  counter.tag = static_cast<CounterTag>(tag);
  switch (counter.tag) {
    case CounterTag::kCustomers: return true;
    case CounterTag::kKind:
    case CounterTag::kVolume: return ReadByte(key, counter.number);
    case CounterTag::kMissing:
    case CounterTag::kRejection: return ReadByte(key, counter.number) && ReadText(key, scratch, counter.text);
    case CounterTag::kSource: return ReadText(key, scratch, counter.text) && ReadByte(key, counter.number);
  }
  return false;
}

std::string EncodeCounter(const Counter& counter) {
  std::string bytes(kCounterSize, '\0');
  std::memcpy(bytes.data(), &counter.count, 8);
  std::memcpy(bytes.data() + 8, &counter.least_micros, 8);
  std::memcpy(bytes.data() + 16, &counter.greatest_micros, 8);
  return bytes;
}

bool DecodeCounter(absl::string_view bytes, Counter& counter) {
  if (bytes.size() != kCounterSize) return false;
  std::memcpy(&counter.count, bytes.data(), 8);
  std::memcpy(&counter.least_micros, bytes.data() + 8, 8);
  std::memcpy(&counter.greatest_micros, bytes.data() + 16, 8);
  return true;
}

bool CounterMerge::Merge(const rocksdb::Slice&, const rocksdb::Slice* existing, const rocksdb::Slice& value,
                         std::string* result, rocksdb::Logger*) const {
  Counter sum, operand;
  if (!DecodeCounter(ToView(value), operand)) return false;
  if (existing != nullptr && !DecodeCounter(ToView(*existing), sum)) return false;
  sum.Merge(operand);
  *result = EncodeCounter(sum);
  return true;
}

void AppendReport(const ReportDelta& delta, absl::string_view tenant_prefix, rocksdb::ColumnFamilyHandle* family,
                  rocksdb::WriteBatch& batch) {
  std::string key;
  delta.ForEach([&](const CounterKey& counter_key, const Counter& counter) {
    key.assign(tenant_prefix.data(), tenant_prefix.size());
    AppendCounterKey(counter_key, key);
    batch.Merge(family, key, EncodeCounter(counter));
  });
}

std::string StoredRecordsKey(absl::string_view tenant_prefix) {
  std::string key(tenant_prefix);
  AppendCounterKey({CounterTag::kVolume, kVolumeRecords}, key);
  return key;
}

std::string StoredBytesKey(absl::string_view tenant_prefix) {
  std::string key(tenant_prefix);
  AppendCounterKey({CounterTag::kVolume, kVolumeBytes}, key);
  return key;
}

bool AddToReport(absl::string_view key, absl::string_view value, ingestion::v1::IngestionReport& report) {
  Counter counter;
  CounterKey counter_key{CounterTag::kCustomers};
  std::string scratch;
  if (!DecodeCounter(value, counter) || !ReadCounterKey(key, scratch, counter_key)) return false;
  AddToReport(counter_key, counter, report);
  return true;
}

}  // namespace clientele::storage
