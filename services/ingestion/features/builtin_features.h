// The features every tenant has: definitions as data, run by the same code as a tenant's own.
#pragma once

#include <vector>

#include "clientele/common/v1/feature.pb.h"

namespace clientele::features {

// In the order in which they are listed. Built once. A name here keeps its meaning for ever; a new meaning takes a new
// name.
const std::vector<common::v1::FeatureDefinition>& BuiltinFeatures();

}  // namespace clientele::features
