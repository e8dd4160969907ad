// How a tenant's models are told to who follows them: all as they are, then change after change.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "clientele/inference/v1/model_service.pb.h"
#include "common/base/ids.h"
#include "common/base/stop_token.h"
#include "services/inference/registry/registry.h"

namespace clientele::inference {

// Where a watcher is: after which of the tenant's changes; -1: it has not seen anything yet.
struct WatchPosition {
  int64_t sequence = -1;
};

// Follows the tenant's models from `position` on. `tell` gets each response with the position after it (-1 until all
// models are told), and says whether anybody still listens. Ends with CANCELLED then; else with the error of
// AwaitChanges.
absl::Status WatchModels(const Registry& registry, const TenantId& tenant, WatchPosition position,
                         const StopToken& stop, const StopToken& drain,
                         absl::FunctionRef<bool(v1::WatchModelsResponse response, WatchPosition after)> tell);

}  // namespace clientele::inference
