// Who a customer is in the score log and in reports: a keyed hash of the id.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "common/base/ids.h"

namespace clientele::inference {

// HMAC-SHA256 under the log's secret, its first 16 bytes: the same customer, the same pseudonym; without the secret
// nobody can try ids out.
std::string PseudonymOf(absl::string_view secret, const TenantId& tenant, absl::string_view customer_id);

// Where in [0, 1) the customer lies for sampling.
double PlaceOf(absl::string_view pseudonym);

}  // namespace clientele::inference
