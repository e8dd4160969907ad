// From a record as it was sent to a record as it is kept, or to the reason why not. Pure: the outcome depends on the
// record, the tenant's settings and the time alone.
#pragma once

#include <cstdint>
#include <string>

#include "clientele/ingestion/v1/record.pb.h"
#include "common/storage/record_store.h"
#include "services/ingestion/records/rejection.h"
#include "services/ingestion/records/tenant_context.h"

namespace clientele::ingestion {

// Standardises records one after the other. Keeps buffers between them: one a thread.
class Standardiser {
 public:
  // Event times may lie 24 hours after `now_micros`. `context` must outlive this.
  Standardiser(const TenantContext& context, int64_t now_micros) : context_(context), now_micros_(now_micros) {}

  // Fills `result`, or tells the first field that is wrong; then `result` is of no use. `record` is standardised in
  // place: the text it came with is moved to `originals` where it differs; a good one is used up.
  MaybeRejection Standardise(v1::Record& record, storage::NewRecord& result);

 private:
  const TenantContext& context_;
  const int64_t now_micros_;
  std::string scratch_;
};

}  // namespace clientele::ingestion
