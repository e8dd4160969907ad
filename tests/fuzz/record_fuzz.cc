// Batches of records off the wire: read, standardised and stored, or refused with a reason; never anything else.
#include "common/base/ids.h"
#include "services/ingestion/records/quarantine.h"
#include "services/ingestion/records/record_form.h"
#include "services/ingestion/records/standardise.h"
#include "services/ingestion/records/tenant_settings.h"
#include "services/ingestion/records/wire.h"
#include "tests/fuzz/target.h"

namespace clientele::ingestion {
namespace {

using fuzz::Require;

constexpr int64_t kNowMicros = 1'700'000'000'000'000;

const TenantContext& Context() {
  static const auto* const context =
      new std::shared_ptr<const TenantContext>(TenantContext::Make(DefaultSettings(*TenantId::Parse("acme"))).value());
  return **context;
}

void TakeRecord(absl::string_view bytes) {
  Standardiser standardiser(Context(), kNowMicros);
  v1::Record record;
  storage::NewRecord stored;
  MaybeRejection bad = ReadRecord(bytes, record);
  if (!bad) bad = standardiser.Standardise(record, stored);
  v1::Record again;
  if (bad) {
    Require(bad->reason != v1::REJECTION_REASON_UNSPECIFIED && !bad->message.empty(), "a rejection has a reason");
    v1::RejectedRecord kept;
    Require(kept.ParseFromString(MakeRejectedRecord(record, *bad, absl::UnixEpoch()).SerializeAsString()),
            "what goes to quarantine can be read again");
    return;
  }
  const storage::StoredRecord kept{stored.customer_id, stored.event_time_micros, 0, stored.kind, stored.body, true};
  Require(DecodeRecord(kept, again).ok(), "what is stored can be read again");
  storage::NewRecord twice;
  Require(!standardiser.Standardise(again, twice), "what is standardised is good");
  Require(twice.event_time_micros == stored.event_time_micros, "what is standardised stays as it is");
}

}  // namespace
}  // namespace clientele::ingestion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace clientele;
  const absl::string_view input = fuzz::Text(data, size);
  for (const auto& batch :
       {ingestion::ReadIngestRecordsRequest(input), ingestion::ReadIngestRecordBatchRequest(input)}) {
    if (!batch.ok()) continue;
    fuzz::Require(batch->records.size() <= ingestion::kMaxBatchRecords, "a batch is bounded");
    for (const absl::string_view record : batch->records) ingestion::TakeRecord(record);
  }
  ingestion::TakeRecord(input);
  return 0;
}
