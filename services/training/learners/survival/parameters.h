// What a survival model is asked for: checked, and with its defaults.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/dataset.pb.h"
#include "clientele/model/v1/survival.pb.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range as `field`.horizons[2], or a feature that `dataset`
// lacks.
absl::Status ValidateSurvival(const model::v1::SurvivalParameters& parameters, const common::v1::DatasetSpec& dataset,
                              absl::string_view field);

// With every default in place that does not depend on data: horizons may be empty.
model::v1::SurvivalParameters WithDefaults(model::v1::SurvivalParameters parameters);

}  // namespace clientele::training
