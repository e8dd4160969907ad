// Rejected records as they are kept.
#pragma once

#include "absl/time/time.h"
#include "clientele/ingestion/v1/record.pb.h"
#include "services/ingestion/records/rejection.h"

namespace clientele::ingestion {

inline constexpr size_t kMaxQuarantinedBytes = 16 << 10;

// Takes `record` as it came, cut to kMaxQuarantinedBytes: maps go first, then long texts are shortened.
v1::RejectedRecord MakeRejectedRecord(v1::Record record, const Rejection& rejection, absl::Time reject_time);

}  // namespace clientele::ingestion
