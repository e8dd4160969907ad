// The seam to what erasures ask of models.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/inference/v1/due_version_service.pb.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"

namespace clientele::training {

// Thread-safe.
class DueVersionSource {
 public:
  virtual ~DueVersionSource() = default;
  // The tenant's versions that have to be trained anew or deleted. UNAVAILABLE: it cannot be told for now.
  virtual absl::StatusOr<std::vector<inference::v1::DueVersion>> List(const TenantId& tenant,
                                                                      const StopToken& stop) = 0;
};

}  // namespace clientele::training
