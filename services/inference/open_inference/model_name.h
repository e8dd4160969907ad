// How the Open Inference Protocol names a model of ours: "tenant/model" or "tenant/model@alias", and a version by its
// number.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/inference/registry/catalogue.h"

namespace clientele::inference {

// The champion where neither an alias nor a version is named. INVALID_ARGUMENT naming `field`: another form, or both.
absl::StatusOr<ModelReference> ParseProtocolName(absl::string_view field, absl::string_view name,
                                                 absl::string_view version);

}  // namespace clientele::inference
