// What an RFM model is asked for: checked, and with its defaults.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clientele/common/v1/dataset.pb.h"
#include "clientele/model/v1/rfm.pb.h"

namespace clientele::training {

// OK, or INVALID_ARGUMENT naming the first field that is wrong as `field`.rules[2].recency: out of range, without
// effect, or a feature that `dataset` does not have.
absl::Status ValidateRfm(const model::v1::RfmParameters& parameters, const common::v1::DatasetSpec& dataset,
                         absl::string_view field);

// With every default in place: features, scoring, the preset's rules. The preset stays where it gave the rules.
model::v1::RfmParameters WithDefaults(model::v1::RfmParameters parameters);

}  // namespace clientele::training
