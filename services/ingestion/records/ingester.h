// Batches of records into the store, in two steps, so that the next batch can be prepared while the last one is
// written.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/ingestion/v1/ingestion_service.pb.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/observability/metrics.h"
#include "common/quota/meter.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"
#include "services/ingestion/records/tenant_contexts.h"

namespace clientele::ingestion {

// A batch that is checked and standardised, not yet stored.
struct PreparedBatch {
  uint64_t sequence = 0;                     // The sender's.
  TenantContexts::Lease context;             // What it was standardised with.
  size_t size = 0;                           // Of the batch, in records.
  std::vector<storage::NewRecord> records;   // The valid ones, in order.
  std::vector<v1::RejectedRecord> rejected;  // The others, in order.
  std::vector<int32_t> rejected_indices;     // Where those stood in the batch.
  CustomerKeys::Use keys;                    // What is personal is sealed with these.
};

// Thread-safe.
class Ingester {
 public:
  // All must outlive this. `meter` says what tenants may store; null: all they want.
  Ingester(storage::RecordStore& store, TenantContexts& contexts, CustomerKeys& keys, const Clock& clock,
           observability::Metrics& metrics, quota::Meter* meter = nullptr);

  // `records` are Record messages as they came off the wire. Fails only where the tenant's settings or keys cannot be
  // read, or with RESOURCE_EXHAUSTED (QUOTA_EXCEEDED) where it stores as much as it may already: a bad record is a
  // rejected one. Batches that came before that are stored whole.
  absl::StatusOr<PreparedBatch> Prepare(const TenantId& tenant, absl::Span<const absl::string_view> records);

  // Stores batches of one tenant in one durable write; the result of each. On error nothing of them is acknowledged,
  // and they may be sent again. The batches are used up.
  absl::StatusOr<std::vector<v1::BatchResult>> Store(const TenantId& tenant, absl::Span<PreparedBatch> batches);

 private:
  absl::Status CheckMayStore(const TenantId& tenant) const;
  void Count(const v1::BatchResult& result);

  storage::RecordStore& store_;
  TenantContexts& contexts_;
  CustomerKeys& keys_;
  const Clock& clock_;
  quota::Meter* const meter_;
  prometheus::Counter& accepted_;
  prometheus::Counter& duplicates_;
  prometheus::Counter& conflicts_;
  prometheus::Counter& rejected_;
  prometheus::Histogram& write_seconds_;
};

}  // namespace clientele::ingestion
