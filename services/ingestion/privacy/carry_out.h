// One erasure, from where it stands to where ingestion's own part is done. Every step is atomic and durable, so that
// after any crash it is called again and goes on.
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/storage/consent_store.h"
#include "common/storage/erasure_store.h"
#include "common/storage/record_store.h"
#include "services/ingestion/keys/customer_keys.h"

namespace clientele::ingestion {

// `reports_awaited`: whether other programs have to report before it is complete. `stop` is asked between two steps;
// where it says true the erasure is left as it stands: CANCELLED. Other errors are the stores'. Blocks: rewrites files
// at the end.
absl::Status CarryOut(const storage::RecordStore& records, storage::ErasureStore& erasures,
                      storage::ConsentStore& consents, CustomerKeys& keys, const storage::ErasureNumber& erasure,
                      const Clock& clock, bool reports_awaited, absl::FunctionRef<bool()> stop);

// Counts what goes of consents and of keys, once.
void NoteDestroyedKeys(int64_t count, v1::Erasure& erasure);
void NoteErasedConsents(const storage::ErasedConsents& erased, v1::Erasure& erasure);

}  // namespace clientele::ingestion
