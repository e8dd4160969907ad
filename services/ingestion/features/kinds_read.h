// Which kinds of records features look at, and whether retention has taken away what they would have to see.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "clientele/common/v1/retention.pb.h"
#include "google/protobuf/repeated_field.h"
#include "services/ingestion/features/plan.h"

namespace clientele::features {

// Rising.
std::vector<common::v1::RecordKind> KindsRead(const Plan& plan);

// FAILED_PRECONDITION (RECORDS_EXPIRED): features as of that instant would see nothing of a kind that they look at, for
// all that happened before a later instant is gone. A window that only begins before a cut sees what is left of it.
absl::Status CheckNotExpired(const Plan& plan, absl::Time as_of,
                             const google::protobuf::RepeatedPtrField<common::v1::RetentionCut>& removed_before);

}  // namespace clientele::features
