#include "common/storage/rocksdb/report_counters.h"

#include <algorithm>
#include <cstring>

#include "common/base/timestamps.h"
#include "common/storage/rocksdb/database.h"

namespace clientele::storage {
namespace {

using ingestion::v1::IngestionReport;
using ingestion::v1::RecordDisposition;

constexpr size_t kCounterSize = 24;
constexpr size_t kMaxSourceBytes = 63;  // A longer one is no source: its rejections count under "".
constexpr char kCustomersTag = 'c', kKindTag = 'k', kMissingTag = 'm', kRejectionTag = 'r', kSourceTag = 's';

// The keys come in order, so the message a counter belongs to is the last one or a new one.
IngestionReport::KindReport& Kind(uint8_t kind, IngestionReport& report) {
  for (IngestionReport::KindReport& known : *report.mutable_kinds()) {
    if (known.kind() == kind) return known;
  }
  IngestionReport::KindReport& added = *report.add_kinds();
  added.set_kind(static_cast<common::v1::RecordKind>(kind));
  return added;
}

IngestionReport::SourceReport& Source(absl::string_view source, IngestionReport& report) {
  const int last = report.sources_size() - 1;
  if (last >= 0 && report.sources(last).source() == source) return *report.mutable_sources(last);
  IngestionReport::SourceReport& added = *report.add_sources();
  added.set_source(source.data(), source.size());
  return added;
}

void AddSource(absl::string_view source, uint8_t disposition, const Counter& counter, IngestionReport& report) {
  IngestionReport::SourceReport& target = Source(source, report);
  switch (disposition) {
    case ingestion::v1::RECORD_DISPOSITION_ACCEPTED:
      target.set_accepted_count(counter.count);
      report.set_accepted_count(report.accepted_count() + counter.count);
      break;
    case ingestion::v1::RECORD_DISPOSITION_DUPLICATE:
      target.set_duplicate_count(counter.count);
      report.set_duplicate_count(report.duplicate_count() + counter.count);
      break;
    case ingestion::v1::RECORD_DISPOSITION_CONFLICT:
      target.set_conflict_count(counter.count);
      report.set_conflict_count(report.conflict_count() + counter.count);
      break;
    default:
      target.set_rejected_count(counter.count);
      report.set_rejected_count(report.rejected_count() + counter.count);
  }
  const absl::Time last = absl::FromUnixMicros(counter.greatest_micros);
  if (!target.has_last_ingest_time() || FromProto(target.last_ingest_time()) < last) {
    *target.mutable_last_ingest_time() = ToProto(last);
  }
}

}  // namespace

void Counter::Merge(const Counter& other) {
  count += other.count;
  least_micros = std::min(least_micros, other.least_micros);
  greatest_micros = std::max(greatest_micros, other.greatest_micros);
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

Counter& ReportDelta::Source(absl::string_view source, RecordDisposition disposition) {
  if (last_source_ == nullptr || last_source_->first != source) {
    last_source_ = &*sources_.try_emplace(std::string(source)).first;
  }
  return last_source_->second[static_cast<size_t>(disposition)];
}

void ReportDelta::CountMissing(uint8_t kind, absl::string_view field) {
  for (Missing& known : missing_) {
    if (known.field.data() == field.data() && known.kind == kind) {
      ++known.count;
      return;
    }
  }
  missing_.push_back({kind, field, 1});
}

void ReportDelta::Count(const NewRecord& record, RecordDisposition disposition) {
  if (disposition == ingestion::v1::RECORD_DISPOSITION_REJECTED) return CountSuppressed(record.source);
  Source(record.source, disposition).Add(ingest_micros_);
  if (disposition != ingestion::v1::RECORD_DISPOSITION_ACCEPTED) return;
  kinds_[static_cast<size_t>(record.kind)].Add(record.event_time_micros);
  for (const absl::string_view field : record.missing_fields) CountMissing(static_cast<uint8_t>(record.kind), field);
}

void ReportDelta::CountSuppressed(absl::string_view source) {
  CountRejected(source);
  rejections_[{static_cast<uint8_t>(ingestion::v1::REJECTION_REASON_SUPPRESSED), "customer_id"}].Add(ingest_micros_);
}

void ReportDelta::CountRejected(absl::string_view source) {
  Source(source.size() <= kMaxSourceBytes ? source : "", ingestion::v1::RECORD_DISPOSITION_REJECTED)
      .Add(ingest_micros_);
}

void ReportDelta::Count(const ingestion::v1::RejectedRecord& rejected) {
  CountRejected(rejected.record().source());
  rejections_[{static_cast<uint8_t>(rejected.reason()), rejected.field()}].Add(ingest_micros_);
}

void ReportDelta::AppendTo(absl::string_view tenant_prefix, rocksdb::ColumnFamilyHandle* family,
                           rocksdb::WriteBatch& batch) const {
  std::string key;
  const auto begin = [&](char tag) {
    key.assign(tenant_prefix.data(), tenant_prefix.size());
    key.push_back(tag);
  };
  const auto add = [&](const Counter& counter) {
    if (counter.count != 0) batch.Merge(family, key, EncodeCounter(counter));
  };
  const auto counted = [](int64_t count) {
    Counter counter;
    counter.count = count;
    return counter;
  };
  begin(kCustomersTag);
  add(counted(new_customers_));
  for (size_t kind = 0; kind < kinds_.size(); ++kind) {
    begin(kKindTag);
    AppendByte(static_cast<uint8_t>(kind), key);
    add(kinds_[kind]);
  }
  for (const Missing& missing : missing_) {
    begin(kMissingTag);
    AppendByte(missing.kind, key);
    AppendText(missing.field, key);
    add(counted(missing.count));
  }
  for (const auto& [reason_and_field, counter] : rejections_) {
    begin(kRejectionTag);
    AppendByte(reason_and_field.first, key);
    AppendText(reason_and_field.second, key);
    add(counter);
  }
  for (const auto& [source, counters] : sources_) {
    for (size_t disposition = 0; disposition < counters.size(); ++disposition) {
      begin(kSourceTag);
      AppendText(source, key);
      AppendByte(static_cast<uint8_t>(disposition), key);
      add(counters[disposition]);
    }
  }
}

bool AddToReport(absl::string_view key, absl::string_view value, IngestionReport& report) {
  Counter counter;
  uint8_t tag = 0, number = 0;
  std::string scratch;
  absl::string_view text;
  if (!DecodeCounter(value, counter) || !ReadByte(key, tag)) return false;
  if (tag == kCustomersTag) {
    report.set_customer_count(counter.count);
    return true;
  }
  if (tag == kSourceTag) {
    if (!ReadText(key, scratch, text) || !ReadByte(key, number)) return false;
    AddSource(text, number, counter, report);
    return true;
  }
  if (!ReadByte(key, number) || (tag != kKindTag && !ReadText(key, scratch, text))) return false;
  if (tag == kKindTag) {
    IngestionReport::KindReport& kind = Kind(number, report);
    kind.set_accepted_count(counter.count);
    *kind.mutable_first_event_time() = ToProto(absl::FromUnixMicros(counter.least_micros));
    *kind.mutable_last_event_time() = ToProto(absl::FromUnixMicros(counter.greatest_micros));
  } else if (tag == kMissingTag) {
    IngestionReport::FieldReport& field = *Kind(number, report).add_fields();
    field.set_field(text.data(), text.size());
    field.set_missing_count(counter.count);
  } else if (tag == kRejectionTag) {
    IngestionReport::RejectionCount& rejection = *report.add_rejections();
    rejection.set_reason(static_cast<ingestion::v1::RejectionReason>(number));
    rejection.set_field(text.data(), text.size());
    rejection.set_count(counter.count);
  }
  return true;
}

}  // namespace clientele::storage
