// tenants/{tenant}/models/{model}/scoreOverrides/{customer}
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/storage/override_store.h"

namespace clientele::inference {

// INVALID_ARGUMENT naming `field`.
absl::StatusOr<storage::OverrideName> ParseOverrideName(absl::string_view field, absl::string_view name);
std::string FormatOverride(const storage::OverrideName& name);

}  // namespace clientele::inference
