#include "services/ingestion/records/ingester.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/quota/refusal.h"
#include "services/ingestion/records/quarantine.h"
#include "services/ingestion/records/record_sealer.h"
#include "services/ingestion/records/standardise.h"
#include "services/ingestion/records/wire.h"

namespace clientele::ingestion {
namespace {

using storage::NewRecord;
using v1::BatchResult;
using v1::RejectedRecord;

prometheus::Counter& RecordCounter(observability::Metrics& metrics, const char* disposition) {
  return metrics.Counter("clientele_ingestion_records_total", "Records by what became of them.",
                         {{"disposition", disposition}});
}

void AddError(int32_t index, v1::RejectionReason reason, absl::string_view field, absl::string_view message,
              BatchResult& result) {
  v1::RecordError& error = *result.add_errors();
  error.set_index(index);
  error.set_reason(reason);
  error.set_field(field.data(), field.size());
  error.set_message(message.data(), message.size());
}

// Says nothing of who the customer is.
void AddSuppressed(int32_t index, BatchResult& result) {
  AddError(index, v1::REJECTION_REASON_SUPPRESSED, "customer_id",
           "the customer is on the suppression list, or the record was erased: nothing of it is kept", result);
}

// Of the rejected records, those that are told by their customer's suppression alone.
void HideSuppressed(absl::Span<const size_t> suppressed, std::vector<RejectedRecord>& rejected) {
  for (const size_t i : suppressed) {
    rejected[i].Clear();
    rejected[i].set_reason(v1::REJECTION_REASON_SUPPRESSED);
  }
}

// What the store said of the valid records and the rejected ones, in the order of the batch.
BatchResult MakeResult(const PreparedBatch& batch, absl::Span<const NewRecord> records,
                       absl::Span<const v1::RecordDisposition> dispositions,
                       absl::Span<const RejectedRecord> rejected) {
  BatchResult result;
  result.mutable_dispositions()->Reserve(static_cast<int>(batch.size));
  size_t next_valid = 0, next_rejected = 0;
  int32_t duplicates = 0, conflicts = 0, suppressed = 0;
  for (int32_t i = 0; i < static_cast<int32_t>(batch.size); ++i) {
    if (next_rejected < rejected.size() && batch.rejected_indices[next_rejected] == i) {
      const RejectedRecord& bad = rejected[next_rejected++];
      result.add_dispositions(v1::RECORD_DISPOSITION_REJECTED);
      if (bad.reason() == v1::REJECTION_REASON_SUPPRESSED) {
        AddSuppressed(i, result);
      } else {
        AddError(i, bad.reason(), bad.field(), bad.message(), result);
      }
      continue;
    }
    const v1::RecordDisposition disposition = dispositions[next_valid];
    const NewRecord& record = records[next_valid++];
    result.add_dispositions(disposition);
    if (disposition == v1::RECORD_DISPOSITION_DUPLICATE) ++duplicates;
    if (disposition == v1::RECORD_DISPOSITION_REJECTED) {
      ++suppressed;
      AddSuppressed(i, result);
    }
    if (disposition == v1::RECORD_DISPOSITION_CONFLICT) {
      ++conflicts;
      AddError(
          i, v1::REJECTION_REASON_CONFLICT, "record_id",
          absl::StrCat("\"", record.record_id, "\" of source ", record.source, " is already here with other content"),
          result);
    }
  }
  const auto rejections = static_cast<int32_t>(rejected.size()) + suppressed;
  result.set_accepted_count(static_cast<int32_t>(batch.size) - duplicates - conflicts - rejections);
  result.set_duplicate_count(duplicates);
  result.set_conflict_count(conflicts);
  result.set_rejected_count(rejections);
  return result;
}

}  // namespace

Ingester::Ingester(storage::RecordStore& store, TenantContexts& contexts, CustomerKeys& keys, const Clock& clock,
                   observability::Metrics& metrics, quota::Meter* meter)
    : store_(store),
      contexts_(contexts),
      keys_(keys),
      clock_(clock),
      meter_(meter),
      accepted_(RecordCounter(metrics, "accepted")),
      duplicates_(RecordCounter(metrics, "duplicate")),
      conflicts_(RecordCounter(metrics, "conflict")),
      rejected_(RecordCounter(metrics, "rejected")),
      write_seconds_(metrics.Histogram("clientele_ingestion_write_seconds", "Durable writes of records.",
                                       observability::LatencyBounds())) {}

absl::StatusOr<PreparedBatch> Ingester::Prepare(const TenantId& tenant, absl::Span<const absl::string_view> records) {
  CLIENTELE_RETURN_IF_ERROR(CheckMayStore(tenant));
  PreparedBatch batch;
  batch.size = records.size();
  CLIENTELE_ASSIGN_OR_RETURN(batch.context, contexts_.Hold(tenant));
  const absl::Time now = clock_.Now();
  Standardiser standardiser(*batch.context, absl::ToUnixMicros(now));
  RecordSealer sealer(keys_, tenant);
  batch.records.reserve(records.size());
  v1::Record record;  // Used again and again: its memory stays.
  for (size_t i = 0; i < records.size(); ++i) {
    MaybeRejection bad = ReadRecord(records[i], record);
    if (!bad) {
      bad = standardiser.Standardise(record, batch.records.emplace_back());
      if (!bad) {
        CLIENTELE_RETURN_IF_ERROR(sealer.Seal(batch.records.back()));
        continue;
      }
      batch.records.pop_back();
      if (ReadRecord(records[i], record)) record.Clear();  // As it came, for quarantine.
    }
    batch.rejected.push_back(MakeRejectedRecord(record, *bad, now));
    CLIENTELE_RETURN_IF_ERROR(sealer.Seal(batch.rejected.back()));
    batch.rejected_indices.push_back(static_cast<int32_t>(i));
  }
  CLIENTELE_ASSIGN_OR_RETURN(batch.keys, sealer.Finish());
  return batch;
}

absl::Status Ingester::CheckMayStore(const TenantId& tenant) const {
  if (meter_ == nullptr) return absl::OkStatus();
  const quota::Limits limits = meter_->LimitsOf(tenant.value());
  if (limits.stored_records <= 0 && limits.stored_bytes <= 0) return absl::OkStatus();
  CLIENTELE_ASSIGN_OR_RETURN(const storage::StoredVolume volume, store_.GetVolume(tenant));
  const auto full = [&](absl::string_view quota, int64_t limit) {
    return meter_->Of(tenant.value()).RefuseAt(quota, static_cast<double>(limit), quota::kWaitingDoesNotHelp);
  };
  if (limits.stored_records > 0 && volume.records >= limits.stored_records) {
    return full("stored_records", limits.stored_records);
  }
  if (limits.stored_bytes > 0 && volume.bytes >= limits.stored_bytes) return full("stored_bytes", limits.stored_bytes);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<BatchResult>> Ingester::Store(const TenantId& tenant, absl::Span<PreparedBatch> batches) {
  const CustomerKeys::Hold hold(keys_);
  for (const PreparedBatch& batch : batches) CLIENTELE_RETURN_IF_ERROR(keys_.CheckThere(tenant, batch.keys, hold));
  std::vector<NewRecord> records;
  std::vector<RejectedRecord> rejected;
  std::vector<size_t> record_counts, rejected_counts;
  for (PreparedBatch& batch : batches) {
    record_counts.push_back(batch.records.size());
    rejected_counts.push_back(batch.rejected.size());
    if (records.empty() && rejected.empty()) {
      records = std::move(batch.records);
      rejected = std::move(batch.rejected);
    } else {
      std::move(batch.records.begin(), batch.records.end(), std::back_inserter(records));
      std::move(batch.rejected.begin(), batch.rejected.end(), std::back_inserter(rejected));
    }
  }
  const absl::Time begin = absl::Now();
  CLIENTELE_ASSIGN_OR_RETURN(const storage::AppendResult appended,
                             store_.Append(tenant, records, rejected, clock_.Now()));
  write_seconds_.Observe(absl::ToDoubleSeconds(absl::Now() - begin));
  HideSuppressed(appended.suppressed_rejections, rejected);
  std::vector<BatchResult> results;
  size_t first_record = 0, first_rejected = 0;
  for (size_t i = 0; i < batches.size(); ++i) {
    results.push_back(MakeResult(batches[i], absl::MakeConstSpan(records).subspan(first_record, record_counts[i]),
                                 absl::MakeConstSpan(appended.dispositions).subspan(first_record, record_counts[i]),
                                 absl::MakeConstSpan(rejected).subspan(first_rejected, rejected_counts[i])));
    first_record += record_counts[i];
    first_rejected += rejected_counts[i];
    batches[i].context = TenantContexts::Lease();
    Count(results.back());
  }
  return results;
}

void Ingester::Count(const BatchResult& result) {
  accepted_.Increment(result.accepted_count());
  duplicates_.Increment(result.duplicate_count());
  conflicts_.Increment(result.conflict_count());
  rejected_.Increment(result.rejected_count());
}

}  // namespace clientele::ingestion
