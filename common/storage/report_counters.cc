#include "common/storage/report_counters.h"

#include "common/base/timestamps.h"

namespace clientele::storage {
namespace {

using ingestion::v1::IngestionReport;
using ingestion::v1::RecordDisposition;

constexpr size_t kMaxSourceBytes = 63;  // A longer one is no source: its rejections count under "".

// The counters come in order, so the message one belongs to is the last one or a new one.
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

Counter Counted(int64_t count) {
  Counter counter;
  counter.count = count;
  return counter;
}

}  // namespace

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

void ReportDelta::ForEach(absl::FunctionRef<void(const CounterKey&, const Counter&)> visit) const {
  const auto add = [&](const CounterKey& key, const Counter& counter) {
    if (counter.count != 0) visit(key, counter);
  };
  add({CounterTag::kCustomers}, Counted(new_customers_));
  for (size_t kind = 0; kind < kinds_.size(); ++kind) {
    add({CounterTag::kKind, static_cast<uint8_t>(kind)}, kinds_[kind]);
  }
  for (const Missing& missing : missing_) {
    add({CounterTag::kMissing, missing.kind, missing.field}, Counted(missing.count));
  }
  for (const auto& [reason_and_field, counter] : rejections_) {
    add({CounterTag::kRejection, reason_and_field.first, reason_and_field.second}, counter);
  }
  for (const auto& [source, counters] : sources_) {
    for (size_t disposition = 0; disposition < counters.size(); ++disposition) {
      add({CounterTag::kSource, static_cast<uint8_t>(disposition), source}, counters[disposition]);
    }
  }
  add({CounterTag::kVolume, kVolumeRecords}, Counted(volume_.records));
  add({CounterTag::kVolume, kVolumeBytes}, Counted(volume_.bytes));
}

void AddToReport(const CounterKey& key, const Counter& counter, IngestionReport& report) {
  switch (key.tag) {
    case CounterTag::kCustomers: report.set_customer_count(counter.count); return;
    case CounterTag::kVolume: return;
    case CounterTag::kSource: AddSource(key.text, key.number, counter, report); return;
    case CounterTag::kKind: {
      IngestionReport::KindReport& kind = Kind(key.number, report);
      kind.set_accepted_count(counter.count);
      *kind.mutable_first_event_time() = ToProto(absl::FromUnixMicros(counter.least_micros));
      *kind.mutable_last_event_time() = ToProto(absl::FromUnixMicros(counter.greatest_micros));
      return;
    }
    case CounterTag::kMissing: {
      IngestionReport::FieldReport& field = *Kind(key.number, report).add_fields();
      field.set_field(key.text.data(), key.text.size());
      field.set_missing_count(counter.count);
      return;
    }
    case CounterTag::kRejection: {
      IngestionReport::RejectionCount& rejection = *report.add_rejections();
      rejection.set_reason(static_cast<ingestion::v1::RejectionReason>(key.number));
      rejection.set_field(key.text.data(), key.text.size());
      rejection.set_count(counter.count);
      return;
    }
  }
}

}  // namespace clientele::storage
