// What a lifetime value model is asked for: checked, and with its defaults.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "clientele/common/v1/dataset.pb.h"
#include "clientele/model/v1/lifetime_value.pb.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field out of range as `field`.horizon_days, or a feature that `dataset` does not
// have. Which of its features hold the purchase history is known when their definitions are: see summary_features.h.
absl::Status ValidateLifetimeValue(const model::v1::LifetimeValueParameters& parameters,
                                   const common::v1::DatasetSpec& dataset, absl::string_view field);

// With every default in place. bootstrap_replicates may be 0: none.
model::v1::LifetimeValueParameters WithDefaults(model::v1::LifetimeValueParameters parameters);

}  // namespace clientele::training
