// What each kind of record must hold, and how it is standardised.
#pragma once

#include "clientele/ingestion/v1/record.pb.h"
#include "common/storage/record_store.h"
#include "services/ingestion/records/rejection.h"
#include "services/ingestion/records/tenant_context.h"

namespace clientele::ingestion {

// Checks and standardises the payload of `record` in place, and fills `result.missing_fields` and `attributes`.
// `result.event_time_micros` is set already.
MaybeRejection StandardisePayload(const TenantContext& context, v1::Record& record, storage::NewRecord& result);

// The parts of it that are more than checks. transaction.cc and profile.cc.
MaybeRejection StandardiseTransaction(const TenantContext& context, v1::Record& record, storage::NewRecord& result);
MaybeRejection StandardiseProfile(const TenantContext& context, v1::Record& record, storage::NewRecord& result);

}  // namespace clientele::ingestion
