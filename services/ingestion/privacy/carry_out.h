// One erasure, from where it stands to where ingestion's own part is done. Every step is atomic and durable, so that
// after any crash it is called again and goes on.
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/storage/erasure_store.h"
#include "common/storage/record_store.h"

namespace clientele::ingestion {

// `reports_awaited`: whether other programs have to report before it is complete. `stop` is asked between two steps;
// where it says true the erasure is left as it stands: CANCELLED. Other errors are the stores'. Blocks: rewrites files
// at the end.
absl::Status CarryOut(const storage::RecordStore& records, storage::ErasureStore& erasures,
                      const storage::ErasureNumber& erasure, const Clock& clock, bool reports_awaited,
                      absl::FunctionRef<bool()> stop);

}  // namespace clientele::ingestion
