// Which baseline hazard is whose, where a Cox model has strata.
#pragma once

#include <vector>

#include "clientele/model/v1/artifact.pb.h"
#include "common/model/encoder.h"

namespace clientele::model {

// Of each column of the stratum's feature, the baseline of that stratum: its index in the model; 0, that of all, where
// there is none. Empty without strata.
std::vector<int> ColumnBaselines(const v1::ModelArtifact& artifact, const RowEncoder& encoder);

}  // namespace clientele::model
