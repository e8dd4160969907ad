#include "services/ingestion/privacy/record_sealing.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/ingestion/records/personal_fields.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/record_sealer.h"

namespace clientele::ingestion {
namespace {

using storage::BodyReplacement;
using storage::RejectedReplacement;
using storage::StoredRecord;

constexpr size_t kAtOnce = 500;
// A batch in which somebody is erased is not written; by the next attempt their records are gone.
constexpr int kAttempts = 3;

// What is sealed together, and then written.
template <typename Replacement>
class Batch {
 public:
  Batch(CustomerKeys& keys, const TenantId& tenant) : keys_(keys), tenant_(tenant), sealer_(keys, tenant) {}

  RecordSealer& sealer() { return sealer_; }
  void Add(Replacement replacement) { replacements_.push_back(std::move(replacement)); }
  bool is_full() const { return replacements_.size() >= kAtOnce; }

  // How many were written by `write`, which takes them. UNAVAILABLE: one of the keys is destroyed.
  template <typename Write>
  absl::StatusOr<int64_t> Finish(Write write) {
    if (replacements_.empty()) return 0;
    CLIENTELE_ASSIGN_OR_RETURN(const CustomerKeys::Use use, sealer_.Finish());
    const CustomerKeys::Hold hold(keys_);
    CLIENTELE_RETURN_IF_ERROR(keys_.CheckThere(tenant_, use, hold));
    return write(replacements_);
  }

 private:
  CustomerKeys& keys_;
  const TenantId& tenant_;
  RecordSealer sealer_;
  std::vector<Replacement> replacements_;
};

// One pass over one tenant.
class Pass {
 public:
  Pass(storage::RecordStore& records, CustomerKeys& keys, const TenantId& tenant, const StopToken& stop)
      : records_(records), keys_(keys), tenant_(tenant), stop_(stop) {}

  const SealedSoFar& sealed() const { return sealed_; }

  absl::Status SealShard(int shard) {
    std::optional<Batch<BodyReplacement>> batch;
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(records_.ScanShard(tenant_, shard, "", [&](const StoredRecord& stored) {
      if (!batch) batch.emplace(keys_, tenant_);
      status = AddRecord(stored, *batch);
      if (status.ok() && batch->is_full()) {
        status = WriteRecords(shard, *batch);
        batch.reset();
      }
      return status.ok();
    }));
    CLIENTELE_RETURN_IF_ERROR(status);
    CLIENTELE_RETURN_IF_ERROR(stop_.Check());
    if (batch) CLIENTELE_RETURN_IF_ERROR(WriteRecords(shard, *batch));
    sealed_.shards = shard + 1;
    return absl::OkStatus();
  }

  absl::Status SealQuarantine() {
    std::string position;
    for (bool more = true; more;) {
      CLIENTELE_RETURN_IF_ERROR(stop_.Check());
      CLIENTELE_ASSIGN_OR_RETURN(more, SealRejected(position));
    }
    return absl::OkStatus();
  }

 private:
  // Where something of it is in the clear.
  absl::Status AddRecord(const StoredRecord& stored, Batch<BodyReplacement>& batch) {
    RecordView view;
    if (!HasPersonalFields(stored.kind)) return absl::OkStatus();
    if (ViewRecord(stored.body, view) && !view.sealed.empty()) return absl::OkStatus();
    BodyReplacement replacement;
    replacement.before.assign(stored.body.data(), stored.body.size());
    storage::NewRecord& record = replacement.record;
    record.customer_id.assign(stored.customer_id.data(), stored.customer_id.size());
    record.event_time_micros = stored.event_time_micros;
    record.kind = stored.kind;
    record.body = replacement.before;
    CLIENTELE_RETURN_IF_ERROR(batch.sealer().Seal(record));
    if (record.body == replacement.before) return absl::OkStatus();  // Nothing of it is personal.
    v1::Record decoded;
    CLIENTELE_RETURN_IF_ERROR(DecodeRecord(stored, decoded));
    record.source = std::move(*decoded.mutable_source());
    record.record_id = std::move(*decoded.mutable_record_id());
    batch.Add(std::move(replacement));
    return absl::OkStatus();
  }

  absl::Status WriteRecords(int shard, Batch<BodyReplacement>& batch) {
    CLIENTELE_RETURN_IF_ERROR(stop_.Check());
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t written, batch.Finish([&](const std::vector<BodyReplacement>& bodies) {
      return records_.ReplaceBodies(tenant_, shard, bodies);
    }));
    sealed_.records += written;
    return absl::OkStatus();
  }

  // The next ones below `position`, which moves on. False: there are no more.
  absl::StatusOr<bool> SealRejected(std::string& position) {
    Batch<RejectedReplacement> batch(keys_, tenant_);
    absl::Status status;
    CLIENTELE_RETURN_IF_ERROR(records_.ListRejected(tenant_, std::string(position),
                                                    [&](const v1::RejectedRecord& rejected, absl::string_view at) {
                                                      position.assign(at.data(), at.size());
                                                      if (!rejected.sealed_record().empty()) return true;
                                                      RejectedReplacement replacement{std::string(at), rejected};
                                                      status = batch.sealer().Seal(replacement.record);
                                                      batch.Add(std::move(replacement));
                                                      return status.ok() && !batch.is_full();
                                                    }));
    CLIENTELE_RETURN_IF_ERROR(status);
    CLIENTELE_ASSIGN_OR_RETURN(const int64_t written,
                               batch.Finish([&](const std::vector<RejectedReplacement>& records) {
                                 return records_.ReplaceRejected(tenant_, records);
                               }));
    sealed_.rejected += written;
    return batch.is_full();
  }

  storage::RecordStore& records_;
  CustomerKeys& keys_;
  const TenantId& tenant_;
  const StopToken& stop_;
  SealedSoFar sealed_;
};

template <typename Step>
absl::Status Persistently(Step step) {
  absl::Status status = step();
  for (int attempt = 1; attempt < kAttempts && absl::IsUnavailable(status); ++attempt) status = step();
  return status;
}

}  // namespace

absl::Status SealStoredRecords(storage::RecordStore& records, CustomerKeys& keys, const TenantId& tenant,
                               const StopToken& stop, absl::FunctionRef<absl::Status(const SealedSoFar&)> tell) {
  Pass pass(records, keys, tenant, stop);
  CLIENTELE_RETURN_IF_ERROR(Persistently([&] { return pass.SealQuarantine(); }));
  for (int shard = 0; shard < kShardCount; ++shard) {
    CLIENTELE_RETURN_IF_ERROR(Persistently([&] { return pass.SealShard(shard); }));
    CLIENTELE_RETURN_IF_ERROR(tell(pass.sealed()));
  }
  return records.PurgeReplaced(tenant);
}

}  // namespace clientele::ingestion
