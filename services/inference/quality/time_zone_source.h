// Where it is known which days a tenant's are: the seam between quality and ingestion.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"

namespace clientele::inference {

// Thread-safe.
class TimeZoneSource {
 public:
  virtual ~TimeZoneSource() = default;
  // IANA's name. UNAVAILABLE with INGESTION_UNAVAILABLE: it does not answer; other errors are ingestion's own.
  virtual absl::StatusOr<std::string> TimeZone(const TenantId& tenant, const rpc::Call& call) = 0;
};

}  // namespace clientele::inference
