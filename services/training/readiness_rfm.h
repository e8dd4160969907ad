// What RFM asks of a dataset besides rows.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "clientele/model/v1/rfm.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"
#include "common/dataset/parts.h"

namespace clientele::training {

// Issues that are errors: a feature of the parameters that is no number, fewer than `must` customers with a purchase.
absl::StatusOr<std::vector<v1::DataIssue>> CheckRfmFeatures(const dataset::Dataset& dataset,
                                                            const model::v1::RfmParameters& parameters, int64_t must,
                                                            dataset::Parts& parts);

}  // namespace clientele::training
