// A resource name as the log keeps it: for good, and so without anything that is personal.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "common/privacy/customer_digest.h"

namespace clientele::audit {

// tenants/acme/customers/4711 becomes tenants/acme/customers/~{digest}, a keyed hash of the id in 32 hex digits,
// however the id was spelled. What could not be an id of anything else of ours, in any other place, becomes "?".
std::string KeptName(absl::string_view name, const privacy::DigestKey& key);

}  // namespace clientele::audit
