// The preprocessing that is really fitted. Some algorithms read certain features in their own units (a purchase history,
// a duration), whatever the spec's defaults say of scaling and imputation: those become identities, where a missing number
// is kMissingRaw (common/model/raw_feature.h).
#pragma once

#include <string>
#include <vector>

#include "clientele/model/v1/preprocessing.pb.h"
#include "clientele/model/v1/training_spec.pb.h"
#include "common/model/preprocessing.h"

namespace clientele::training {

// The features that the spec's algorithm reads raw. A new algorithm that does is one case here. Names that the schema does
// not have are of no consequence.
std::vector<std::string> RawFeatures(const model::v1::TrainingSpec& spec, const model::Schema& schema);

// Those of them, number features, without which a row teaches nothing: customers who never bought have no history.
std::vector<std::string> RequiredFeatures(const model::v1::TrainingSpec& spec, const model::Schema& schema);

// The spec's own settings but for the raw features; in models of purchases and of survival a category's first value is the
// reference,
// unless the spec says otherwise.
model::v1::PreprocessingSpec EffectivePreprocessing(const model::v1::TrainingSpec& spec, const model::Schema& schema);

}  // namespace clientele::training
