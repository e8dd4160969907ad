// What a tenant holds of models, and whether it may hold more. Pure.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"
#include "common/quota/meter.h"
#include "services/inference/registry/catalogue.h"

namespace clientele::inference {

// Without versions that were deleted, and models that have none else.
struct Holdings {
  int64_t models = 0;
  int64_t versions = 0;
  int64_t artifact_bytes = 0;
};
Holdings HoldingsOf(const Catalogue& catalogue, const TenantId& tenant);

// The same for the book of what is used; of a name that is no tenant's, nothing.
quota::Standing StandingOf(const Catalogue& catalogue, absl::string_view tenant);

// Whether `limits` allow the tenant another version of `model` (null: a new model). RESOURCE_EXHAUSTED with
// QUOTA_EXCEEDED, counted in `account`.
absl::Status CheckMayHoldMore(const Holdings& held, const Model* model, const quota::Limits& limits,
                              quota::Account& account);

}  // namespace clientele::inference
