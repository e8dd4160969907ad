// Whether a service serves: grpc.health.v1.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/cli/client/service_options.h"

namespace clientele::cli {

enum class Health { kServing, kNotServing };

// Asks once, waiting at most `timeout`. UNAVAILABLE: nobody answers there; UNIMPLEMENTED: it has no health service.
absl::StatusOr<Health> CheckHealth(const ServiceOptions& options, absl::Duration timeout);

}  // namespace clientele::cli
