// One customer's features at an instant, on demand: the same evaluator as datasets.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/storage/record_store.h"
#include "services/ingestion/features/evaluator.h"

namespace clientele::features {

// Runs `evaluator` over the customer's history. OK also for a customer without records: then evaluator.seen() is false
// and there are no values. Errors: those of the store; INTERNAL, STORAGE_FAILED where a record's bytes are damaged.
absl::Status ReadCustomerFeatures(const storage::RecordStore& store, const TenantId& tenant,
                                  absl::string_view customer_id, Evaluator& evaluator);

// The values as the wire has them, one for each column of the plan; nothing set where missing.
void AppendValues(const Evaluator& evaluator, google::protobuf::RepeatedPtrField<common::v1::Value>& values);

}  // namespace clientele::features
