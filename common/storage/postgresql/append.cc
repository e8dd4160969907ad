// PostgresRecordStore::Append: a batch into a table of the session by COPY, and from there by one insert a table.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/base/timestamps.h"
#include "common/storage/postgresql/record_store.h"
#include "common/storage/postgresql/staging.h"
#include "common/storage/postgresql/tenant_lock.h"

namespace clientele::storage::postgresql {
namespace {

using ingestion::v1::RecordDisposition;
using ingestion::v1::RejectedRecord;

constexpr int kCounterSlots = 16;

}  // namespace

absl::Status AddToCounters(Connection& connection, const TenantId& tenant, const ReportDelta& report) {
  std::vector<Value> tags, numbers, texts, counts, least, greatest;
  report.ForEach([&](const CounterKey& key, const Counter& counter) {
    const char tag = static_cast<char>(key.tag);
    tags.push_back(Text({&tag, 1}));
    numbers.push_back(Int2(key.number));
    texts.push_back(Bytes(key.text));
    counts.push_back(Int8(counter.count));
    least.push_back(Int8(counter.least_micros));
    greatest.push_back(Int8(counter.greatest_micros));
  });
  if (tags.empty()) return absl::OkStatus();
  return connection
      .Execute(
          "INSERT INTO report_counters AS known (tenant, tag, number, text, slot, count, least_micros,"
          " greatest_micros)"
          " SELECT $1, tag::\"char\", number, text, pg_backend_pid() % $8, count, least, greatest"
          " FROM unnest($2::text[], $3::int2[], $4::bytea[], $5::int8[], $6::int8[], $7::int8[])"
          " AS added (tag, number, text, count, least, greatest) ORDER BY tag, number, text"
          " ON CONFLICT (tenant, tag, number, text, slot) DO UPDATE SET count = known.count + excluded.count,"
          " least_micros = least(known.least_micros, excluded.least_micros),"
          " greatest_micros = greatest(known.greatest_micros, excluded.greatest_micros)",
          {Text(tenant.value()), Array(Type::kText, tags), Array(Type::kInt2, numbers), Array(Type::kBytes, texts),
           Array(Type::kInt8, counts), Array(Type::kInt8, least), Array(Type::kInt8, greatest), Int4(kCounterSlots)})
      .status();
}

class PostgresRecordStore::Writer {
 public:
  Writer(PostgresRecordStore& store, Connection& connection, const TenantId& tenant,
         absl::Span<const NewRecord> records, absl::Time ingest_time)
      : store_(store),
        connection_(connection),
        tenant_(tenant),
        records_(records),
        ingest_micros_(absl::ToUnixMicros(ingest_time)),
        report_(ingest_micros_) {}

  absl::StatusOr<AppendResult> Run(absl::Span<const RejectedRecord> rejected) {
    CLIENTELE_ASSIGN_OR_RETURN(erasures_, store_.states_.Read(connection_, tenant_));
    if (!records_.empty()) {
      CLIENTELE_RETURN_IF_ERROR(Refuse());
      CLIENTELE_RETURN_IF_ERROR(Stage());
      CLIENTELE_RETURN_IF_ERROR(InsertIds());
      CLIENTELE_RETURN_IF_ERROR(InsertNew());
      CLIENTELE_RETURN_IF_ERROR(AddAttributes());
    }
    for (size_t i = 0; i < records_.size(); ++i) CountRecord(records_[i], result_.dispositions[i]);
    CLIENTELE_RETURN_IF_ERROR(AddRejected(Keepable(rejected)));
    CLIENTELE_RETURN_IF_ERROR(AddToCounters(connection_, tenant_, report_));
    return std::move(result_);
  }

 private:
  using Id = std::pair<absl::string_view, absl::string_view>;  // Source, record id.
  Id IdOf(size_t i) const { return {records_[i].source, records_[i].record_id}; }
  Value Tenant() const { return Text(tenant_.value()); }

  // Which records name a suppressed customer or were erased.
  absl::Status Refuse() {
    refused_.assign(records_.size(), false);
    if (erasures_ == nullptr) return absl::OkStatus();
    std::vector<Value> digests;
    for (size_t i = 0; i < records_.size(); ++i) {
      refused_[i] = erasures_->Suppresses(records_[i].customer_id);
      digests.push_back(Bytes(ErasedIdDigest(erasures_->key, records_[i].source, records_[i].record_id)));
    }
    CLIENTELE_ASSIGN_OR_RETURN(
        const Result erased,
        connection_.Execute("SELECT (ordinal - 1)::int4 FROM unnest($2::bytea[]) WITH ORDINALITY AS sent (digest, "
                            "ordinal) JOIN erased_ids USING (digest) WHERE tenant = $1",
                            {Tenant(), Array(Type::kBytes, digests)}));
    for (int row = 0; row < erased.rows(); ++row) refused_[static_cast<size_t>(erased.Int4(row, 0))] = true;
    return absl::OkStatus();
  }

  // Sends the first record of each id, in the order of ids.
  absl::Status Stage() {
    first_.reserve(records_.size());
    for (size_t i = 0; i < records_.size(); ++i) {
      if (!refused_[i] && first_.try_emplace(IdOf(i), i).second) staged_.push_back(i);
    }
    std::sort(staged_.begin(), staged_.end(), [&](size_t a, size_t b) { return IdOf(a) < IdOf(b); });
    CLIENTELE_RETURN_IF_ERROR(connection_.Execute(kMakeStaging).status());
    CopyRows rows;
    for (size_t ordinal = 0; ordinal < staged_.size(); ++ordinal) {
      const NewRecord& record = records_[staged_[ordinal]];
      AddStagedRow(tenant_, static_cast<int32_t>(ordinal), record, store_.describe_(record.body), rows);
    }
    return connection_.CopyIn(kCopyToStaging, rows.Finish());
  }

  // Claims the ids, and tells new from known.
  absl::Status InsertIds() {
    CLIENTELE_ASSIGN_OR_RETURN(const Result won, connection_.Execute(kInsertIds, {Tenant()}));
    // They come back in the order in which they went in.
    int row = 0;
    for (size_t ordinal = 0; ordinal < staged_.size(); ++ordinal) {
      const bool is_new = row < won.rows() && Id(won.Bytes(row, 0), won.Bytes(row, 1)) == IdOf(staged_[ordinal]);
      is_new ? void(++row) : lost_.push_back(Int4(static_cast<int32_t>(ordinal)));
    }
    absl::flat_hash_map<size_t, std::string> stored;  // Digests of ids that were known, by their first record.
    if (!lost_.empty()) {
      CLIENTELE_ASSIGN_OR_RETURN(const Result digests,
                                 connection_.Execute(kReadDigests, {Tenant(), Array(Type::kInt4, lost_)}));
      for (int i = 0; i < digests.rows(); ++i) {
        stored[staged_[static_cast<size_t>(digests.Int4(i, 0))]] = digests.String(i, 1);
      }
    }
    if (row != won.rows() || stored.size() != lost_.size()) {
      return Error(absl::StatusCode::kUnavailable, ErrorReason::kStorageFailed,
                   "records of the batch were taken away while it was written; send it again");
    }
    Decide(stored);
    return absl::OkStatus();
  }

  void Decide(const absl::flat_hash_map<size_t, std::string>& stored) {
    result_.dispositions.reserve(records_.size());
    for (size_t i = 0; i < records_.size(); ++i) {
      if (refused_[i]) {
        result_.dispositions.push_back(ingestion::v1::RECORD_DISPOSITION_REJECTED);
        continue;
      }
      const size_t first = first_.at(IdOf(i));
      const auto known = stored.find(first);
      const std::string& digest = known != stored.end() ? known->second : records_[first].content_digest;
      const bool is_new = known == stored.end() && first == i;
      result_.dispositions.push_back(is_new ? ingestion::v1::RECORD_DISPOSITION_ACCEPTED
                                     : digest == records_[i].content_digest
                                         ? ingestion::v1::RECORD_DISPOSITION_DUPLICATE
                                         : ingestion::v1::RECORD_DISPOSITION_CONFLICT);
    }
  }

  absl::Status InsertNew() {
    if (lost_.size() == staged_.size()) return absl::OkStatus();
    const std::vector<Value> parameters = {Tenant(), Time(ingest_micros_), Array(Type::kInt4, lost_)};
    CLIENTELE_RETURN_IF_ERROR(connection_.Execute(kInsertRecords, parameters).status());
    CLIENTELE_ASSIGN_OR_RETURN(const Result customers, connection_.Execute(kInsertCustomers, parameters));
    report_.CountNewCustomers(customers.changed());
    return absl::OkStatus();
  }

  // Of each, the type of its first value.
  absl::Status AddAttributes() {
    std::set<std::string> seen;
    std::vector<Value> names, types;
    for (size_t i = 0; i < records_.size(); ++i) {
      if (result_.dispositions[i] != ingestion::v1::RECORD_DISPOSITION_ACCEPTED) continue;
      for (const auto& [name, type] : records_[i].attributes) {
        if (!seen.insert(name).second) continue;
        names.push_back(Text(name));
        types.push_back(Int2(type));
      }
    }
    if (names.empty()) return absl::OkStatus();
    return connection_
        .Execute(
            "INSERT INTO attributes (tenant, name, type)"
            " SELECT $1, name, type FROM unnest($2::text[], $3::int2[]) AS seen (name, type) ORDER BY name"
            " ON CONFLICT DO NOTHING",
            {Tenant(), Array(Type::kText, names), Array(Type::kInt2, types)})
        .status();
  }

  void CountRecord(const NewRecord& record, RecordDisposition disposition) {
    report_.Count(record, disposition);
    if (disposition != ingestion::v1::RECORD_DISPOSITION_ACCEPTED) return;
    report_.CountStored(1, StoredBytes(record.body, record.customer_id, record.source, record.record_id));
  }

  // Those for the quarantine; of the others, whose customer is suppressed, nothing is kept but the count. Counts both.
  std::vector<const RejectedRecord*> Keepable(absl::Span<const RejectedRecord> rejected) {
    std::vector<const RejectedRecord*> keepable;
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

  absl::Status AddRejected(const std::vector<const RejectedRecord*>& rejected) {
    if (rejected.empty()) return absl::OkStatus();
    const auto count = static_cast<int64_t>(rejected.size());
    CLIENTELE_ASSIGN_OR_RETURN(const Result next,
                               connection_.Execute("INSERT INTO quarantines AS known VALUES ($1, $2) ON CONFLICT "
                                                   "(tenant) DO UPDATE SET next_sequence = known.next_sequence + $2 "
                                                   "RETURNING next_sequence",
                                                   {Tenant(), Int8(count)}));
    const int64_t end = next.Int8(0, 0), keep_from = end - kQuarantineSize;
    std::vector<Value> sequences, sources, kinds, reasons, fields, times, messages;
    for (int64_t i = std::max<int64_t>(0, count - kQuarantineSize); i < count; ++i) {
      const RejectedRecord& record = *rejected[static_cast<size_t>(i)];
      sequences.push_back(Int8(end - count + i));
      sources.push_back(Text(Readable(record.record().source())));
      kinds.push_back(Int2(record.kind()));
      reasons.push_back(Int2(record.reason()));
      fields.push_back(Text(Readable(record.field())));
      times.push_back(Time(absl::ToUnixMicros(FromProto(record.reject_time()))));
      messages.push_back(Bytes(record.SerializeAsString()));
    }
    CLIENTELE_RETURN_IF_ERROR(
        connection_
            .Execute(
                "INSERT INTO rejected_records (tenant, sequence, source, kind, reason, field, reject_time, message)"
                " SELECT $1, sequence, source, kind, reason, field, time, message FROM"
                " unnest($2::int8[], $3::text[], $4::int2[], $5::int2[], $6::text[], $7::timestamptz[],"
                " $8::bytea[]) AS added (sequence, source, kind, reason, field, time, message)",
                {Tenant(), Array(Type::kInt8, sequences), Array(Type::kText, sources), Array(Type::kInt2, kinds),
                 Array(Type::kInt2, reasons), Array(Type::kText, fields), Array(Type::kTime, times),
                 Array(Type::kBytes, messages)})
            .status());
    return connection_
        .Execute("DELETE FROM rejected_records WHERE tenant = $1 AND sequence < $2", {Tenant(), Int8(keep_from)})
        .status();
  }

  PostgresRecordStore& store_;
  Connection& connection_;
  const TenantId& tenant_;
  const absl::Span<const NewRecord> records_;
  const int64_t ingest_micros_;
  ReportDelta report_;
  ErasureStates::State erasures_;
  std::vector<bool> refused_;
  absl::flat_hash_map<Id, size_t> first_;  // Where an id comes first in the batch.
  std::vector<size_t> staged_;             // Records by their ordinal.
  std::vector<Value> lost_;                // Ordinals whose id was known, rising.
  AppendResult result_;
};

absl::StatusOr<AppendResult> PostgresRecordStore::Append(const TenantId& tenant, absl::Span<const NewRecord> records,
                                                         absl::Span<const RejectedRecord> rejected,
                                                         absl::Time ingest_time) {
  AppendResult result;
  if (records.empty() && rejected.empty()) return result;
  CLIENTELE_RETURN_IF_ERROR(database_->Write(
      tenant,
      [&](Connection& connection) -> absl::Status {
        CLIENTELE_ASSIGN_OR_RETURN(result, Writer(*this, connection, tenant, records, ingest_time).Run(rejected));
        return absl::OkStatus();
      },
      ShareTenant(TenantLock::kRecords, tenant)));
  return result;
}

}  // namespace clientele::storage::postgresql
