// What a call to ingestion ended with, as inference tells it.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/rpc/call.h"

namespace clientele::inference {

// Ingestion that does not answer is an outage of its own: UNAVAILABLE with INGESTION_UNAVAILABLE, unless it was the
// caller of `call` who could not wait. `what`: "the customer's features". Other errors stay.
absl::Status FromIngestion(const absl::Status& status, absl::string_view what, const rpc::Call& call);

}  // namespace clientele::inference
