// What RFM asks of a dataset besides rows.
#pragma once

#include <vector>

#include "clientele/model/v1/rfm.pb.h"
#include "clientele/training/v1/training_service.pb.h"
#include "common/dataset/dataset.h"

namespace clientele::training {

// Errors: a feature of the parameters that is no number, fewer than `must` customers with a purchase.
std::vector<v1::DataIssue> CheckRfmFeatures(const dataset::Dataset& dataset, const model::v1::RfmParameters& parameters,
                                            int64_t must);

}  // namespace clientele::training
